import type { Behavior } from '../behavior.js';

/** Sends nothing; every frame that comes is counted. */
export class ListenBehavior implements Behavior {
  start(): void {}
  nextDueUs(): number {
    return Number.POSITIVE_INFINITY;
  }
  onDue(): void {}
  onOpen(): void {}
  onSettled(): void {}
  onClose(): void {}
  extend(): void {}
  unsent(): void {}
}
