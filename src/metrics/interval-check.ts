/**
 * Checks lines of intervals.ndjson when they are read back. A checksum reveals a crash, but not a line that was changed
 * by hand. This is plain code instead of a schema, because a long run has a million lines.
 */
import { PHASES } from '../plan/cell.js';
import { BUCKETS } from './buckets.js';
import { COUNTERS } from './counters.js';
import { CONNECT_PHASES, LATENCIES } from './interval.js';

/** More seconds than any run has: three years. */
const MOST_SECONDS = 1e8;
/** The limit for elapsed time, because the time axis is filled completely. */
const MOST_MS = 1000 * MOST_SECONDS;
const MOST_WORKERS = 65_536;
/** More requests than any load may have. */
const MOST_REQUESTS = 255;
const STAGES: readonly unknown[] = ['connect', 'idle', 'warmup', 'measure', 'drain', 'close'];
const CONNECTION_COUNTS = ['attempts', 'opened', 'failed', 'abandoned', 'closedClean', 'closedDirty'] as const;
const HEALTH = ['busy', 'blockedMs', 'pausedMs', 'gcPauseMsMax', 'gcLongPauses', 'gcLongPauseMs', 'heapBytes'] as const;
const HEALTH_OR_NULL = ['blockedWaitMs', 'runQueueWaitMs', 'cpuMs'] as const;

/** Null if the value is valid, else what is wrong. */
type Check = (value: unknown) => string | null;
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isAmount = (value: unknown) => typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const isWhole = (value: unknown, most: number) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

const text: Check = (value) => (typeof value === 'string' ? null : 'is not text');
const amount: Check = (value) => (isAmount(value) ? null : 'is not a number from 0 to 2^53');
const finite: Check = (value) => (Number.isFinite(value) ? null : 'is not a number');
const upTo =
  (most: number): Check =>
  (value) =>
    isWhole(value, most) ? null : `is not a whole number from 0 to ${most}`;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? null : check(value);
const oneOf =
  (words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value) ? null : `is none of ${words.join(', ')}`;

/** Counts by bucket: pairs of index and count, indices rising. */
const sparse: Check = (value) => {
  if (!Array.isArray(value) || value.length % 2 !== 0) return 'is not a list of pairs';
  let last = -1;
  for (let i = 0; i < value.length; i += 2) {
    const [index, count] = [value[i], value[i + 1]] as [unknown, unknown];
    if (!isWhole(index, BUCKETS - 1) || (index as number) <= last) return `has an invalid bucket at ${i}`;
    if (!isWhole(count, Number.MAX_SAFE_INTEGER)) return `has an invalid count at ${i + 1}`;
    last = index as number;
  }
  return null;
};

/** Builds the place from the inside out: `flow.0.second is ...`. */
function joined(place: string | number, problem: string): string {
  return problem.startsWith('.') ? `.${place}${problem}` : `.${place} ${problem}`;
}

function each(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'is not a list';
    for (const [i, item] of value.entries()) {
      const problem = check(item);
      if (problem !== null) return joined(i, problem);
    }
    return null;
  };
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => {
    if (!isFields(value)) return 'is not an object';
    for (const [name, check] of entries) {
      const problem = check(value[name]);
      if (problem !== null) return joined(name, problem);
    }
    return null;
  };
}

const all = (names: readonly string[], check: Check) => Object.fromEntries(names.map((name) => [name, check]));

const counters: Check = (value) =>
  Array.isArray(value) && value.length <= COUNTERS.length && value.every(isAmount) ? null : 'is not a list of counts';
const flow = fields({
  phase: oneOf(PHASES),
  second: upTo(MOST_SECONDS),
  request: optional(upTo(MOST_REQUESTS)),
  counters,
  histograms: fields(all(LATENCIES, sparse)),
  ...all(['wait', 'waitAndService'], optional(sparse)),
  bytes: optional(fields({ sent: amount, received: amount })),
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

const span: Check = (value) => {
  const [from, to] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  return isWhole(to, MOST_WORKERS) && isWhole(from, (to as number) - 1) ? null : 'is not two numbers of workers';
};

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
  health: fields({ ...all(HEALTH, finite), ...all(HEALTH_OR_NULL, orNull(finite)) }),
  instrument: orNull(fields({ reported: sparse, truth: sparse, missed: amount })),
  turnover: optional(fields({ heldMin: finite, lives: fields(all(PHASES, life)), events: each(event) })),
});

const serverSecond = fields({
  cell: text,
  second: upTo(MOST_SECONDS),
  elapsedMs: amount,
  server: orNull(fields({ cpuMs: finite, rssBytes: finite })),
  machineCpuMs: orNull(finite),
});

/**
 * What is wrong with a worker's line, with its place: `flow.0.second is not a whole number ...`; null if it is valid.
 */
export function intervalProblem(value: unknown): string | null {
  return interval(value)?.replace(/^\./, '') ?? null;
}

/** Like `intervalProblem`, for a sample of the server. */
export function serverSecondProblem(value: unknown): string | null {
  return serverSecond(value)?.replace(/^\./, '') ?? null;
}
