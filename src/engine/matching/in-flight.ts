/**
 * States of a slot. A slot keeps its state until a later message of the ring uses it, which it may from `inFlight` on
 * not. `waiting`: the message cannot be sent yet, but has its slot.
 */
export const SLOT = { free: 0, answered: 1, timedOut: 2, late: 3, lost: 4, inFlight: 5, waiting: 6 } as const;

/** Fields per slot, side by side, so that a message touches only one cache line. */
const FIELDS = 4;
const DUE = 0;
const SENT = 1;
/** Ordinal + 1 of the message in the slot; 0 if it was never used. */
const HOLDER = 2;
const STATE = 3;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * All messages that a worker has in flight: one flat array with a ring of slots for each connection. The ordinal of a
 * message on its connection names its slot, so that nothing is searched. With rings of 8 slots:
 *
 *     connection 0                   connection 1
 *     | 0  1  2  3  4  5  6  7 |     | 0  1  2  3  4  5  6  7 |     slot in the ring = ordinal & mask (7)
 *       8  9 10 11                     8                            ordinals 8 to 11 use the slots of 0 to 3 again
 *
 * A slot keeps its message after the answer, until a later message of the ring needs it: so a second reply counts as
 * duplicated, not as unexpected. If the earlier message is still in flight then, the later one is not sent.
 *
 * A slot holds when its message was due (us from t0) and when it was sent (us of the engine's clock).
 */
export class InFlightTable {
  readonly slotsPerConnection: number;
  readonly #mask: number;
  readonly #fields: Float64Array;
  /** For each connection: messages in flight have ordinals from `#oldest` to below `#end`. */
  readonly #oldest: Float64Array;
  readonly #end: Float64Array;
  #count = 0;
  /** True once a message had to wait: messages of a connection are then not sent in the order of their ordinals. */
  #isOutOfOrder = false;

  /** `slotsPerConnection` must be a power of two. */
  constructor(connections: number, slotsPerConnection: number) {
    this.slotsPerConnection = slotsPerConnection;
    this.#mask = slotsPerConnection - 1;
    this.#fields = new Float64Array(connections * slotsPerConnection * FIELDS);
    this.#oldest = new Float64Array(connections);
    this.#end = new Float64Array(connections);
  }

  /** Number of messages in flight or waiting, counted as they enter and leave. `occupied` counts the slots in flight. */
  get count(): number {
    return this.#count;
  }

  /** The slot for message `ordinal` of a connection, whether it is in use or not. */
  slotOf(connection: number, ordinal: number): number {
    return connection * this.slotsPerConnection + (ordinal & this.#mask);
  }

  isFree(slot: number): boolean {
    return this.#fields[slot * FIELDS + STATE]! < SLOT.inFlight;
  }

  /**
   * Puts a message in flight, after the earlier ones of its connection. `noteSent` adds the time of sending later.
   * Throws if the slot is occupied: the message in it would never be answered, timed out or lost.
   */
  enter(connection: number, ordinal: number, dueUs: number): void {
    const at = this.slotOf(connection, ordinal) * FIELDS;
    if (this.#fields[at + STATE]! >= SLOT.inFlight) throw this.#occupied(connection, ordinal);
    this.#end[connection] = ordinal + 1;
    this.#fields[at + DUE] = dueUs;
    this.#fields[at + SENT] = NEVER;
    this.#fields[at + HOLDER] = ordinal + 1;
    this.#fields[at + STATE] = SLOT.inFlight;
    this.#count++;
  }

  /** Gives a message its slot that cannot be sent yet. It must be started or cancelled. */
  reserve(connection: number, ordinal: number, dueUs: number): void {
    this.#isOutOfOrder = true;
    this.enter(connection, ordinal, dueUs);
    this.#fields[this.slotOf(connection, ordinal) * FIELDS + STATE] = SLOT.waiting;
  }

  /** A message that waited goes in flight. */
  start(slot: number): void {
    if (this.state(slot) !== SLOT.waiting) throw this.#wrong(slot, 'it does not wait');
    this.#fields[slot * FIELDS + STATE] = SLOT.inFlight;
  }

  /** A message that waited is not sent. Its number is then as if it had never been given. */
  cancel(slot: number): void {
    if (this.state(slot) !== SLOT.waiting) throw this.#wrong(slot, 'it does not wait');
    this.#fields[slot * FIELDS + STATE] = SLOT.free;
    this.#fields[slot * FIELDS + HOLDER] = 0;
    this.#count--;
  }

  noteSent(slot: number, sentUs: number): void {
    this.#fields[slot * FIELDS + SENT] = sentUs;
  }

  /** True if the last message of the slot is this one. */
  holds(slot: number, ordinal: number): boolean {
    return this.#fields[slot * FIELDS + HOLDER] === ordinal + 1;
  }

  /** True if this message is in flight, in the slot that is its own. */
  isInFlight(slot: number, ordinal: number): boolean {
    const at = slot * FIELDS;
    return this.#fields[at + HOLDER] === ordinal + 1 && this.#fields[at + STATE] === SLOT.inFlight;
  }

  /** The message that is, or was last, in the slot. */
  ordinalIn(slot: number): number {
    return this.#fields[slot * FIELDS + HOLDER]! - 1;
  }

  /** The connection whose ring the slot is in. */
  connectionOf(slot: number): number {
    return Math.floor(slot / this.slotsPerConnection);
  }

  state(slot: number): number {
    return this.#fields[slot * FIELDS + STATE]!;
  }

  dueUs(slot: number): number {
    return this.#fields[slot * FIELDS + DUE]!;
  }

  sentUs(slot: number): number {
    return this.#fields[slot * FIELDS + SENT]!;
  }

  /**
   * Removes a message from those in flight. Throws if it is not in flight: it would be counted twice, and others would
   * seem to be fewer than they are.
   */
  leave(slot: number, state: number): void {
    const at = slot * FIELDS;
    if (this.#fields[at + STATE] !== SLOT.inFlight || this.#fields[at + SENT] === NEVER)
      this.#checkLeaving(slot, state);
    this.#fields[at + STATE] = state;
    this.#count--;
  }

  /** Marks a timed-out message as answered late, so that another copy counts as a duplicate. Throws if it is not. */
  markLate(slot: number): void {
    if (this.state(slot) !== SLOT.timedOut) throw this.#wrong(slot, 'it cannot be answered late');
    this.#fields[slot * FIELDS + STATE] = SLOT.late;
  }

  /** True if no message of a connection is in flight. */
  isIdle(connection: number): boolean {
    const end = this.#end[connection]!;
    for (let ordinal = this.#oldest[connection]!; ordinal < end; ordinal++) {
      const slot = this.slotOf(connection, ordinal);
      if (this.holds(slot, ordinal) && !this.isFree(slot)) return false;
    }
    return true;
  }

  /** Clears the slots of a connection. Throws if one of its messages is in flight: it would be in flight for ever. */
  forget(connection: number): void {
    const from = connection * this.slotsPerConnection;
    for (let slot = from; slot < from + this.slotsPerConnection; slot++) {
      if (!this.isFree(slot)) throw this.#wrong(slot, 'it cannot be forgotten');
      this.#fields[slot * FIELDS + HOLDER] = 0;
    }
  }

  /** Calls back with every slot of a connection whose message is in flight. */
  eachOf(connection: number, each: (slot: number) => void): void {
    const end = this.#end[connection]!;
    for (let ordinal = this.#oldest[connection]!; ordinal < end; ordinal++) {
      const slot = this.slotOf(connection, ordinal);
      if (this.holds(slot, ordinal) && !this.isFree(slot)) each(slot);
    }
  }

  /**
   * Calls back with every slot whose message was sent before `instantUs` and is still in flight. For each connection it
   * starts at the oldest message and stops at the first one sent later, so settled messages are never scanned again.
   */
  eachSentBefore(instantUs: number, each: (connection: number, slot: number) => void): void {
    if (this.#count === 0) return;
    if (this.#isOutOfOrder) return this.#eachOutOfOrder(instantUs, each);
    for (let connection = 0; connection < this.#oldest.length; connection++) {
      const end = this.#end[connection]!;
      let ordinal = this.#oldest[connection]!;
      for (; ordinal < end; ordinal++) {
        const slot = this.slotOf(connection, ordinal);
        if (!this.holds(slot, ordinal) || this.isFree(slot)) continue;
        if (this.sentUs(slot) > instantUs) break;
        each(connection, slot);
      }
      this.#oldest[connection] = ordinal;
    }
  }

  /** The same where a message may have been sent after later ones of its connection. */
  #eachOutOfOrder(instantUs: number, each: (connection: number, slot: number) => void): void {
    for (let connection = 0; connection < this.#oldest.length; connection++) {
      const end = this.#end[connection]!;
      let kept = end;
      for (let ordinal = this.#oldest[connection]!; ordinal < end; ordinal++) {
        const slot = this.slotOf(connection, ordinal);
        if (!this.holds(slot, ordinal) || this.isFree(slot)) continue;
        if (this.state(slot) === SLOT.inFlight && this.sentUs(slot) <= instantUs) each(connection, slot);
        else kept = Math.min(kept, ordinal);
      }
      this.#oldest[connection] = kept;
    }
  }

  /**
   * Counts the slots in flight one by one. Must equal sent - answered - timedOut - lostOnClose. It looks where
   * `eachSentBefore` looks, and not at the whole table, which may have megabytes: a message in flight elsewhere would
   * never time out, and is missed here, too, so that the two sides differ.
   */
  occupied(): number {
    let occupied = 0;
    for (let connection = 0; connection < this.#oldest.length; connection++) {
      const end = this.#end[connection]!;
      // A message may be older than a whole ring of a closed loop. Then every slot of the ring is looked at, once.
      const from = Math.max(this.#oldest[connection]!, end - this.slotsPerConnection);
      for (let ordinal = from; ordinal < end; ordinal++) {
        if (this.state(this.slotOf(connection, ordinal)) === SLOT.inFlight) occupied++;
      }
    }
    return occupied;
  }

  // Apart from their callers, so that these stay small enough to be inlined into the path of every message.

  #occupied(connection: number, ordinal: number): Error {
    return this.#wrong(this.slotOf(connection, ordinal), `message ${ordinal} cannot enter the slot`);
  }

  /** Throws unless a message that is in flight and was not sent leaves unanswered. */
  #checkLeaving(slot: number, state: number): void {
    if (this.state(slot) !== SLOT.inFlight) throw this.#wrong(slot, `it cannot become ${nameOf(state)}`);
    if (state === SLOT.answered) throw this.#wrong(slot, 'it is answered, and was never sent');
  }

  #wrong(slot: number, what: string): Error {
    const connection = Math.floor(slot / this.slotsPerConnection);
    const ordinal = this.#fields[slot * FIELDS + HOLDER]! - 1;
    const holder = ordinal < 0 ? 'the slot was never used' : `message ${ordinal} is ${nameOf(this.state(slot))}`;
    return new Error(`in-flight table: connection ${connection} of this worker: ${holder}, and ${what}`);
  }
}

function nameOf(state: number): string {
  return Object.entries(SLOT).find(([, value]) => value === state)?.[0] ?? String(state);
}
