/**
 * Checks lines of intervals.ndjson when they are read back, and those of agents. A checksum reveals a crash, but not a line
 * that was changed by hand.
 */
import { type Cell, PHASES } from '../plan/cell.js';
import { CONNECT_PHASES, INTERVAL_VERSION, type Interval, LATENCIES, type WorkerSpan } from './interval.js';
import {
  all,
  amount,
  type Check,
  counters,
  each,
  fields,
  finite,
  isAmount,
  MOST_SECONDS,
  oneOf,
  optional,
  orNull,
  span,
  sparse,
  text,
  upTo,
} from './value-checks.js';

/** The limit for elapsed time, because the time axis is filled completely. */
const MOST_MS = 1000 * MOST_SECONDS;
/** More requests than any load may have. */
const MOST_REQUESTS = 255;
const STAGES: readonly unknown[] = ['connect', 'idle', 'warmup', 'measure', 'drain', 'close'];
const CONNECTION_COUNTS = ['attempts', 'opened', 'failed', 'abandoned', 'closedClean', 'closedDirty'] as const;
const HEALTH = ['busy', 'blockedMs', 'pausedMs', 'gcPauseMsMax', 'gcLongPauses', 'gcLongPauseMs', 'heapBytes'] as const;
const HEALTH_OR_NULL = ['blockedWaitMs', 'runQueueWaitMs', 'cpuMs'] as const;

const fanout = fields({
  ...all(['deliver', 'deliverService', 'first', 'firstService', 'last', 'lastService', 'spread'], sparse),
  ...all(['messages', 'reachedAny', 'reachedAll', 'expected', 'delivered', 'gone'], amount),
  slow: optional(fields({ deliver: sparse, service: optional(sparse), missed: amount })),
});
const flow = fields({
  phase: oneOf(PHASES),
  second: upTo(MOST_SECONDS),
  request: optional(upTo(MOST_REQUESTS)),
  counters,
  histograms: fields(all(LATENCIES, sparse)),
  ...all(['wait', 'waitAndService'], optional(sparse)),
  bytes: optional(fields({ sent: amount, received: amount })),
  fanout: optional(fanout),
});
/** Milliseconds with a change each; changes may be negative. */
const series: Check = (value) =>
  Array.isArray(value) && value.length % 2 === 0 && value.every((part) => Math.abs(part as number) <= MOST_MS)
    ? null
    : 'is not a list of pairs';
const life = fields({ ended: amount, opened: amount });
const event = fields({
  ...all(['event', 'heldBefore', 'dropped', 'lostInFlight', 'refused'], amount),
  ...all(['held', 'connects', 'notConnected'], series),
});

const health = fields({ ...all(HEALTH, finite), ...all(HEALTH_OR_NULL, orNull(finite)) });

const interval = fields({
  agent: text,
  cell: text,
  workers: span,
  line: upTo(MOST_SECONDS),
  elapsedMs: (value) => (isAmount(value) && (value as number) <= MOST_MS ? null : 'is not a time within a run'),
  stage: oneOf(STAGES),
  flow: each(flow),
  ...all(['outside', 'bundled'], optional(amount)),
  connections: fields(all(CONNECTION_COUNTS, amount)),
  connect: fields(all(CONNECT_PHASES, sparse)),
  session: optional(fields({ early: optional(amount), ready: sparse, steps: each(sparse) })),
  ruled: optional(each(amount)),
  script: optional(
    fields({
      asks: each(fields({ name: text, us: sparse })),
      frames: each(fields({ name: text, means: oneOf(['duty', 'count']), count: amount })),
    }),
  ),
  ...all(['sessions', 'pings'], sparse),
  closes: each(fields({ code: amount, by: text, count: amount })),
  errors: each(fields({ phase: text, code: text, count: amount, said: optional(text) })),
  bytes: fields({ sent: amount, received: amount }),
  second: orNull(upTo(MOST_SECONDS)),
  ...all(['open', 'openMin', 'inFlight'], finite),
  health,
  instrument: orNull(fields({ reported: sparse, truth: sparse, added: optional(sparse), missed: amount })),
  keepAlive: optional(fields({ pings: amount, pongs: amount })),
  silence: optional(fields({ silences: sparse, firstUs: finite, lastUs: finite })),
  turnover: optional(fields({ heldMin: finite, lives: fields(all(PHASES, life)), events: each(event) })),
});

const agentSecond = fields({
  agent: text,
  cell: text,
  workers: span,
  stage: oneOf(STAGES),
  second: orNull(upTo(MOST_SECONDS)),
  counters: fields(all(PHASES, optional(counters))),
  ...all(['elapsedMs', 'open', 'inFlight', 'errors'], finite),
  health,
});

const serverSecond = fields({
  cell: text,
  second: upTo(MOST_SECONDS),
  elapsedMs: amount,
  server: orNull(fields({ cpuMs: finite, rssBytes: finite })),
  machineCpuMs: orNull(finite),
});

/**
 * What is wrong with a line, with its place: `flow.0.second is not a whole number ...`; null if it is valid.
 */
export function intervalProblem(value: unknown): string | null {
  return interval(value)?.replace(/^\./, '') ?? null;
}

/** What is wrong with a line of a cell, as a machine told it; null if these workers may have written it. */
export function lineProblem(value: unknown, cell: Cell, [from, to]: WorkerSpan): string | null {
  const problem = intervalProblem(value);
  if (problem !== null) return problem;
  const line = value as Interval;
  const { requests = [], rules = [], steps = [] } = cell.wire ?? {};
  if (line.v !== INTERVAL_VERSION) return `version is ${line.v}, not ${INTERVAL_VERSION}`;
  if (line.cell !== cell.id) return `cell is ${line.cell}, not ${cell.id}`;
  if (line.workers[0] < from || line.workers[1] > to) return `workers are ${line.workers.join(' to ')}`;
  if (line.flow.some(({ request = -1 }) => request >= requests.length)) return 'flow has a request of no plan';
  if ((line.ruled ?? []).length > rules.length) return 'ruled has a rule of no plan';
  if (line.session !== undefined && line.session.steps.length !== steps.filter(({ timed }) => timed).length) {
    return 'session has other steps';
  }
  return line.turnover?.events.some(({ event }) => event >= cell.events.length)
    ? 'turnover has an event of no plan'
    : null;
}

/** Like `intervalProblem`, for what an agent told of a second. */
export function agentSecondProblem(value: unknown): string | null {
  return agentSecond(value)?.replace(/^\./, '') ?? null;
}

/** Like `intervalProblem`, for a sample of the server. */
export function serverSecondProblem(value: unknown): string | null {
  return serverSecond(value)?.replace(/^\./, '') ?? null;
}
