/** `wsurge ab --resume DIR`: an interrupted comparison goes on where its last whole round ended. */
import path from 'node:path';
import { excludedRounds, type Turn, wholeRounds } from '../campaign/ab-rounds.js';
import type { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type Problem, WsurgeError } from '../errors.js';
import { loadingMachines } from '../metrics/environment.js';
import { readTurns, type TurnLine } from '../store/ab-turns.js';
import { readRun } from '../store/read-run.js';
import { openParentFolder, type RunFolder } from '../store/run-folder.js';
import type { RunRecord } from '../store/run-record.js';
import { counted } from '../verdict/compare/comparable.js';
import type { AbTurn } from './ab-turn.js';
import { readChecked } from './read-compared-run.js';
import type { AbTask } from './tasks.js';
import type { RunFacts } from './with-run-folder.js';

/** What run.json of a comparison says of the command line, beside profile, plan and seed; secrets are struck out. */
export function askedOf({ builds, isAa, metrics, looks, preWarm, settings }: AbTask, redactor: Redactor) {
  return {
    a: redactor.text(builds.a.name),
    b: redactor.text(builds.b.name),
    aa: isAa,
    gate: metrics.filter(({ gate }) => gate).map(({ key }) => key),
    margin: Object.fromEntries(metrics.map(({ key, margin }) => [key, margin])),
    rounds: looks.at(-1)!,
    'pre-warm': preWarm,
    'default-gates': settings.defaultGates,
  };
}

export interface Resumed {
  readonly parent: RunFolder;
  readonly createdAt: Date;
  /** Of its whole rounds, and of those given up. */
  readonly turns: AbTurn[];
}

/**
 * The comparison in the folder `location`, named `shown` by the user. `now`: what run.json would say of this one, apart from
 * its id. Throws WsurgeError (104) where it is no comparison that can go on, or was asked for in another way.
 */
export async function resume(location: string, shown: string, now: RunFacts): Promise<Resumed> {
  const record = await readRun(location);
  const problems = problemsOf(record, now, shown);
  if (problems.length > 0) {
    const next = `the command that began it, with --resume ${shown}; or leave out --resume, which begins anew`;
    throw new WsurgeError(EXIT.usage, 'not_resumable', `${shown} does not go on with this command`, { problems, next });
  }
  const lines = await readTurns(location);
  const kept = wholeTurns(lines, record.seed);
  const turns: AbTurn[] = [];
  for (const { round, side, attempt, ...line } of kept) {
    const turn: Turn = { round, side, attempt };
    turns.push({ ...line, turn, run: await readChecked(path.join(location, line.folder)) });
  }
  return { parent: await openParentFolder(location), createdAt: new Date(record.startedAt), turns };
}

/** A turn as turns.ndjson keeps it. */
export function turnLine({ turn, invalid, failures, ended, wasKilled, folder, tookMs }: AbTurn, redactor: Redactor) {
  const safe = (text: string) => redactor.text(text);
  const line: TurnLine = {
    ...turn,
    invalid: invalid === null ? null : safe(invalid),
    failures: failures.map(safe),
    ended: ended === null ? null : { how: ended.how, text: safe(ended.text) },
    ...{ wasKilled, tookMs },
    folder: folder.split(path.sep).join('/'),
  };
  return line;
}

/** Half a round is measured anew: A and B of a round have to be close to each other in time. */
function wholeTurns(lines: readonly TurnLine[], seed: number): TurnLine[] {
  const turns = lines.map(({ round, side, attempt, invalid }) => ({ turn: { round, side, attempt }, invalid }));
  const done = new Set([
    ...wholeRounds(turns, seed).map(({ number }) => number),
    ...excludedRounds(turns).map(({ number }) => number),
  ]);
  return lines.filter(({ round }) => done.has(round));
}

function problemsOf(record: RunRecord, now: RunFacts, shown: string): Problem[] {
  const { asked } = record;
  if (asked === undefined) {
    const hint = 'only a folder that wsurge ab wrote can go on, from the version on that keeps its turns';
    return [{ where: shown, message: 'is no comparison that can go on', hint }];
  }
  if (record.status === 'complete') {
    const hint = `wsurge report ${shown} shows it; leave out --resume to compare again`;
    return [{ where: shown, message: 'is complete: there is nothing left to do', hint }];
  }
  return [...flagProblems(asked, now), ...profileProblems(record, now), ...machineProblems(record, now)];
}

function flagProblems(before: Readonly<Record<string, unknown>>, { asked }: RunFacts): Problem[] {
  return Object.entries(asked ?? {}).flatMap(([flag, value]) => {
    const [was, is] = [textOf(before[flag]), textOf(value)];
    if (was === is) return [];
    return [{ where: `--${flag}`, message: `is ${is}; the comparison began with ${was}`, hint: `give ${was} again` }];
  });
}

function profileProblems(record: RunRecord, now: RunFacts): Problem[] {
  const hint = 'undo the change in the profile, or in the flag that sets it';
  const said = differences(record.profile, now.profile, []).map(({ path: keys, was, is }) => ({
    ...{ where: `profile ${keys.join('.')}`, hint },
    message: `is ${textOf(is)}; the comparison began with ${textOf(was)}`,
  }));
  // What a profile hides (templates, rows of data) is still part of the plan.
  if (said.length > 0 || record.planHash === now.planHash) return said;
  return [{ where: 'profile', message: 'plans another load than the comparison began with', hint }];
}

interface Changed {
  readonly path: readonly string[];
  readonly was: unknown;
  readonly is: unknown;
}

/** The innermost values that differ between two profiles. */
function differences(was: unknown, is: unknown, at: readonly string[]): Changed[] {
  if (textOf(was) === textOf(is)) return [];
  if (!isTree(was) || !isTree(is)) return [{ path: at, was, is }];
  const [before, after] = [was, is].map((tree) => new Map(Object.entries(tree)));
  const keys = [...new Set([...before!.keys(), ...after!.keys()])];
  return keys.flatMap((key) => differences(before!.get(key), after!.get(key), [...at, key]));
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function machineProblems(record: RunRecord, now: RunFacts): Problem[] {
  const [before, after] = [record, now].map(({ environment }) =>
    loadingMachines(environment.generators as readonly Machine[]),
  );
  const facts: readonly (readonly [what: string, was: unknown, is: unknown])[] = [
    ['number of agents', agentsIn(before!), agentsIn(after!)],
    ...(['cpu', 'cores', 'kernel', 'node'] as const).map(
      (key) => [key, factOf(before!, key), factOf(after!, key)] as const,
    ),
    ['wsurge', record.tool.version, now.tool.version],
    ['workers', record.workers, now.workers],
  ];
  const hint = 'go on where it began; or begin anew here, without --resume';
  return facts.flatMap(([what, was, is]) =>
    textOf(was) === textOf(is)
      ? []
      : [
          {
            where: agentsIn(after!) + agentsIn(before!) === 0 ? 'this machine' : 'the agents',
            message: `${what} is ${textOf(is)}; the comparison began with ${textOf(was)}`,
            hint,
          },
        ],
  );
}

/** A machine as run.json describes it. */
type Machine = { readonly agent?: string } & Readonly<Record<string, unknown>>;

function agentsIn(machines: readonly Machine[]): number {
  return machines.filter(({ agent }) => agent !== undefined).length;
}

/** Of all machines, whichever is named first: `Xeon`, or `Epyc, 2 x Xeon` where they differ. */
function factOf(machines: readonly Machine[], key: string): unknown {
  return counted(machines.map((machine) => textOf(machine[key])).sort()).join(', ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
