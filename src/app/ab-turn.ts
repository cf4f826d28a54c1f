import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Turn, TurnResult } from '../campaign/ab-rounds.js';
import { toAll } from '../campaign/events.js';
import type { GroupRunner } from '../coordinator/group-runner.js';
import type { Route } from '../coordinator/route.js';
import type { ResultDocument } from '../documents/result-document.js';
import { EXIT, WsurgeError } from '../errors.js';
import { FleetError } from '../fleet/refused.js';
import { leftAgent } from '../metrics/agent-result.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { Plan } from '../plan/plan.js';
import { jsonReporter } from '../report/run/json.js';
import { markdownReporter } from '../report/run/markdown.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import type { RunningTarget } from '../target/running-target.js';
import { describeExit } from '../target/start.js';
import type { Side } from '../verdict/compare/compared-run.js';
import { notDelivered, turnDoubt } from '../verdict/compare/turn-doubt.js';
import { isUndelivered } from '../verdict/validity.js';
import type { Verdict } from '../verdict/verdict.js';
import { generatorsOf, type LeasedCrew } from './crew.js';
import { folderSink } from './folder-sink.js';
import { judgeBy, measure } from './measure.js';
import { type RunParts, runFacts } from './run-documents.js';
import type { Surroundings } from './surroundings.js';
import { canaryEvent, TargetSession } from './target-session.js';
import type { AbTask, Build } from './tasks.js';
import { type LoadWatch, toldTo } from './watch.js';
import { type OwnedRun, withRunFolder } from './with-run-folder.js';

/** `died`: its process ended by itself. `gone`: nobody saw it end, but it took no connection any more. */
export interface TurnEnd {
  readonly how: 'died' | 'gone';
  /** `exited with code 7; its last lines: ...`. */
  readonly text: string;
}

/** A build measured once: what came out, and what its server did wrong. */
export interface AbTurn extends TurnResult {
  /** Its result.json. */
  readonly run: ResultDocument;
  /** Gates and thresholds that do not hold, and cells that did not run. They are results of the build. */
  readonly failures: readonly string[];
  /** How the server ended under load; null if it did not end. */
  readonly ended: TurnEnd | null;
  /** The server, or a process that it started, did not end on SIGTERM. */
  readonly wasKilled: boolean;
  /** Its run folder, relative to that of the comparison. */
  readonly folder: string;
  /** From before its server was started until it was stopped. */
  readonly tookMs: number;
}

/** A turn, and what became of the agent that did not stay to its end; null if all did. */
export type MeasuredTurn = AbTurn & { readonly left: string | null };

export interface TurnDeps {
  readonly task: AbTask;
  readonly plan: Plan;
  readonly around: Surroundings;
  readonly runner: GroupRunner;
  /** The agents that make the load; null: this machine does. */
  readonly crew: LeasedCrew | null;
  /** The way to each build that `permitted` allowed. */
  readonly routes: Readonly<Record<Side, Route>>;
  readonly parent: RunFolder;
  /** Of both builds. */
  readonly secrets: readonly string[];
  /** The turns so far. */
  readonly turns: readonly AbTurn[];
  readonly watch: LoadWatch;
}

/**
 * Starts a fresh server, sends the canary, runs the plan's cells, judges them and writes the files. The server is stopped
 * whatever happens. Throws a WsurgeError that names build and round: 102, 103 or 104 if the server could not be measured,
 * 105 on an interrupt.
 */
export async function runTurn(turn: Turn, deps: TurnDeps): Promise<MeasuredTurn> {
  const { task, plan, around, parent, watch, secrets, crew } = deps;
  const build = task.builds[turn.side];
  const startMs = performance.now();
  const again = turn.attempt === 1 ? '' : `-again-${turn.attempt}`;
  const name = `${String(turn.round).padStart(2, '0')}-${turn.side}${again}`;
  const spec = {
    make: (now: Date) => createRunFolder(path.join(parent.path, 'rounds'), name, now),
    secrets,
    open: () =>
      TargetSession.open({
        ...{ parsed: build.parsed, plan, around, folder: build.folder, crew },
        route: deps.routes[turn.side],
        allowedTargets: task.settings.allowTargets,
        onRedirect: (notes) => watch.redirected(notes),
      }),
  };
  try {
    const { session, ...ran } = await withRunFolder(spec, (owned) => load(turn, owned, deps));
    const wasKilled = ran.ended?.how !== 'died' && session.target.wasKilled();
    return { ...ran, wasKilled, tookMs: Math.round(performance.now() - startMs) };
  } catch (error) {
    throw inContext(error, build, turn, deps.turns.length === 0);
  }
}

type Ran = Omit<MeasuredTurn, 'wasKilled' | 'tookMs'> & { readonly session: TargetSession };

