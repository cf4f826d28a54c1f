/** The generator's side of a cell: every worker, and the worst of them in each respect, never their mean. */
import type { ClientResult, WorkerResult } from './cell-result.js';

/** Facts about the whole generator process and its machine. */
export type HostFacts = Pick<ClientResult, 'cpuPercent' | 'rssBytes' | 'throttled' | 'steal' | 'suspendedMs'>;

/** `clamped`: latencies of the measure phase out of the histogram's range. */
export function clientResultOf(workers: readonly WorkerResult[], host: HostFacts, clamped: number): ClientResult {
  const worst = (pick: (worker: WorkerResult) => number | null) => {
    const values = workers.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  };
  return {
    workers,
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
