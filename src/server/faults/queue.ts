import { type Distribution, distributionOf } from './distribution.js';
import type { FaultKind } from './fault-kind.js';

export const queue: FaultKind<Distribution> = {
  forms: ['queue:2ms', 'queue:exp(2ms)'],
  does: 'one server for all connections: messages are served one by one in the order they came, each for that long',
  parse: distributionOf,
};

/** A queue with one server, first come first served. */
export class SingleServer {
  #freeAtUs = Number.NEGATIVE_INFINITY;

  /** When a message that comes now and takes `serviceUs` is done. Successive calls must not go back in time. */
  doneUs(nowUs: number, serviceUs: number): number {
    this.#freeAtUs = Math.max(this.#freeAtUs, nowUs) + serviceUs;
    return this.#freeAtUs;
  }
}
