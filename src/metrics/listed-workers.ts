import type { QuantileName, WorkerResult } from './cell-result.js';
import { QUANTILES } from './cell-result.js';

/** So many workers are listed in full. */
const MOST = 256;

type Figure = (worker: WorkerResult) => number | null;

const share = (part: number, of: number) => (of === 0 ? 0 : part / of);

/** What a verdict judges of a worker. The worst in each respect decides. */
const FIGURES: readonly Figure[] = [
  ({ status }) => (status === 'lost' ? 1 : 0),
  ({ busy }) => busy,
  ({ blockedMsMax }) => blockedMsMax,
  ({ pausedMs }) => pausedMs,
  ({ runQueueWait }) => runQueueWait,
  ({ gcPauseMsMax }) => gcPauseMsMax,
  ({ gcTouched }) => gcTouched,
  ({ messages: m }) =>
    share(m.planned - m.notConnected - m.dropped - m.backpressure - m.blocked - m.lostWithWorker - m.sent, m.planned),
  ({ connectTrouble, connectAttempts }) => share(connectTrouble, Math.max(1, connectAttempts)),
  ({ connectTrouble, connectLate = 0, connectAttempts }) =>
    share(connectTrouble - connectLate, Math.max(1, connectAttempts)),
  ({ instrument }) => (instrument === null ? null : Math.abs(instrument.p50 ?? 0)),
  ({ instrument }) => (instrument === null ? null : Math.abs(instrument.p99 ?? 0)),
  ({ instrument }) => (instrument === null ? null : share(instrument.missed, instrument.count + instrument.missed)),
  ...(Object.keys(QUANTILES) as QuantileName[]).flatMap((name): Figure[] => [
    ({ lagUs }) => lagUs?.[name] ?? null,
    // A lag counts by what it is of the response time.
    ({ lagUs, responseUs }) => share(lagUs?.[name] ?? 0, responseUs?.[name] ?? 0),
  ]),
];

/** All workers, or of very many the worst in each respect, and one of each agent. In the order of their numbers. */
export function listedWorkers(workers: readonly WorkerResult[]): readonly WorkerResult[] {
  if (workers.length <= MOST) return workers;
  const listed = new Set<WorkerResult>();
  const agents = new Set<string | undefined>();
  for (const worker of workers) {
    if (!agents.has(worker.agent)) listed.add(worker);
    agents.add(worker.agent);
  }
  for (const figure of FIGURES) {
    let worst: { readonly worker: WorkerResult; readonly value: number } | null = null;
    for (const worker of workers) {
      const value = figure(worker);
      if (value !== null && (worst === null || value > worst.value)) worst = { worker, value };
    }
    if (worst !== null) listed.add(worst.worker);
  }
  return workers.filter((worker) => listed.has(worker));
}
