import type { Cell, Phase } from '../../plan/cell.js';
import { highestInBucket } from '../buckets.js';
import type { SecondResult } from '../cell-result.js';
import { C, COUNTERS } from '../counters.js';
import type { FlowDelta } from '../interval.js';
import { sparseQuantile } from '../sparse-quantile.js';
import { GrowingCounts, Packer } from './second-counts.js';
import type { SecondCounts } from './second-table.js';
import { WorkerSeconds } from './worker-seconds.js';

/** What is known of one second: its counters, and its headline latency bucket by bucket. */
class SecondCell {
  readonly phase: Phase;
  readonly second: number;
  readonly counters = new Float64Array(COUNTERS.length);
  readonly latency = new GrowingCounts();

  constructor(phase: Phase, second: number) {
    this.phase = phase;
    this.second = second;
  }
}

/** The seconds of a cell's phases by intended instant, merged over workers as lines come in. */
export class SecondSeries {
  readonly #closed: boolean;
  readonly #seconds: Readonly<Record<Phase, Map<number, SecondCell>>> = { warmup: new Map(), measure: new Map() };
  readonly #packer = new Packer();
  /** The two newest seconds, the newest first. */
  #newest: SecondCell[] = [];
  readonly #fewestOpen = new WorkerSeconds();
  readonly #inFlight = new WorkerSeconds();
  readonly #warmupSeconds: number;

  constructor(cell: Cell) {
    this.#closed = cell.model === 'closed';
    this.#warmupSeconds = Math.floor(cell.warmupMs / 1000);
  }

  add(delta: FlowDelta): void {
    const seconds = this.#seconds[delta.phase];
    let second = seconds.get(delta.second);
    if (second === undefined) {
      second = new SecondCell(delta.phase, delta.second);
      seconds.set(delta.second, second);
      this.#keepNewest(second);
    }
    for (let i = 0; i < delta.counters.length; i++) second.counters[i]! += delta.counters[i]!;
    this.#packer.add(second.latency, this.#closed ? delta.histograms.service : delta.histograms.response);
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
    return this.#fewestOpen.lowestSum();
  }

  /** As `fewestOpen`, over the seconds that every worker has reported. The newest seconds may lack some workers. */
  fewestOpenSoFar(): number | null {
    return this.#fewestOpen.lowestSum(Math.max(0, this.#fewestOpen.length - 1));
  }

  /** Seconds of the measure phase as the bootstrap takes them. Each `answered` is unpacked when it is read. */
  counts(): SecondCounts[] {
    return inOrder(this.#seconds.measure).map(({ counters, latency }) => {
      const timedOut = counters[C.timedOut]!;
      const otherCensored = Math.max(0, counters[C.planned]! - counters[C.answered]! - timedOut);
      return {
        get answered() {
          return latency.counts;
        },
        timedOut,
        otherCensored,
      };
    });
  }

  /** The warm-up first. */
  results(): SecondResult[] {
    return [...inOrder(this.#seconds.warmup), ...inOrder(this.#seconds.measure)].map((second) => this.#result(second));
  }

  /** The newest `count` seconds of the measure phase, in order. */
  newest(count: number): SecondResult[] {
    const { measure } = this.#seconds;
    const last = this.#newest[0]?.phase === 'measure' ? this.#newest[0].second : -1;
    const results: SecondResult[] = [];
    for (let at = Math.max(0, last - count + 1); at <= last; at++) {
      const second = measure.get(at);
      if (second !== undefined) results.push(this.#result(second));
    }
    return results;
  }

  /** One second, as far as reported; null where nothing is. */
  at(phase: Phase, second: number): SecondResult | null {
    const cell = this.#seconds[phase].get(second);
    return cell === undefined ? null : this.#result(cell);
  }

  /** The newest second that all of `workers` have reported on, for live views. */
  latest(): SecondResult | null {
    const complete = this.#newest[1] ?? this.#newest[0];
    return complete === undefined ? null : this.#result(complete);
  }

  #keepNewest(second: SecondCell): void {
    this.#newest = [...this.#newest, second].sort((a, b) => rankOf(b) - rankOf(a)).slice(0, 2);
  }

  #result(second: SecondCell): SecondResult {
    const sparse = second.latency.counts;
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
      p50: sparseQuantile(sparse, 0.5),
      p90: sparseQuantile(sparse, 0.9),
      p99: sparseQuantile(sparse, 0.99),
      max: sparse.length === 0 ? null : highestInBucket(sparse[sparse.length - 2]!),
    };
  }
}

/** The warm-up lies before every measured second. */
function rankOf({ phase, second }: SecondCell): number {
  return (phase === 'warmup' ? 0 : 1e9) + second;
}

function inOrder(seconds: ReadonlyMap<number, SecondCell>): SecondCell[] {
  return [...seconds.values()].sort((a, b) => a.second - b.second);
}
