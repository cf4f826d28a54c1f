/** Messages by the second in which they were due, added up over all workers as their lines arrive. */
import assert from 'node:assert/strict';
import type { Phase } from '../../plan/cell.js';
import { type CensoredCounts, censoredOf } from '../censored.js';
import { assertGrowing, C } from '../counters.js';
import { forgetOldest } from '../forget-oldest.js';
import type { FlowDelta, LatencyName, SparseCounts } from '../interval.js';
import type { SecondCounts } from './bootstrap-table.js';
import { FanoutSecondSums, type FanoutTimeName } from './fanout-second.js';
import { GrowingCounters, GrowingCounts, Packer } from './second-counts.js';

/** The sums of one second. */
export class SecondSums {
  readonly phase: Phase;
  /** Counts from 0 at the start of the phase. */
  readonly second: number;
  readonly growing = new GrowingCounters();
  /** In the order of the latencies that the table keeps. */
  readonly histograms: readonly GrowingCounts[];
  readonly #kept: readonly LatencyName[];
  /** Null where no message reaches others. */
  fanout: FanoutSecondSums | null = null;

  constructor(phase: Phase, second: number, kept: readonly LatencyName[]) {
    this.phase = phase;
    this.second = second;
    this.#kept = kept;
    this.histograms = kept.map(() => new GrowingCounts());
  }

  /** Indexed by `C`. Old ones are packed; each call unpacks them. */
  get counters(): Float64Array {
    return this.growing.counters;
  }

  /** One of the latencies that the table keeps. Old ones are packed; each call unpacks them. */
  counts(name: LatencyName): SparseCounts {
    const histogram = this.histograms[this.#kept.indexOf(name)];
    assert(histogram !== undefined, `this table keeps no ${name} times`);
    return histogram.counts;
  }

  get censored(): CensoredCounts {
    const { counters } = this;
    return censoredOf({
      planned: counters[C.planned]!,
      unawaited: counters[C.unawaited]!,
      answered: counters[C.answered]!,
      timedOut: counters[C.timedOut]!,
    });
  }
}

/**
 * An old second costs about a quarter of a kilobyte and a byte and a half for each bucket of a latency that holds
 * something, whatever the number of workers. A line costs the same in the first minute as after a day.
 */
export class SecondTable {
  readonly #kept: readonly LatencyName[];
  /** The first is for counters. */
  readonly #packers: readonly Packer[];
  readonly #fanoutPackers: ReadonlyMap<FanoutTimeName, Packer>;
  readonly #most: number;
  readonly #rows = new Map<number, SecondSums>();
  #newest: readonly SecondSums[] = [];

  /**
   * `kept`: the latencies to keep. `most`: how many seconds to keep; the oldest are dropped. `deliveries`: the times of
   * deliveries to keep, where there are any.
   */
  constructor(
    kept: readonly LatencyName[],
    most = Number.POSITIVE_INFINITY,
    deliveries: readonly FanoutTimeName[] = [],
  ) {
    this.#kept = kept;
    this.#packers = [undefined, ...kept].map(() => new Packer());
    this.#most = most;
    this.#fanoutPackers = new Map(deliveries.map((name) => [name, new Packer()]));
  }

  add(delta: FlowDelta): void {
    assertGrowing(delta.counters);
    const row = this.#row(delta.phase, delta.second);
    this.#packers[0]!.opens(row.growing);
    row.growing.add(delta.counters);
    for (const [i, name] of this.#kept.entries()) {
      this.#packers[i + 1]!.add(row.histograms[i]!, delta.histograms[name]);
    }
    if (delta.fanout === undefined || this.#fanoutPackers.size === 0) return;
    row.fanout ??= new FanoutSecondSums([...this.#fanoutPackers.keys()]);
    row.fanout.add(delta.fanout, this.#fanoutPackers);
  }

  at(phase: Phase, second: number): SecondSums | undefined {
    return this.#rows.get(rankOf(phase, second));
  }

  /** All seconds in order of time. */
  rows(): SecondSums[] {
    return [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row);
  }

  /** The two newest seconds, the newest first; fewer at the start. */
  get newest(): readonly SecondSums[] {
    return this.#newest;
  }

  /** The seconds of the measure phase as a bootstrap takes them. `answered` is unpacked when it is read. */
  measured(name: LatencyName): SecondCounts[] {
    const measured = this.rows().filter(({ phase }) => phase === 'measure');
    return measured.map((row) => ({
      get answered() {
        return row.counts(name);
      },
      ...row.censored,
    }));
  }

  #row(phase: Phase, second: number): SecondSums {
    const rank = rankOf(phase, second);
    const known = this.#rows.get(rank);
    if (known !== undefined) return known;
    assert(Number.isInteger(second) && second >= 0 && second < MEASURE_RANK, `second ${second} of ${phase}`);
    const row = new SecondSums(phase, second, this.#kept);
    this.#rows.set(rank, row);
    forgetOldest(this.#rows, this.#most);
    this.#newest = [...this.#newest, row].sort((a, b) => rankOf(b.phase, b.second) - rankOf(a.phase, a.second));
    this.#newest = this.#newest.slice(0, 2);
    return row;
  }
}

/** Larger than any number of seconds. */
const MEASURE_RANK = 1e9;

/** The place of a second in time. The warm-up lies before every measured second. */
function rankOf(phase: Phase, second: number): number {
  return (phase === 'warmup' ? 0 : MEASURE_RANK) + second;
}
