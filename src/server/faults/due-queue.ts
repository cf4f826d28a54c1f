import type { FaultClock } from './clock.js';

/**
 * Node's timers have a grain of 1 ms and may fire early or late. This close to the due time the clock is read on every
 * tick.
 */
const WATCH_MS = 2;

interface Item {
  readonly dueUs: number;
  /** Of two items due at the same time, the one added first goes first. */
  readonly order: number;
  readonly run: () => void;
}

/** Runs items at their times, in order and never early. */
export class DueQueue {
  readonly #clock: FaultClock;
  /** A binary heap, the earliest on top. */
  readonly #heap: Item[] = [];
  #puts = 0;
  #cancel: (() => void) | null = null;
  #wakesForUs = Number.POSITIVE_INFINITY;

  constructor(clock: FaultClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  put(dueUs: number, run: () => void): void {
    this.#puts += 1;
    this.#rise({ dueUs, order: this.#puts, run });
    this.#plan();
  }

  /**
   * Runs everything that is due by now. Its own timer calls this; a caller does so if its next step must come after.
   */
  runDue(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.dueUs <= this.#clock.nowUs()) this.#take().run();
    this.#plan();
  }

  /** Runs everything that is left, in order, due or not, including items added meanwhile. */
  finish(): void {
    while (this.#heap.length > 0) this.#take().run();
    this.#plan();
  }

  #plan(): void {
    const nextUs = this.#heap[0]?.dueUs ?? Number.POSITIVE_INFINITY;
    if (nextUs === this.#wakesForUs) return;
    this.#cancel?.();
    this.#cancel = null;
    this.#wakesForUs = nextUs;
    if (nextUs === Number.POSITIVE_INFINITY) return;
    const waitMs = (nextUs - this.#clock.nowUs()) / 1000;
    const wake = () => {
      this.#wakesForUs = Number.POSITIVE_INFINITY;
      this.runDue();
    };
    this.#cancel = waitMs < WATCH_MS ? this.#clock.soon(wake) : this.#clock.after(Math.floor(waitMs) - 1, wake);
  }

  #rise(item: Item): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  #take(): Item {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: Item, b: Item): boolean {
  return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.order < b.order);
}
