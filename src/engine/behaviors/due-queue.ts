const NEVER = Number.POSITIVE_INFINITY;

/**
 * Scheduled messages, first in, first out: the connection and the due time of each. A ring buffer that doubles when
 * full.
 */
export class DueQueue {
  #connections: Int32Array;
  #dueUs: Float64Array;
  #head = 0;
  #length = 0;

  /** `capacity`: how many messages are expected to wait at once. */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(1, capacity)));
    this.#connections = new Int32Array(slots);
    this.#dueUs = new Float64Array(slots);
  }

  /** When the first message is due; Infinity if none waits. */
  get firstDueUs(): number {
    return this.#length === 0 ? NEVER : this.#dueUs[this.#head]!;
  }

  /** Removes the first message. Returns its connection. */
  shift(): number {
    const connection = this.#connections[this.#head]!;
    this.#head = (this.#head + 1) & (this.#dueUs.length - 1);
    this.#length--;
    return connection;
  }

  push(connection: number, dueUs: number): void {
    if (this.#length === this.#dueUs.length) this.#grow();
    const at = (this.#head + this.#length++) & (this.#dueUs.length - 1);
    this.#connections[at] = connection;
    this.#dueUs[at] = dueUs;
  }

  /** Removes all messages of a connection. Scans all waiting messages. */
  remove(connection: number): void {
    const mask = this.#dueUs.length - 1;
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      const from = (this.#head + i) & mask;
      if (this.#connections[from] === connection) continue;
      const to = (this.#head + kept++) & mask;
      this.#connections[to] = this.#connections[from]!;
      this.#dueUs[to] = this.#dueUs[from]!;
    }
    this.#length = kept;
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    const slots = this.#dueUs.length;
    const connections = new Int32Array(2 * slots);
    const dueUs = new Float64Array(2 * slots);
    for (let i = 0; i < slots; i++) {
      const at = (this.#head + i) & (slots - 1);
      connections[i] = this.#connections[at]!;
      dueUs[i] = this.#dueUs[at]!;
    }
    this.#connections = connections;
    this.#dueUs = dueUs;
    this.#head = 0;
  }
}
