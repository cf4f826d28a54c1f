import { type Cell, hasSilent, type Phase } from '../../plan/cell.js';
import { fanoutOf } from '../../plan/fanout.js';
import { MODELS } from '../../plan/models.js';
import { highestInBucket } from '../buckets.js';
import { C } from '../counters.js';
import type { FlowDelta, LatencyName, WorkerSpan } from '../interval.js';
import type { DeliverySecond, SecondResult } from '../second-result.js';
import { sparseQuantile } from '../sparse-quantile.js';
import type { SecondCounts } from './bootstrap-table.js';
import { quantileAmong } from './fanout-second.js';
import { type SecondSums, SecondTable } from './second-table.js';
import { type SecondsTold, WorkerSeconds } from './worker-seconds.js';

/** The seconds of a cell as its result lists them: messages with their headline, connections, messages in flight. */
export class SecondSeries {
  readonly #headline: LatencyName;
  readonly #table: SecondTable;
  readonly #fewestOpen = new WorkerSeconds();
  readonly #inFlight = new WorkerSeconds();
  readonly #warmupSeconds: number;
  readonly #hasSilent: boolean;
  readonly #hasFanout: boolean;

  constructor(cell: Cell) {
    this.#headline = MODELS[cell.model].headline;
    this.#table = new SecondTable([this.#headline], Number.POSITIVE_INFINITY, ['deliver', 'first', 'last']);
    this.#hasSilent = hasSilent(cell);
    this.#warmupSeconds = Math.floor(cell.warmupMs / 1000);
    this.#hasFanout = fanoutOf(cell) !== null;
  }

  add(delta: FlowDelta): void {
    this.#table.add(delta);
  }

  /** The fewest connections of one worker over a line of the measure phase; `second` counts from t0. */
  addOpen(worker: number, second: number, elapsedMs: number, fewest: number): void {
    this.#fewestOpen.add(worker, second, elapsedMs, fewest, Math.min);
  }

  /** Messages of one worker in flight at the end of a line of the measure phase; `second` counts from t0. */
  addInFlight(worker: number, second: number, elapsedMs: number, inFlight: number): void {
    this.#inFlight.add(worker, second, elapsedMs, inFlight, (_, later) => later);
  }

  /** Takes what a group says of its workers' seconds in place of what their lines tell. */
  settle(workers: WorkerSpan, open: SecondsTold, inFlight: SecondsTold): void {
    this.#fewestOpen.settle(workers, open);
    this.#inFlight.settle(workers, inFlight);
  }

  /** These workers are gone: nothing is open or in flight any more. */
  leave(workers: WorkerSpan): void {
    this.#fewestOpen.leave(workers);
    this.#inFlight.leave(workers);
  }

  /** The fewest connections open over all workers at any second of the measure phase; null before the first. */
  fewestOpen(): number | null {
    return this.#fewestOpen.lowestSum();
  }

  /** As `fewestOpen`, over the seconds that every worker has reported. The newest seconds may lack some workers. */
  fewestOpenSoFar(): number | null {
    return this.#fewestOpen.lowestSum(Math.max(0, this.#fewestOpen.length - 1));
  }

  /** Seconds of the measure phase as a bootstrap takes them. */
  counts(): SecondCounts[] {
    return this.#table.measured(this.#headline);
  }

  /** The warm-up first. */
  results(): SecondResult[] {
    return this.#table.rows().map((second) => this.#result(second));
  }

  /** The newest `count` seconds of the measure phase, in order. */
  newest(count: number): SecondResult[] {
    const [newest] = this.#table.newest;
    const last = newest?.phase === 'measure' ? newest.second : -1;
    const results: SecondResult[] = [];
    for (let at = Math.max(0, last - count + 1); at <= last; at++) {
      const second = this.#table.at('measure', at);
      if (second !== undefined) results.push(this.#result(second));
    }
    return results;
  }

  /** One second, as far as reported; null where nothing is. */
  at(phase: Phase, second: number): SecondResult | null {
    const sums = this.#table.at(phase, second);
    return sums === undefined ? null : this.#result(sums);
  }

  /** The newest complete second, for live views. Some workers may not have reported the very newest yet. */
  latest(): SecondResult | null {
    const [newest, before] = this.#table.newest;
    const complete = before ?? newest;
    return complete === undefined ? null : this.#result(complete);
  }

  #deliveries({ counters, fanout }: SecondSums): DeliverySecond {
    const [delivered, missed] = [counters[C.delivered]!, counters[C.missed]!];
    const { messages = 0, reachedAny = 0, reachedAll = 0 } = fanout ?? {};
    const at = (name: 'deliver' | 'first' | 'last', without: number, q: number) =>
      quantileAmong(fanout?.counts(name) ?? [], without, q);
    return {
      ...{ delivered, missed },
      ...{ deliverP50: at('deliver', missed, 0.5), deliverP99: at('deliver', missed, 0.99) },
      ...{ firstP50: at('first', messages - reachedAny, 0.5), firstP99: at('first', messages - reachedAny, 0.99) },
      ...{ lastP50: at('last', messages - reachedAll, 0.5), lastP99: at('last', messages - reachedAll, 0.99) },
    };
  }

  #result(second: SecondSums): SecondResult {
    const sparse = second.counts(this.#headline);
    const { counters } = second;
    const inMeasure = second.phase === 'measure';
    const fromT0 = second.second + this.#warmupSeconds;
    return {
      phase: second.phase,
      second: second.second,
      planned: counters[C.planned]!,
      sent: counters[C.sent]!,
      answered: counters[C.answered]!,
      received: counters[C.received]!,
      ...(this.#hasSilent ? { unmatched: counters[C.unmatched]! } : {}),
      ...(this.#hasFanout ? this.#deliveries(second) : {}),
      open: inMeasure ? this.#fewestOpen.sumAt(fromT0) : null,
      inFlight: inMeasure ? this.#inFlight.sumAt(fromT0) : null,
      p50: sparseQuantile(sparse, 0.5),
      p90: sparseQuantile(sparse, 0.9),
      p99: sparseQuantile(sparse, 0.99),
      max: sparse.length === 0 ? null : highestInBucket(sparse[sparse.length - 2]!),
    };
  }
}
