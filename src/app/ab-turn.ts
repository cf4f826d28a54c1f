import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Turn, TurnResult } from '../campaign/ab-rounds.js';
import { FixedList } from '../campaign/cell-source.js';
import { type EventSink, toAll } from '../campaign/events.js';
import type { CliIo } from '../cli/io.js';
import type { AbRequest, Build } from '../cli/options/ab-options.js';
import type { Route } from '../coordinator/route.js';
import type { ThreadRunner } from '../coordinator/thread-runner.js';
import type { Redactor } from '../documents/redaction/redact.js';
import type { ResultDocument } from '../documents/result-document.js';
import { EXIT, messageOf, WsurgeError } from '../errors.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { Plan } from '../plan/plan.js';
import { jsonReporter } from '../report/run/json.js';
import { markdownReporter } from '../report/run/markdown.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import type { RunningTarget } from '../target/running-target.js';
import { describeExit } from '../target/start.js';
import type { Side } from '../verdict/compare/compared-run.js';
import { notDelivered, turnDoubt } from '../verdict/compare/turn-doubt.js';
import { judge } from '../verdict/judge.js';
import { isUndelivered, judgeCell } from '../verdict/validity.js';
import type { Verdict } from '../verdict/verdict.js';
import type { EventLog } from './event-log.js';
import { folderSink } from './folder-sink.js';
import { type RunParts, runDocument, runFacts } from './run-documents.js';
import { TargetSession } from './target-session.js';

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

export interface TurnDeps {
  readonly request: AbRequest;
  readonly plan: Plan;
  readonly redactor: Redactor;
  readonly io: CliIo;
  readonly runner: ThreadRunner;
  /** The way to each build that `permitted` allowed. */
  readonly routes: Readonly<Record<Side, Route>>;
  readonly parent: RunFolder;
  /** The turns so far. */
  readonly turns: readonly AbTurn[];
  /** Who else is told what happens in the turn. */
  readonly sink: EventSink;
  readonly events: EventLog;
}

/**
 * Starts a fresh server, sends the canary, runs the plan's cells, judges them and writes the files. The server is stopped
 * whatever happens. Throws a WsurgeError that names build and round: 102, 103 or 104 if the server could not be measured,
 * 105 on an interrupt.
 */
export async function runTurn(turn: Turn, deps: TurnDeps): Promise<AbTurn> {
  const { request, plan, redactor, io, parent } = deps;
  const build = request.builds[turn.side];
  const [startedAt, startMs] = [new Date(), performance.now()];
  const again = turn.attempt === 1 ? '' : `-again-${turn.attempt}`;
  const name = `${String(turn.round).padStart(2, '0')}-${turn.side}${again}`;
  const folder = await createRunFolder(path.join(parent.path, 'rounds'), name, startedAt);
  const route = deps.routes[turn.side];
  const parts: RunParts = { parsed: build.parsed, plan, redactor, folder, startedAt };
  let session: TargetSession | null = null;
  let ran: Omit<AbTurn, 'wasKilled' | 'tookMs'>;
  try {
    session = await TargetSession.open({
      parsed: parts.parsed,
      plan,
      io,
      route,
      allowedTargets: request.settings.allowTargets,
      folder: build.folder,
    });
    ran = await load(turn, session, parts, deps);
  } catch (error) {
    if (session !== null) {
      const facts = runFacts(parts, session);
      await folder.writeRun({ ...facts, status: 'crashed', error: redactor.text(messageOf(error)) });
    }
    throw inContext(error, build, turn, deps.turns.length === 0);
  } finally {
    await session?.close();
    await folder.close();
    if (session === null) await folder.remove();
  }
  return {
    ...ran,
    wasKilled: ran.ended?.how !== 'died' && session.target.wasKilled(),
    tookMs: Math.round(performance.now() - startMs),
  };
}

async function load(
  turn: Turn,
  session: TargetSession,
  parts: RunParts,
  { request, plan, runner, sink, events, parent, turns }: TurnDeps,
): Promise<Omit<AbTurn, 'wasKilled' | 'tookMs'>> {
  const { folder } = parts;
  const { target, endpoint, canary } = session;
  const { thresholds, accuracy } = parts.parsed.profile;
  events.tell({ type: 'canary', url: endpoint.url, engine: target.engine, report: canary }, turn);
  const told = events.sinkOf((result) => judgeCell(result, thresholds, accuracy), turn);
  await folder.writeRun({ ...runFacts(parts, session), status: 'running' });
  const outcome = await session.run(
    {
      runner,
      source: new FixedList(plan.cells),
      preWarm: request.preWarm ? plan.preWarm : null,
    },
    toAll([folderSink(folder), sink, told]),
  );
  const verdict = judge(outcome, thresholds, {
    ...{ defaultGates: request.settings.defaultGates, strict: false },
    accuracy,
  });
  for (const reason of verdict.reasons) events.tell({ type: 'reason', reason }, turn);
  const document = runDocument(parts, session, outcome, verdict);
  await folder.writeReport(jsonReporter.file, jsonReporter.render(document));
  await folder.writeReport(markdownReporter.file, markdownReporter.render(document));
  await folder.writeRun({ ...runFacts(parts, session), status: document.status });
  const earlier = turns.filter(({ turn: { side }, invalid }) => side === turn.side && invalid === null);
  // What was disturbed twice is used as it is: the comparison weighs how wide its brackets are.
  const invalid =
    turn.attempt > 1
      ? notDelivered(document)
      : turnDoubt(
          document,
          request.metrics,
          earlier.map(({ run }) => run),
        );
  return {
    ...{ turn, invalid },
    ended: endOf(target, outcome, verdict),
    run: document,
    failures: failuresOf(outcome, verdict),
    folder: path.relative(parent.path, folder.path),
  };
}

/** Its end while it was loaded. A generator that could not connect says nothing of the server. */
function endOf(target: RunningTarget, { notRun, interrupted }: RunOutcome, verdict: Verdict): TurnEnd | null {
  const exit = target.exited();
  if (exit !== null) return { how: 'died', text: `${describeExit(exit)}${lastWords(target.lastLines())}` };
  const isGone = verdict.exitCode === EXIT.unreachable || notRun.length > 0;
  if (!isGone || interrupted || isUndelivered(verdict.reasons)) return null;
  return { how: 'gone', text: 'took no more connections' };
}

function failuresOf({ notRun, interrupted }: RunOutcome, { gates, thresholds }: Verdict): string[] {
  const lost = interrupted ? [] : notRun.map(({ id, reason }) => `${id} was not run: ${reason}`);
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
  if (!(error instanceof WsurgeError)) return error;
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
