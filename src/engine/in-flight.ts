/** States of a slot. A slot keeps its state until the message one ring length later takes it. */
export const SLOT = { free: 0, inFlight: 1, answered: 2, timedOut: 3, late: 4, lost: 5 } as const;

/**
 * Every message a worker has on the wire: flat arrays, a ring of slots per connection, addressed by the connection and
 * the message's ordinal on it. A slot holds when its message was due (us from t0) and when it was sent (us of the engine's clock).
 */
export class InFlightTable {
  readonly slotsPerConnection: number;
  readonly #mask: number;
  readonly #dueUs: Float64Array;
  readonly #sentUs: Float64Array;
  /** Ordinal + 1 of the message in the slot; 0 for none yet. */
  readonly #holder: Float64Array;
  readonly #state: Uint8Array;
  #count = 0;

  /** `slotsPerConnection` must be a power of two. */
  constructor(connections: number, slotsPerConnection: number) {
    const slots = connections * slotsPerConnection;
    this.slotsPerConnection = slotsPerConnection;
    this.#mask = slotsPerConnection - 1;
    this.#dueUs = new Float64Array(slots);
    this.#sentUs = new Float64Array(slots);
    this.#holder = new Float64Array(slots);
    this.#state = new Uint8Array(slots);
  }

  /** Messages in flight, by count of entries and leavings. `occupied` counts the slots themselves. */
  get count(): number {
    return this.#count;
  }

  /** The slot message `ordinal` of a connection uses or would use. */
  slotOf(connection: number, ordinal: number): number {
    return connection * this.slotsPerConnection + (ordinal & this.#mask);
  }

  isFree(slot: number): boolean {
    return this.#state[slot] !== SLOT.inFlight;
  }

  /** Puts a message in flight; when it was sent is noted as soon as that is known. */
  enter(slot: number, ordinal: number, dueUs: number): void {
    this.#dueUs[slot] = dueUs;
    this.#sentUs[slot] = Number.POSITIVE_INFINITY;
    this.#holder[slot] = ordinal + 1;
    this.#state[slot] = SLOT.inFlight;
    this.#count++;
  }

  noteSent(slot: number, sentUs: number): void {
    this.#sentUs[slot] = sentUs;
  }

  /** True where the slot's last message is this one. */
  holds(slot: number, ordinal: number): boolean {
    return this.#holder[slot] === ordinal + 1;
  }

  state(slot: number): number {
    return this.#state[slot]!;
  }

  dueUs(slot: number): number {
    return this.#dueUs[slot]!;
  }

  sentUs(slot: number): number {
    return this.#sentUs[slot]!;
  }

  /** Takes a message out of flight. */
  leave(slot: number, state: number): void {
    this.#state[slot] = state;
    this.#count--;
  }

  /** Marks a message that timed out as answered late, so that a second copy is a duplicate. */
  markLate(slot: number): void {
    this.#state[slot] = SLOT.late;
  }

  /** Calls back with every slot of a connection that is in flight. */
  eachOf(connection: number, each: (slot: number) => void): void {
    const first = connection * this.slotsPerConnection;
    for (let slot = first; slot < first + this.slotsPerConnection; slot++) {
      if (this.#state[slot] === SLOT.inFlight) each(slot);
    }
  }

  /** Calls back with every slot in flight since before an instant. */
  eachSentBefore(instantUs: number, each: (connection: number, slot: number) => void): void {
    if (this.#count === 0) return;
    for (let slot = 0; slot < this.#state.length; slot++) {
      if (this.#state[slot] === SLOT.inFlight && this.#sentUs[slot]! <= instantUs) {
        each(Math.floor(slot / this.slotsPerConnection), slot);
      }
    }
  }

  /** Slots in flight, counted one by one: must equal `count` and sent - answered - timedOut - lostOnClose. */
  occupied(): number {
    let occupied = 0;
    for (let slot = 0; slot < this.#state.length; slot++) if (this.#state[slot] === SLOT.inFlight) occupied++;
    return occupied;
  }
}
