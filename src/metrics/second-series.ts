import type { Cell, Phase } from '../plan/cell.js';
import type { SecondResult } from './cell-result.js';
import { C, COUNTERS } from './counters.js';
import { highestInBucket } from './histogram.js';
import type { FlowDelta, SparseCounts } from './interval.js';
import type { SecondCounts } from './second-table.js';
import { WorkerSeconds } from './worker-seconds.js';

/** Headline latency of one second, bucket by bucket. */
class SecondCell {
  readonly phase: Phase;
  readonly second: number;
  readonly counters = new Float64Array(COUNTERS.length);
  readonly #buckets = new Map<number, number>();

  constructor(phase: Phase, second: number) {
    this.phase = phase;
    this.second = second;
  }

  add(counters: readonly number[], latency: SparseCounts): void {
    for (let i = 0; i < counters.length; i++) this.counters[i]! += counters[i]!;
    for (let i = 0; i < latency.length; i += 2) {
      this.#buckets.set(latency[i]!, (this.#buckets.get(latency[i]!) ?? 0) + latency[i + 1]!);
    }
  }

  sparse(): SparseCounts {
    return [...this.#buckets].sort((a, b) => a[0] - b[0]).flat();
  }
}

/** The seconds of a cell's phases by intended instant, merged over workers as lines come in. */
export class SecondSeries {
  readonly #closed: boolean;
  readonly #seconds = new Map<string, SecondCell>();
  readonly #fewestOpen = new WorkerSeconds();
  readonly #inFlight = new WorkerSeconds();
  readonly #warmupSeconds: number;

  constructor(cell: Cell) {
    this.#closed = cell.model === 'closed';
    this.#warmupSeconds = Math.floor(cell.warmupMs / 1000);
  }

  add(delta: FlowDelta): void {
    const key = `${delta.phase} ${delta.second}`;
    let second = this.#seconds.get(key);
    if (second === undefined) {
      second = new SecondCell(delta.phase, delta.second);
      this.#seconds.set(key, second);
    }
    second.add(delta.counters, this.#closed ? delta.histograms.service : delta.histograms.response);
  }

  /** The fewest connections of one worker over a line of the measure phase; `second` counts from t0. */
  addOpen(worker: number, second: number, elapsedMs: number, fewest: number): void {
    this.#fewestOpen.add(worker, second, elapsedMs, fewest, Math.min);
  }

  /** Messages of one worker in flight at the end of a line of the measure phase; `second` counts from t0. */
  addInFlight(worker: number, second: number, elapsedMs: number, inFlight: number): void {
    this.#inFlight.add(worker, second, elapsedMs, inFlight, (_, later) => later);
  }

  /** The fewest connections open over all workers at any second of the measure phase; null before the first. */
  fewestOpen(): number | null {
    const seconds = this.#fewestOpen.seconds();
    return seconds.length === 0 ? null : Math.min(...seconds.map((second) => this.#fewestOpen.sumAt(second) ?? 0));
  }

  /** Seconds of the measure phase as the bootstrap takes them. */
  counts(): SecondCounts[] {
    return this.#ordered()
      .filter((second) => second.phase === 'measure')
      .map((second) => {
        const timedOut = second.counters[C.timedOut]!;
        const planned = second.counters[C.planned]!;
        const otherCensored = Math.max(0, planned - second.counters[C.answered]! - timedOut);
        return { answered: second.sparse(), timedOut, otherCensored };
      });
  }

  results(): SecondResult[] {
    return this.#ordered().map((second) => this.#result(second));
  }

  /** The newest second that all of `workers` have reported on, for live views. */
  latest(): SecondResult | null {
    const ordered = this.#ordered();
    const complete = ordered[ordered.length - 2] ?? ordered[0];
    return complete === undefined ? null : this.#result(complete);
  }

  #ordered(): SecondCell[] {
    const rank = (second: SecondCell) => (second.phase === 'warmup' ? 0 : 1e9) + second.second;
    return [...this.#seconds.values()].sort((a, b) => rank(a) - rank(b));
  }

  #result(second: SecondCell): SecondResult {
    const sparse = second.sparse();
    const inMeasure = second.phase === 'measure';
    const fromT0 = second.second + this.#warmupSeconds;
    return {
      phase: second.phase,
      second: second.second,
      planned: second.counters[C.planned]!,
      sent: second.counters[C.sent]!,
      answered: second.counters[C.answered]!,
      received: second.counters[C.received]!,
      open: inMeasure ? this.#fewestOpen.sumAt(fromT0) : null,
      inFlight: inMeasure ? this.#inFlight.sumAt(fromT0) : null,
      p50: quantileOf(sparse, 0.5),
      p90: quantileOf(sparse, 0.9),
      p99: quantileOf(sparse, 0.99),
      max: sparse.length === 0 ? null : highestInBucket(sparse[sparse.length - 2]!),
    };
  }
}

/** Plain nearest-rank quantile of the answered messages, us; null for none. For charts: no rule on sample size. */
function quantileOf(sparse: SparseCounts, q: number): number | null {
  let total = 0;
  for (let i = 1; i < sparse.length; i += 2) total += sparse[i]!;
  let left = Math.ceil(q * total);
  for (let i = 0; i < sparse.length; i += 2) {
    left -= sparse[i + 1]!;
    if (left <= 0) return highestInBucket(sparse[i]!);
  }
  return null;
}