async function load(turn: Turn, owned: OwnedRun<TargetSession>, deps: TurnDeps): Promise<Ran> {
  const { task, plan, runner, crew, parent, watch } = deps;
  const { folder, redactor, startedAt, target: session } = owned;
  const { parsed } = task.builds[turn.side];
  const parts: RunParts = { parsed, plan, redactor, folder, startedAt, generators: generatorsOf(crew) };
  watch.tell(canaryEvent(session), turn);
  await owned.begin(() => runFacts(parts, session));
  const conduct = { runner, preWarm: task.preWarm ? plan.preWarm : null };
  const rules = { defaultGates: task.settings.defaultGates, strict: false };
  const sink = toAll([folderSink(folder), toldTo(watch, judgeBy(parsed.profile), turn)]);
  const measured = await measure({ parts, session, conduct, rules }, sink);
  const { outcome, verdict, document } = measured;
  for (const reason of verdict.reasons) watch.tell({ type: 'reason', reason }, turn);
  const files = [jsonReporter, markdownReporter].map(({ file, render }) => [file, render(document)] as const);
  // The page of a turn is made when somebody asks for it: between two turns the machine rests.
  await owned.end(document.status, files, []);
  return {
    ...{ turn, session, run: document },
    invalid: doubtOf(turn, document, deps),
    ended: endOf(session.target, outcome, verdict),
    left: leftIn(outcome),
    failures: failuresOf(outcome, verdict),
    folder: path.relative(parent.path, folder.path),
  };
}

/** Why the turn is measured again; null where it counts. */
function doubtOf({ side, attempt }: Turn, document: ResultDocument, { task, turns }: TurnDeps): string | null {
  // What was disturbed twice is used as it is: the comparison weighs how wide its brackets are.
  if (attempt > 1) return notDelivered(document);
  const earlier = turns.filter(({ turn, invalid }) => turn.side === side && invalid === null);
  return turnDoubt(
    document,
    task.metrics,
    earlier.map(({ run }) => run),
  );
}

function leftIn({ cells, interrupted }: RunOutcome): string | null {
  if (interrupted) return null;
  return leftAgent(cells.flatMap(({ client }) => client.agents ?? []));
}

/** Its end while it was loaded. A generator that could not connect says nothing of the server. */
function endOf(target: RunningTarget, outcome: RunOutcome, verdict: Verdict): TurnEnd | null {
  const { notRun, interrupted } = outcome;
  const exit = target.exited();
  if (exit !== null) return { how: 'died', text: `${describeExit(exit)}${lastWords(target.lastLines())}` };
  const isGone = verdict.exitCode === EXIT.unreachable || notRun.length > 0;
  if (!isGone || interrupted || isUndelivered(verdict.reasons) || leftIn(outcome) !== null) return null;
  return { how: 'gone', text: 'took no more connections' };
}

function failuresOf(outcome: RunOutcome, { gates, thresholds }: Verdict): string[] {
  const { notRun, interrupted } = outcome;
  const lost =
    interrupted || leftIn(outcome) !== null ? [] : notRun.map(({ id, reason }) => `${id} was not run: ${reason}`);
  return [
    ...gates.filter(({ passed }) => !passed).map(({ cell, message }) => `${cell}: ${message}`),
    ...thresholds
      .filter(({ gate, passed }) => gate && passed === false)
      .map(({ metric, expression }) => `${metric} ${expression} does not hold`),
    ...lost,
  ];
}

function lastWords(lines: string): string {
  return lines === '' ? '; it printed nothing' : `; its last lines: ${lines.split('\n').join(' | ')}`;
}

/** The same error, naming build and round. If the build is what cannot be measured, its exit code becomes 102. */
function inContext(error: unknown, { side, name, kind }: Build, { round }: Turn, isFirst: boolean): unknown {
  // The agents are no fault of the build.
  if (!(error instanceof WsurgeError) || error instanceof FleetError) return error;
  const where = `build ${side.toUpperCase()} (${name}) in round ${round}`;
  const isTaken = error.code === 'target_port_taken';
  const left =
    isTaken && !isFirst
      ? '; the turn before left its port busy: every process that a build starts must end on SIGTERM'
      : '';
  const isRefused = error.exitCode === EXIT.usage || error.exitCode === EXIT.unreachable;
  // Not the build's doing: a port that was busy before the first start, and a server that wsurge did not start.
  const isBroken = isRefused && kind !== 'url' && !(isTaken && isFirst);
  return new WsurgeError(
    isBroken ? EXIT.brokenBuild : error.exitCode,
    error.code,
    `${where}: ${error.message}${left}`,
    {
      ...(error.next === null ? {} : { next: error.next }),
      problems: error.problems,
      cause: error,
    },
  );
}
