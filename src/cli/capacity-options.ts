import { fileURLToPath } from 'node:url';
import type { Argv } from 'yargs';
import type { Axis } from '../campaign/capacity-source.js';
import { type Problem, profileError } from '../errors.js';
import type { ReadFile } from '../profile/file-text.js';
import type { Env } from '../profile/interpolate.js';
import { METRICS } from '../profile/metrics.js';
import { quoted } from '../profile/problem-list.js';
import type { Threshold } from '../profile/profile.js';
import { parseExpression, parseMetricKey } from '../profile/threshold-text.js';
import { parseCount, parseRatePerSecond } from '../units.js';
import { environmentName, type RunFlagName, runFlag } from './run-flags.js';
import { type RunRequest, runOptions, toProfile } from './run-options.js';

export const CAPACITY_COMMAND = 'capacity [profile]';

/** The search that is run where no profile is named: the reference server's own capacity. */
const OWN_PROFILE = fileURLToPath(new URL('../../../profiles/capacity.yaml', import.meta.url));
const AXES: readonly Axis[] = ['connections', 'rate', 'both'];
const DEFAULT_SLO = 'ws_response_time p(99)<50ms';

const OWN_FLAGS = {
  axis: 'What to search: connections, rate or both [connections]',
  slo: `What must hold, an upper limit on a duration ['${DEFAULT_SLO}']`,
  max: 'Search no higher: connections, or messages per second [what this machine grants]',
  require: 'Exit 99 where less than this was found: connections, or messages per second',
} as const;
const LENIENT = 'lenient';

/** Flags of `run` that a search has no use for: its steps have one SLO, strict limits and a table of their own. */
const NO_USE: readonly RunFlagName[] = ['threshold', 'default-gates', 'wide', 'until-ci', 'max-duration', 'null-twin'];

export interface CapacityRequest extends RunRequest {
  readonly axis: Axis;
  readonly slo: Threshold;
  /** As given to `--slo`. */
  readonly sloText: string;
  readonly max: number | null;
  readonly require: number | null;
  /** A DEGRADED step may pass where its doubts can only have made the server look slower. */
  readonly lenient: boolean;
}

/** Declares the flags of `capacity`: its own, and those of `run`. */
export function capacityOptions<T>(yargs: Argv<T>): Argv<T> {
  for (const [name, describe] of Object.entries(OWN_FLAGS)) yargs.option(name, { type: 'string', describe });
  yargs.option(LENIENT, { type: 'boolean', describe: 'Let DEGRADED steps pass whose doubts only add to latency' });
  return runOptions(yargs).epilogue(
    [
      'Examples:',
      "  wsurge capacity --axis rate                the reference server's highest rate",
      "  wsurge capacity ws://127.0.0.1:9001/ -r 1/s --slo 'ws_response_time p(99)<50ms'",
      '  wsurge capacity profiles/capacity.yaml --axis both --json > capacity.json',
      '  wsurge capacity my.yaml --require 1000     exit code 99 below 1,000 connections',
    ].join('\n'),
  );
}

/** What a command line asks for. Throws with every problem of its own flags, or of the profile. */
export function toCapacity(argv: Readonly<Record<string, unknown>>, env: Env, readText: ReadFile): CapacityRequest {
  const problems: Problem[] = [];
  const own = (name: keyof typeof OWN_FLAGS) => textOf(argv[name], name, problems);
  const axisText = own('axis') ?? 'connections';
  const axis = AXES.find((known) => known === axisText);
  if (axis === undefined)
    problems.push({ where: '--axis', message: `${quoted(axisText)} is none`, hint: AXES.join(', ') });
  const level = (name: 'max' | 'require') => levelOf(own(name), name, axis ?? 'connections', problems);
  const [max, require] = [level('max'), level('require')];
  for (const name of NO_USE) {
    if (argv[name] !== undefined) problems.push({ where: `--${name}`, message: 'does not go with capacity' });
  }
  const lenient = argv[LENIENT] === true;
  if (lenient && argv['strict'] === true) {
    problems.push({ where: `--${LENIENT}`, message: 'does not go with --strict, which is the default here' });
  }
  const request = problems.length > 0 ? null : toProfile(runArgv(argv, env, axis!), env, readText);
  const isClosed = request?.parsed.profile.load.some(({ model }) => model === 'closed') === true;
  const sloText = own('slo') ?? (isClosed ? DEFAULT_SLO.replace('response', 'service') : DEFAULT_SLO);
  const slo = sloOf(sloText, problems);
  if (request === null || slo === null || problems.length > 0) throw profileError(problems);
  return { ...request, axis: axis!, slo, sloText, max, require, lenient };
}

