/** The generator's side of a cell: every worker, and the worst of them in each respect, never their mean. */
import type { ClientResult, WorkerResult } from './cell-result.js';
import { namedCounters } from './counters.js';
import { type GroupEnd, LOCAL } from './group-end.js';
import type { Span } from './interval.js';
import { listedWorkers } from './listed-workers.js';

/** Facts about the whole generator process and its machine. */
export type HostFacts = Pick<ClientResult, 'cpuPercent' | 'rssBytes' | 'throttled' | 'steal' | 'suspendedMs'>;

/** A machine at the end of a cell, or before it. */
interface Workers {
  readonly name: string;
  readonly workers: Span;
  readonly end: Pick<GroupEnd, 'results'> | null;
  readonly lost: string | null;
}

/** What is known of the workers of a machine. `known`: those whose machine has not ended. */
export function workersOf({ name, workers, end, lost }: Workers, known: readonly WorkerResult[]): WorkerResult[] {
  const [from, to] = workers;
  const agent = name === LOCAL ? {} : { agent: name };
  if (end !== null) return end.results.map((result) => ({ ...result, ...agent }));
  if (lost === null) return known.filter(({ worker }) => worker >= from && worker < to);
  return Array.from({ length: to - from }, (_, i) => ({ ...lostWorker(from + i, lost), ...agent }));
}

/** A worker of which nothing is known, as its machine is gone. Its messages are in the sums of the cell. */
function lostWorker(worker: number, error: string): WorkerResult {
  return {
    ...{ worker, status: 'lost', error, messages: namedCounters([]), lagUs: null, responseUs: null, busy: null },
    ...{ blockedMsMax: null, blockedWaitMs: null, pausedMs: null, runQueueWait: null, cpuPercent: null },
    ...{ gcPauseMsMax: null, gcTouched: null, heapBytes: null, instrument: null },
    ...{ connectTrouble: 0, connectLate: 0, connectAttempts: 0 },
  };
}

/** How many workers a cell had, those that are not listed included. */
export function workerCountOf({ workers, workerCount }: Pick<ClientResult, 'workers' | 'workerCount'>): number {
  return workerCount ?? workers.length;
}

/** `clamped`: latencies of the measure phase out of the histogram's range. */
export function clientResultOf(workers: readonly WorkerResult[], host: HostFacts, clamped: number): ClientResult {
  const worst = (pick: (worker: WorkerResult) => number | null) => {
    const values = workers.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  };
  const listed = listedWorkers(workers);
  return {
    workers: listed,
    ...(listed.length === workers.length ? {} : { workerCount: workers.length }),
    ...host,
    busy: worst((worker) => worker.busy),
    blockedMsMax: worst((worker) => worker.blockedMsMax),
    runQueueWait: worst((worker) => worker.runQueueWait),
    gcPauseMsMax: worst((worker) => worker.gcPauseMsMax),
    instrumentErrorUs: worstInstrument(workers),
    clamped,
  };
}

/** For each quantile the error of the largest size; null if no worker has an instrument check. */
function worstInstrument(workers: readonly WorkerResult[]): ClientResult['instrumentErrorUs'] {
  const checks = workers.map(({ instrument }) => instrument).filter((check) => check !== null);
  const worst = (name: 'p50' | 'p99') =>
    checks
      .map((check) => check[name])
      .filter((error) => error !== null)
      .reduce<number | null>((most, error) => (most === null || Math.abs(error) > Math.abs(most) ? error : most), null);
  return checks.length === 0 ? null : { p50: worst('p50'), p99: worst('p99') };
}
