import { type Cell, hasReplies } from '../plan/cell.js';
import type { AnsweredCounts } from './interval.js';

/** Buckets of one connection: four for each doubling, so a quantile is told to a fifth of its value. */
const BUCKETS = 128;

/** A logarithmic histogram for each connection of a worker: 512 bytes each. */
export class ConnectionTimes {
  readonly #counts: Uint32Array;
  readonly #connections: number;

  constructor(connections: number) {
    this.#connections = connections;
    this.#counts = new Uint32Array(connections * BUCKETS);
  }

  record(connection: number, us: number): void {
    this.#counts[connection * BUCKETS + bucketOf(us)]!++;
  }

  /** How many times a connection has. */
  count(connection: number): number {
    let sum = 0;
    for (let i = connection * BUCKETS; i < (connection + 1) * BUCKETS; i++) sum += this.#counts[i]!;
    return sum;
  }

  /**
   * Quantile q of each connection, microseconds, rounded up to the end of its bucket. `all`: its messages, of which
   * those without a time rank last; null where the quantile is among them, or where there is none.
   */
  quantiles(q: number, all: readonly number[]): (number | null)[] {
    return Array.from({ length: this.#connections }, (_, connection) =>
      this.#quantile(connection, q, all[connection]!),
    );
  }

  #quantile(connection: number, q: number, all: number): number | null {
    const rank = Math.ceil(all * q);
    if (all === 0 || rank > this.count(connection)) return null;
    let seen = 0;
    let bucket = -1;
    while (seen < rank) seen += this.#counts[connection * BUCKETS + ++bucket]!;
    return highestIn(bucket);
  }
}

/** What became of the measured messages of each connection of a worker that have a reply of their own. */
export class ConnectionShares {
  readonly #awaited: Float64Array;
  readonly #times: ConnectionTimes;

  constructor(connections: number) {
    this.#awaited = new Float64Array(connections);
    this.#times = new ConnectionTimes(connections);
  }

  awaited(connection: number): void {
    this.#awaited[connection]!++;
  }

  /** `us`: the headline, microseconds. */
  answered(connection: number, us: number): void {
    this.#times.record(connection, us);
  }

  counts(): AnsweredCounts {
    const awaited = Array.from(this.#awaited);
    return {
      awaited,
      answered: awaited.map((_, connection) => this.#times.count(connection)),
      p50Us: this.#times.quantiles(0.5, awaited),
      p99Us: this.#times.quantiles(0.99, awaited),
    };
  }
}

/** Null unless the cell asks for it and has replies. `owned`: connections of this worker. */
export function connectionSharesOf(cell: Cell, owned: number): ConnectionShares | null {
  return cell.fairness === true && hasReplies(cell) ? new ConnectionShares(owned) : null;
}

/** Values below 4 have a bucket each. */
function bucketOf(us: number): number {
  const whole = Math.max(0, us) >>> 0;
  if (whole < 4) return whole;
  const doubling = 31 - Math.clz32(whole);
  return (doubling - 1) * 4 + ((whole >>> (doubling - 2)) & 3);
}

function highestIn(bucket: number): number {
  if (bucket < 4) return bucket;
  const width = 2 ** (Math.floor(bucket / 4) - 1);
  return (4 + (bucket & 3) + 1) * width - 1;
}
