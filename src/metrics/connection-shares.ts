import type { ConnectionsResult } from './fairness-result.js';
import type { WorkerTotals } from './interval.js';
import { jainOf, thinned, WORST } from './subscribers.js';

interface Connection {
  readonly connection: number;
  readonly answered: number;
  readonly awaited: number;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly share: number;
}

/** How evenly the connections were answered; null if nothing was counted by connection. */
export function connectionsOf(
  workers: readonly Pick<WorkerTotals, 'worker' | 'answered'>[],
  count: number,
): ConnectionsResult | null {
  const all = workers.flatMap((totals) => own(totals, count)).filter(({ awaited }) => awaited > 0);
  if (all.length === 0) return null;
  // The worst first: who has the smallest share, and of equal shares who waits the longest.
  all.sort((a, b) => a.share - b.share || known(b.p99Us) - known(a.p99Us) || a.connection - b.connection);
  const known99 = all.flatMap(({ p99Us }) => (p99Us === null ? [] : [p99Us])).sort((a, b) => a - b);
  return {
    count: all.length,
    jain: jainOf(all.map(({ share }) => share)),
    worst: all.slice(0, WORST).map(({ share: _, ...each }) => each),
    curve: thinned(all.map(({ share }) => share)),
    p99CurveUs: thinned(known99),
  };
}

/** An unknown quantile lies among the unanswered. */
function known(us: number | null): number {
  return us ?? Number.MAX_VALUE;
}

/** Connection i of a worker is connection worker + i x workers of the cell. */
function own({ worker, answered }: Pick<WorkerTotals, 'worker' | 'answered'>, workers: number): Connection[] {
  if (answered === undefined) return [];
  return answered.awaited.map((awaited, index) => ({
    connection: worker + index * workers,
    answered: answered.answered[index]!,
    awaited,
    p50Us: answered.p50Us[index]!,
    p99Us: answered.p99Us[index]!,
    share: awaited === 0 ? 0 : answered.answered[index]! / awaited,
  }));
}
