/** The rows of a second table as a chart reads them: counters by name, histograms unpacked when they are read. */
import { namedCounters } from '../counters.js';
import type { SecondSums, SecondTable } from './second-table.js';
import type { MessageSecond } from './timeline.js';

/** For a table that keeps all latencies. The warm-up comes first. */
export function messageSeconds(table: SecondTable): MessageSecond[] {
  return table.rows().map((sums) => new ReadSecond(sums));
}

class ReadSecond implements MessageSecond {
  readonly phase: MessageSecond['phase'];
  readonly second: number;
  readonly histograms: MessageSecond['histograms'];
  readonly #sums: SecondSums;

  constructor(sums: SecondSums) {
    this.phase = sums.phase;
    this.second = sums.second;
    this.#sums = sums;
    this.histograms = {
      get response() {
        return sums.counts('response');
      },
      get service() {
        return sums.counts('service');
      },
      get lag() {
        return sums.counts('lag');
      },
    };
  }

  get fanout(): MessageSecond['fanout'] {
    return this.#sums.fanout;
  }

  get counters(): MessageSecond['counters'] {
    return namedCounters(this.#sums.counters);
  }
}
