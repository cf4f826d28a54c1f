import type { LawViolation, WorkerResult } from './cell-result.js';
import type { SparseCounts, WorkerSpan, WorkerTotals } from './interval.js';
import type { ClosedCounts, CountTotals } from './line-counts.js';
import type { SecondsTold } from './seconds/worker-seconds.js';

/** The workers of one machine. Threads of this process are one group; each agent of a fleet is one. */
export interface Group {
  /** `local`, or the name of the agent. */
  readonly name: string;
  readonly workers: WorkerSpan;
}

/** The name of the group that is made of this machine's threads. */
export const LOCAL = 'local';

/** The one group of a cell that this machine's threads run. */
export function localGroup(workers: number): Group {
  return { name: LOCAL, workers: [0, workers] };
}

/** What a machine says of its workers when the cell is over: what its lines do not tell, and their sums as a check. */
export interface GroupEnd {
  readonly workers: WorkerSpan;
  /** The sums of the lines that it wrote. */
  readonly written: CountTotals;
  /** What became of everything: the counts of workers that died are closed. */
  readonly closed: ClosedCounts;
  readonly results: readonly WorkerResult[];
  /** Laws that a worker broke. */
  readonly violations: readonly LawViolation[];
  /** Of the measure phase. */
  readonly latencies: Readonly<Record<'response' | 'service', SparseCounts>>;
  /** By second from t0, over its workers: the fewest connections open, messages in flight, the fewest held. */
  readonly seconds: Readonly<Record<'open' | 'inFlight' | 'held', SecondsTold>>;
  /** Connections at the end; see `WorkerTotals`. */
  readonly openAtEnd: number;
  readonly pinged: number;
  readonly withoutPong: number;
  /** The most of any of its workers; see `WorkerTotals`. */
  readonly used: WorkerTotals['used'];
  /** Whether a worker was stopped before the end of the load. */
  readonly stopped: boolean;
  /** What is told by connection, where the cell has any of it. */
  readonly byConnection: readonly Pick<WorkerTotals, 'worker' | 'subscribers' | 'answered'>[];
}
