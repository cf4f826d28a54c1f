/** Messages by the second in which they were due, over all workers, added up as lines arrive. */
import type { Phase } from '../../plan/cell.js';
import { COUNTERS, namedCounters } from '../counters.js';
import { forgetOldest } from '../forget-oldest.js';
import { type FlowDelta, LATENCIES, type LatencyName } from '../interval.js';
import { GrowingCounts, Packer } from './second-counts.js';
import type { MessageSecond } from './timeline.js';

interface Sums {
  readonly phase: Phase;
  readonly second: number;
  readonly counters: Float64Array;
  readonly histograms: Readonly<Record<LatencyName, GrowingCounts>>;
}

export class MessageSeconds {
  readonly #most: number;
  readonly #sums = new Map<string, Sums>();
  readonly #packers = { response: new Packer(), service: new Packer(), lag: new Packer() };

  /** `most`: how many seconds are kept; the oldest are dropped. */
  constructor(most: number) {
    this.#most = most;
  }

  add({ phase, second, counters, histograms }: FlowDelta): void {
    const key = `${phase} ${second}`;
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = newSums(phase, second);
      this.#sums.set(key, sums);
      forgetOldest(this.#sums, this.#most);
    }
    for (let i = 0; i < counters.length; i++) sums.counters[i]! += counters[i]!;
    for (const name of LATENCIES) this.#packers[name].add(sums.histograms[name], histograms[name]);
  }

  /** The seconds, warm-up first. Counters and histograms are unpacked when they are read. */
  seconds(): MessageSecond[] {
    return [...this.#sums.values()].sort(byPhaseAndSecond).map((sums) => new ReadSecond(sums));
  }
}

class ReadSecond implements MessageSecond {
  readonly phase: Phase;
  readonly second: number;
  readonly histograms: MessageSecond['histograms'];
  readonly #counters: Float64Array;

  constructor({ phase, second, counters, histograms }: Sums) {
    this.phase = phase;
    this.second = second;
    this.#counters = counters;
    this.histograms = {
      get response() {
        return histograms.response.counts;
      },
      get service() {
        return histograms.service.counts;
      },
      get lag() {
        return histograms.lag.counts;
      },
    };
  }

  get counters(): MessageSecond['counters'] {
    return namedCounters(this.#counters);
  }
}

function newSums(phase: Phase, second: number): Sums {
  const histograms = { response: new GrowingCounts(), service: new GrowingCounts(), lag: new GrowingCounts() };
  return { phase, second, counters: new Float64Array(COUNTERS.length), histograms };
}

function byPhaseAndSecond(a: Sums, b: Sums): number {
  const rank = ({ phase, second }: Sums) => (phase === 'warmup' ? 0 : 1e9) + second;
  return rank(a) - rank(b);
}
