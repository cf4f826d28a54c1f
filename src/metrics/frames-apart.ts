import type { CellResult } from './cell-result.js';
import type { Interval } from './interval.js';

/** Frames that the message counters do not count or cannot show, added up over the lines of a cell. */
export class FramesApart {
  #outside = 0;
  #bundled = 0;
  readonly #keepAlive = { pings: 0, pongs: 0 };

  add({ outside = 0, bundled = 0, keepAlive }: Interval): void {
    this.#keepAlive.pings += keepAlive?.pings ?? 0;
    this.#keepAlive.pongs += keepAlive?.pongs ?? 0;
    this.#outside += outside;
    this.#bundled += bundled;
  }

  /** The counts of the cell, without those that are 0. */
  result(): Pick<CellResult, 'outside' | 'bundled' | 'keepAlive'> {
    return {
      ...(this.#outside === 0 ? {} : { outside: this.#outside }),
      ...(this.#bundled === 0 ? {} : { bundled: this.#bundled }),
      ...(this.#keepAlive.pings === 0 ? {} : { keepAlive: { ...this.#keepAlive } }),
    };
  }
}
