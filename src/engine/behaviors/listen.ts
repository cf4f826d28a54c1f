import type { Behavior } from '../behavior.js';

/** Sends nothing and counts every frame received. */
export class ListenBehavior implements Behavior {
  start(): void {}
  nextDueUs(): number {
    return Number.POSITIVE_INFINITY;
  }
  onDue(): void {}
  onOpen(): void {}
  onSettled(): void {}
  onClose(): void {}
  unsent(): void {}
}
