import path from 'node:path';
import type { Problem } from '../../errors.js';
import type { Override } from '../../profile/overrides.js';
import { redactUrl } from '../../profile/redact-text.js';
import type { Side } from '../../verdict/compare/compared-run.js';
import { LOOKS, MOST_ROUNDS } from '../../verdict/compare/looks.js';
import { comparedMetrics } from '../../verdict/compare/metrics.js';
import { abortingProblems } from '../ab-rules.js';
import { looksLikeUrl } from '../profile-source.js';
import type { Surroundings } from '../surroundings.js';
import type { AbTask, Build } from '../tasks.js';
import { profileOf } from './profile-of.js';
import { requestError } from './read-request.js';
import type { AbRequest, BuildRequest } from './requests.js';
import { plainSettings } from './tasks-of.js';

/** What the application is to do for a request that was checked. Throws WsurgeError (104) as `profileOf` does. */
export function abTask(request: AbRequest, around: Surroundings): AbTask {
  const { a, b = a, gates, margins = {}, rounds = MOST_ROUNDS, preWarm = true, defaultGates = true } = request;
  const isAa = request.b === undefined;
  refuseIfAny([...sideProblems(a, b, isAa), ...targetProblems(request)]);
  const metrics = comparedMetrics(margins);
  const build = (side: Side, asked: BuildRequest): Build => ({
    ...{ side, name: nameOf(asked), kind: kindOf(asked) },
    folder: path.resolve(around.cwd, 'folder' in asked ? (asked.folder ?? '') : ''),
    parsed: profileOf(
      'ab',
      { ...request, target: targetOf(request, asked), changes: changesOf(request, side, asked) },
      around,
    ),
  });
  const builds = { a: build('a', a), b: build('b', b) };
  refuseIfAny(abortingProblems(builds.a.parsed.profile.thresholds, (metric) => `thresholds.${metric}`));
  return {
    ...{ builds, isAa, preWarm },
    settings: { ...plainSettings(request), defaultGates },
    metrics: gates === undefined ? metrics : metrics.map((one) => ({ ...one, gate: gates.includes(one.key) })),
    looks: LOOKS.filter((look) => look <= rounds),
    resume: request.resume ?? null,
  };
}

function refuseIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw requestError('ab', problems);
}

function kindOf(build: BuildRequest): Build['kind'] {
  if ('url' in build) return 'url';
  return build.folder === undefined ? 'command' : 'folder';
}

function nameOf(build: BuildRequest): string {
  return 'url' in build ? redactUrl(build.url) : (build.folder ?? build.command);
}

/** Both builds are of one kind, and differ unless one is compared with itself. */
function sideProblems(a: BuildRequest, b: BuildRequest, isAa: boolean): Problem[] {
  if (isAa) return [];
  if ('url' in a !== 'url' in b) {
    const message = 'is not of the same kind as a: one is started for every round, the other keeps running';
    return [{ where: 'b', message, hint: 'give two commands or two URLs' }];
  }
  const [textA, textB] = [a, b].map((build) => JSON.stringify(Object.entries(build).sort()));
  if (textA !== textB) return [];
  const message = 'is the same as a: every difference between them would be noise';
  return [{ where: 'b', message, hint: 'leave b out to see how large that noise is' }];
}

/** wsurge must know where a started build listens. */
function targetProblems({ a, target, ready }: AbRequest): Problem[] {
  const isStarted = !('url' in a);
  const problems: Problem[] = [];
  if (isStarted && target === undefined) {
    const hint = "the URL where the builds listen, 'ws://127.0.0.1:9001/', or a profile with target.url";
    problems.push({ where: 'target', message: 'is missing', hint });
  }
  if (!isStarted && ready !== undefined) {
    problems.push({ where: 'ready', message: 'starts nothing: a and b are servers that run' });
  }
  if (!isStarted && typeof target === 'string' && looksLikeUrl(target)) {
    problems.push({ where: 'target', message: 'must be a profile, or be left out: a and b say where the servers are' });
  }
  return problems;
}

function targetOf({ target }: AbRequest, build: BuildRequest): NonNullable<AbRequest['target']> {
  return target ?? ('url' in build ? build.url : '');
}

function changesOf({ target, ready }: AbRequest, side: Side, build: BuildRequest): Override[] {
  if ('url' in build) {
    return target === undefined ? [] : [{ kind: 'target', value: build.url, origin: `${side}.url` }];
  }
  const start: Override = { kind: 'command', value: build.command, origin: `${side}.command` };
  if (ready === undefined) return [start];
  return [{ kind: 'set', path: ['target', 'ready'], value: ready, origin: 'ready' }, start];
}
