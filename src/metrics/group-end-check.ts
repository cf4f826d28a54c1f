import { type Cell, PHASES } from '../plan/cell.js';
import { COUNTERS } from './counters.js';
import type { GroupEnd } from './group-end.js';
import { LATENCIES, type WorkerSpan } from './interval.js';
import {
  all,
  amount,
  type Check,
  counters,
  each,
  fields,
  finite,
  MOST_SECONDS,
  oneOf,
  optional,
  orNull,
  span,
  sparse,
  text,
  upTo,
} from './value-checks.js';

const whole: Check = (value) =>
  Array.isArray(value) && value.length === COUNTERS.length ? counters(value) : 'is not a list of all counters';
const perPhase = (check: Check) => fields(all(PHASES, check));
const connections = fields(
  all(['attempts', 'opened', 'failed', 'abandoned', 'closedClean', 'closedDirty'] as const, amount),
);
const closed = { counters: perPhase(whole), requests: optional(each(perPhase(whole))), connections };
const bytes = fields({ sent: amount, received: amount });
const seconds = fields({ sums: each(finite), silent: each(upTo(MOST_SECONDS)) });
const known = orNull(finite);
/** What a verdict reads of a distribution. */
const quantiles = orNull(
  fields({
    ...all(['count', 'censored'], amount),
    ...all(['min', 'mean', 'stdev', 'max'], known),
    ...all(['p50', 'p75', 'p90', 'p95', 'p99', 'p99_9', 'p99_99'], known),
    ...{ atLeast: each(text), atMost: each(text), reasons: fields({}), ci: fields({}) },
  }),
);

const result = fields({
  worker: amount,
  status: oneOf(['done', 'stopped', 'lost']),
  error: orNull(text),
  messages: fields(all(COUNTERS, amount)),
  ...{ lagUs: quantiles, responseUs: quantiles },
  ...all(['busy', 'blockedMsMax', 'blockedWaitMs', 'pausedMs', 'runQueueWait', 'cpuPercent'], known),
  ...all(['gcPauseMsMax', 'gcTouched', 'heapBytes'], known),
  instrument: orNull(fields({ p50: known, p99: known, count: amount, missed: amount })),
  ...all(['connectTrouble', 'connectLate', 'connectAttempts'], amount),
});

const numbers = each(orNull(amount));
const end = fields({
  workers: span,
  written: fields({
    lines: amount,
    ...closed,
    histogramCounts: perPhase(fields(all(LATENCIES, amount))),
    bytes: perPhase(bytes),
  }),
  closed: fields(closed),
  results: each(result),
  violations: each(fields({ law: text, left: finite, right: finite, where: text })),
  latencies: fields({ response: sparse, service: sparse }),
  seconds: fields({ open: seconds, inFlight: seconds, held: seconds }),
  ...all(['openAtEnd', 'pinged', 'withoutPong'], amount),
  used: fields({ ordinals: amount, lives: amount }),
  stopped: oneOf([true, false]),
  byConnection: each(
    fields({
      worker: amount,
      subscribers: optional(
        fields({
          ...all(['delivered', 'missed', 'gone'], numbers),
          ...all(['p50Us', 'p99Us'], optional(numbers)),
        }),
      ),
      answered: optional(fields(all(['awaited', 'answered', 'p50Us', 'p99Us'], numbers))),
    }),
  ),
});

/** What is wrong with what a machine said of its workers, with its place; null if it is of these workers, and valid. */
export function groupEndProblem(value: unknown, cell: Cell, workers: WorkerSpan): string | null {
  const problem = end(value);
  if (problem !== null) return problem.replace(/^\./, '');
  const told = value as GroupEnd;
  const [from, to] = told.workers;
  if (from !== workers[0] || to !== workers[1]) return `is of the workers ${from} to ${to - 1}`;
  const requests = (cell.wire?.requests ?? []).length;
  const counted = [told.written, told.closed].map((sums) => (sums.requests ?? []).length);
  if (counted.some((count) => count !== requests)) return `has other requests than ${requests}`;
  const own = told.results.map(({ worker }) => worker);
  if (own.length !== to - from || own.some((worker, i) => worker !== from + i)) return 'has not all of its workers';
  return null;
}

/** The same of the messages that its workers plan. */
export function plannedProblem(value: unknown, cell: Cell): string | null {
  const requests = (cell.wire?.requests ?? []).length;
  const phases = perPhase(amount);
  const isOfAll = (list: unknown) => Array.isArray(list) && list.length === requests;
  const problem = fields({ all: phases, requests: each(phases), silent: each(oneOf([true, false])) })(value);
  if (problem !== null) return problem.replace(/^\./, '');
  const told = value as { readonly requests: unknown; readonly silent: unknown };
  return isOfAll(told.requests) && isOfAll(told.silent) ? null : `has other requests than ${requests}`;
}

const host = fields(all(['cpuPercent', 'rssBytes', 'throttled', 'steal', 'suspendedMs'], known));

const bus = fields(all(['reconnects', 'sent', 'repeated'], amount));

/** The same of how it used the broker. */
export function busProblem(value: unknown): string | null {
  return bus(value)?.replace(/^\./, '') ?? null;
}

/** The same of what it said of itself. */
export function hostProblem(value: unknown): string | null {
  return host(value)?.replace(/^\./, '') ?? null;
}
