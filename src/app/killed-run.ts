/** A run that wrote no result, since it was killed: its report is made of the lines that were on the disk by then. */

import { buildDocument } from '../documents/build-result.js';
import { Redactor } from '../documents/redaction/redact.js';
import type { ResultDocument } from '../documents/result-document.js';
import { parseResult } from '../documents/result-schema.js';
import type { SavedRun } from '../documents/saved-run.js';
import { EXIT, messageOf } from '../errors.js';
import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import { localGroup } from '../metrics/group-end.js';
import { GroupSums } from '../metrics/group-sums.js';
import type { Interval } from '../metrics/interval.js';
import { CellMerger } from '../metrics/merge.js';
import type { AgentSecond } from '../metrics/seconds/agent-second.js';
import { TimelineBuilder } from '../metrics/seconds/timeline.js';
import type { Cell } from '../plan/cell.js';
import { plural } from '../report/shared/verdict-line.js';
import { greatestOf } from '../stats/extremes.js';
import { readRun, visitIntervals } from '../store/read-run.js';
import { recordedCells } from '../store/recorded-cells.js';
import type { RunRecord } from '../store/run-record.js';
import { unreadable } from '../store/store-error.js';
import { judge } from '../verdict/judge.js';
import type { Reason, Verdict } from '../verdict/verdict.js';
import { KilledAgents } from './killed-agents.js';
import { leftBehind } from './left-behind.js';
import { CLIENT_ENGINE } from './run-documents.js';

/** Wall seconds are places on an axis that is made whole. A month and a half; a longer run is none. */
const MOST_SECONDS = 4_000_000;

/**
 * The run of a folder without result.json, marked as crashed. Throws WsurgeError (104) where it came to its end, is no
 * run, or is damaged.
 */
export async function readKilledRun(folder: string): Promise<SavedRun> {
  const record = await readRun(folder);
  if (record.status !== 'running' && record.status !== 'crashed') {
    throw unreadable(folder, `the run is ${record.status}, but there is no result.json`);
  }
  const other = await leftBehind(folder, record);
  if (other !== null) throw other;
  const refuse = (error: unknown) => unreadable(folder, `no report can be made of what is left: ${messageOf(error)}`);
  let cells: readonly Cell[];
  try {
    cells = recordedCells(record);
  } catch (error) {
    throw refuse(error);
  }
  const lines = new TimelineBuilder();
  const started = new StartedCells(cells, record.workers);
  await visitIntervals(folder, {
    interval: (line) => {
      const problem = started.add(line);
      if (problem !== null) throw refuse(problem);
      lines.interval(line);
    },
    serverSecond: (second) => lines.serverSecond(second),
    agentSecond: (second) => {
      const problem = started.addAgent(second);
      if (problem !== null) throw refuse(problem);
    },
  });
  try {
    return { document: parseResult(documentOf(record, started)), timelines: lines.timelines() };
  } catch (error) {
    throw refuse(error);
  }
}

/** What the lines of one cell tell beside their sums. */
interface Started {
  readonly cell: Cell;
  readonly merger: CellMerger;
  readonly sums: GroupSums;
  readonly agents: KilledAgents;
  /** Lines are of several workers together, of which none is told apart. */
  isOfMachines: boolean;
  /** Workers that had begun to close. */
  readonly closing: Set<number>;
  /** Of each worker: how long before t0 it had lines, and in all, ms. */
  readonly beforeMs: number[];
  readonly totalMs: number[];
  /** From t0 to the end of the newest line of the measured time, ms. */
  measuredToMs: number;
}

/** The cells that had begun, by their lines. */
class StartedCells {
  readonly planned: readonly Cell[];
  readonly #byId: ReadonlyMap<string, Cell>;
  readonly #workers: number;
  readonly #started = new Map<string, Started>();

  constructor(planned: readonly Cell[], workers: number) {
    this.planned = planned;
    this.#byId = new Map(planned.map((cell) => [cell.id, cell]));
    this.#workers = workers;
  }

  /** What is wrong with the line, or null. */
  add(line: Interval): string | null {
    const cell = this.#byId.get(line.cell);
    const problem = this.#problem(line);
    if (cell === undefined || problem !== null) return problem;
    const [from, to] = line.workers;
    if ((line.second ?? 0) > MOST_SECONDS) return `second ${line.second} is beyond any run`;
    if (line.turnover?.events.some(({ event }) => event >= cell.events.length)) return 'it has an event of no plan';
    const started = this.#started.get(cell.id) ?? this.#begin(cell);
    started.merger.add(line);
    if (to === from + 1) started.sums.add(line);
    else started.isOfMachines = true;
    started.totalMs[from]! += line.elapsedMs;
    if (line.second === null) started.beforeMs[from]! += line.elapsedMs;
    else if (line.stage === 'measure') {
      // A line may begin within a second, behind a warm-up of 500 ms for one: the lines since t0 tell when it ended.
      const sinceT0Ms = to === from + 1 ? started.totalMs[from]! - started.beforeMs[from]! : 0;
      started.measuredToMs = Math.max(started.measuredToMs, line.second * 1000 + line.elapsedMs, sinceT0Ms);
    }
    if (line.stage === 'close') for (let worker = from; worker < to; worker++) started.closing.add(worker);
    return null;
  }

