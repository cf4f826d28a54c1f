import type { CellResult } from './cell-result.js';
import type { Interval } from './interval.js';

/** Frames that the counters of messages leave out or cannot show, added up over the lines of a cell. */
export class FramesApart {
  #outside = 0;
  #bundled = 0;

  add({ outside = 0, bundled = 0 }: Interval): void {
    this.#outside += outside;
    this.#bundled += bundled;
  }

  /** What there is none of stays away. */
  result(): Pick<CellResult, 'outside' | 'bundled'> {
    return {
      ...(this.#outside === 0 ? {} : { outside: this.#outside }),
      ...(this.#bundled === 0 ? {} : { bundled: this.#bundled }),
    };
  }
}