/** The flags of `run` among those given; a bare URL gets a load to start from, and no profile at all the one that ships. */
function runArgv(argv: Readonly<Record<string, unknown>>, env: Env, axis: Axis): Record<string, unknown> {
  const words = Array.isArray(argv['_']) ? argv['_'].map(String) : [];
  const rest = Object.entries(argv).filter(([name]) => name !== LENIENT && !Object.hasOwn(OWN_FLAGS, name));
  const run: Record<string, unknown> = {
    ...Object.fromEntries(rest),
    _: words.filter((word, i) => i > 0 || word !== 'capacity'),
  };
  const named = typeof run['profile'] === 'string' && run['profile'] !== '' ? run['profile'] : null;
  if (named === null && (run['_'] as string[]).length === 0) run['profile'] = OWN_PROFILE;
  const isGiven = (name: RunFlagName) => {
    const { alias } = runFlag(name);
    return (
      run[name] !== undefined ||
      (alias !== undefined && run[alias] !== undefined) ||
      Boolean(env[environmentName(name)])
    );
  };
  if (named === null || !/^[a-z][a-z0-9+.-]*:\/\/|^ws\+unix:/i.test(named)) return run;
  if (!isGiven('connections')) run['connections'] = '100';
  if (!isGiven('duration')) run['duration'] = '5s';
  const isPaced = isGiven('rate') || isGiven('rate-per-connection') || isGiven('model') || isGiven('set');
  if (!isPaced) run[axis === 'rate' ? 'rate' : 'rate-per-connection'] = axis === 'rate' ? '1000/s' : '10/s';
  return run;
}

function textOf(given: unknown, name: string, problems: Problem[]): string | null {
  if (given === undefined) return null;
  if (typeof given === 'string' && given !== '') return given;
  problems.push({ where: `--${name}`, message: Array.isArray(given) ? 'is given more than once' : 'needs a value' });
  return null;
}

function levelOf(text: string | null, name: string, axis: Axis, problems: Problem[]): number | null {
  if (text === null) return null;
  const value = axis === 'connections' ? parseCount(text) : parseRatePerSecond(text);
  if (value !== null && value > 0 && (axis !== 'connections' || Number.isInteger(value))) return value;
  const hint = axis === 'connections' ? 'a count of connections: 1000, 5k' : 'messages per second: 500/s, 5k';
  problems.push({ where: `--${name}`, message: `${quoted(text)} is none`, hint });
  return null;
}

/** `metric expression`, with or without a colon between them. */
function sloOf(text: string, problems: Problem[]): Threshold | null {
  const where = '--slo';
  const example = `write it like --slo '${DEFAULT_SLO}'`;
  const [, key, expression] = /^\s*(\w+)\s*:?\s+(.*?)\s*$/.exec(text) ?? /^\s*(\w+)\s*:\s*(.*?)\s*$/.exec(text) ?? [];
  if (key === undefined || !expression) {
    problems.push({ where, message: `${quoted(text)} is no SLO`, hint: example });
    return null;
  }
  const metric = parseMetricKey(key);
  if ('message' in metric) {
    problems.push({ where, ...metric });
    return null;
  }
  const parsed = parseExpression(expression, metric.metric);
  if ('message' in parsed) {
    problems.push({ where, ...parsed });
    return null;
  }
  if (METRICS[metric.metric].type !== 'trend' || (parsed.comparison !== '<' && parsed.comparison !== '<=')) {
    problems.push({ where, message: `${quoted(text)} is no upper limit on a duration`, hint: example });
    return null;
  }
  return { ...metric, ...parsed, expression, title: null, gate: true, abortOnFail: false, delayAbortEvalMs: 0 };
}