  /** The same of a line of one agent. */
  addAgent(second: AgentSecond): string | null {
    const cell = this.#byId.get(second.cell);
    const problem = this.#problem(second);
    if (cell === undefined || problem !== null) return problem;
    (this.#started.get(cell.id) ?? this.#begin(cell)).agents.add(second);
    return null;
  }

  #problem({ cell, workers: [from, to] }: Pick<Interval, 'cell' | 'workers'>): string | null {
    if (!this.#byId.has(cell)) return `${cell} is no cell of its plan`;
    const isOfPlan = from < to && to <= this.#workers;
    return isOfPlan ? null : `the workers ${from} to ${to - 1} are none of ${this.#workers}`;
  }

  #begin(cell: Cell): Started {
    const zeros = () => new Array<number>(this.#workers).fill(0);
    const group = localGroup(this.#workers);
    const sums = new GroupSums(cell, group, this.#workers);
    const merger = new CellMerger(cell, [group], () => (started.isOfMachines ? [] : sums.results()));
    const started: Started = {
      cell,
      merger,
      sums,
      agents: new KilledAgents(),
      isOfMachines: false,
      closing: new Set<number>(),
      beforeMs: zeros(),
      totalMs: zeros(),
      measuredToMs: 0,
    };
    this.#started.set(cell.id, started);
    return started;
  }

  /** A cell is whole if another came after it, or all of its workers had come to its end. */
  results(record: RunRecord): CellResult[] {
    const all = [...this.#started.values()];
    return all.map((started, i) =>
      resultOf(started, i < all.length - 1 || started.closing.size === this.#workers, record),
    );
  }
}

function resultOf(started: Started, isWhole: boolean, { plan, target }: RunRecord): CellResult {
  const { cell, merger, measuredToMs } = started;
  const seenMs = Math.max(0, measuredToMs - cell.warmupMs);
  // `--until-ci` measures longer than was planned.
  const measuredMs = isWhole ? Math.max(cell.durationMs, seenMs) : seenMs;
  if (measuredMs > cell.durationMs) merger.extend(measuredMs);
  const t0Ms = largest(started.beforeMs);
  const measureMs = t0Ms + cell.warmupMs;
  const endMs = Math.max(measureMs + measuredMs, largest(started.totalMs));
  const phases = [
    { name: 'connect', fromMs: 0, toMs: t0Ms },
    { name: 'warmup', fromMs: t0Ms, toMs: measureMs },
    { name: 'measure', fromMs: measureMs, toMs: measureMs + measuredMs },
    { name: 'drain', fromMs: measureMs + measuredMs, toMs: endMs },
  ];
  const { engine } = target as { engine?: unknown };
  const result = merger.finish({
    pacing: plan?.pacing ?? '',
    interrupted: !isWhole,
    withoutTotals: true,
    phases: phases.filter(({ name }) => name !== 'warmup' || cell.warmupMs > 0),
    server: {
      status: 'unavailable',
      engine: typeof engine === 'string' ? engine : null,
      reason: 'wsurge ended before its last look at the server',
    },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
    restartProblems: new Map(),
  });
  const agents = started.agents.results(isWhole);
  return agents === undefined ? result : { ...result, client: { ...result.client, agents } };
}

function largest(values: readonly number[]): number {
  return Math.max(0, greatestOf(values));
}

function documentOf(record: RunRecord, started: StartedCells): ResultDocument {
  const cells = started.results(record);
  const begun = new Set(cells.map(({ id }) => id));
  const notRun = started.planned.filter(({ id }) => !begun.has(id)).map(({ id }) => ({ id, reason: 'not reached' }));
  const outcome: RunOutcome = { cells, notRun, interrupted: true, abortedBy: null };
  const lastedMs = cells.reduce((sum, { phases }) => sum + (phases.at(-1)?.toMs ?? 0), 0);
  const startedAt = new Date(record.startedAt);
  if (Number.isNaN(startedAt.getTime())) throw new Error('run.json has no time of its start');
  return buildDocument({
    ...{ outcome, verdict: verdictOf(outcome, record), crashed: true, runId: record.runId, startedAt },
    endedAt: new Date(startedAt.getTime() + lastedMs),
    labels: record.labels,
    tool: { version: record.tool.version, engine: CLIENT_ENGINE },
    // Checked with the whole document.
    generators: record.environment.generators as ResultDocument['environment']['generators'],
    target: record.target as ResultDocument['target'],
    profile: record.profile,
    ...{ planHash: record.planHash, seed: record.seed, workers: record.workers },
    pacing: record.plan?.pacing ?? '',
    // Secrets were struck out of run.json as it was written, and there are none in lines.
    redactor: new Redactor([]),
  });
}

/** Thresholds are about whole runs, so none is judged. */
function verdictOf(outcome: RunOutcome, record: RunRecord): Verdict {
  const verdict = judge(outcome, [], { defaultGates: true, strict: false });
  const validity = verdict.validity === 'valid' ? 'degraded' : verdict.validity;
  return {
    ...verdict,
    validity,
    reasons: [crashReason(outcome, record), ...verdict.reasons],
    passed: false,
    exitCode: EXIT.interrupted,
  };
}

function crashReason({ cells, notRun }: RunOutcome, { error }: RunRecord): Reason {
  const cut = cells.filter(({ interrupted }) => interrupted).map(({ id }) => id);
  const why = error === undefined ? 'wsurge was killed, or is still running' : `wsurge died of an error: ${error}`;
  const what = [
    `${plural(cells.length - cut.length, 'whole cell')} of ${cells.length + notRun.length}`,
    ...cut.map((id) => `${id} in part`),
  ];
  return {
    ...{ code: 'crashed', side: 'client', severity: 'degraded', cell: null },
    message: `${why}; made of the lines on the disk: ${what.join(', ')}`,
    fix: 'run it again; counters were not checked against the totals of the workers, which are lost',
  };
}
