import { type Distribution, distributionOf } from './distribution.js';
import type { FaultKind } from './fault-kind.js';

export const queue: FaultKind<Distribution> = {
  forms: ['queue:2ms', 'queue:exp(2ms)'],
  does: 'serves messages of all connections one at a time, in order of arrival, each for that long',
  parse: distributionOf,
};

/** A queue with one server, first come first served. */
export class SingleServer {
  #freeAtUs = Number.NEGATIVE_INFINITY;

  /** When a message that arrives now and takes `serviceUs` is done. `nowUs` must not fall from call to call. */
  doneUs(nowUs: number, serviceUs: number): number {
    this.#freeAtUs = Math.max(this.#freeAtUs, nowUs) + serviceUs;
    return this.#freeAtUs;
  }
}
