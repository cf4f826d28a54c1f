import type { FaultPlan } from './catalogue.js';
import type { FaultClock } from './clock.js';
import { delayUs } from './delay.js';
import { drawUs } from './distribution.js';
import type { DueQueue } from './due-queue.js';
import { type Fate, type FateShares, fateOf } from './fate.js';
import type { FaultedConnection, Reply } from './faulted-connection.js';
import { altered, sequenceIn } from './payload.js';
import { SingleServer } from './queue.js';
import { outOfStallUs } from './stall.js';
import type { Did, TruthSink } from './truth-entry.js';

/** A reply that waits for a swap leaves after this time, even if no other reply followed. */
const LONGEST_HOLD_US = 1_000_000;

/** An echo as decided by the rules. `bytes` is valid during the call only. */
export interface Echo {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
  readonly ordinal: number;
  readonly inUs: number;
}

export interface RepliesParts {
  readonly plan: FaultPlan;
  readonly clock: FaultClock;
  readonly startUs: number;
  readonly due: DueQueue;
  readonly truth: TruthSink;
  readonly send: (to: FaultedConnection, bytes: Buffer, isBinary: boolean) => void;
  /** Another open connection; null if there is none. */
  readonly neighbourOf: (connection: FaultedConnection) => FaultedConnection | null;
}

/** Handles each echo: draws its fate, waits, sends it, and logs what really happened. */
export class Replies {
  readonly #parts: RepliesParts;
  readonly #shares: FateShares;
  readonly #queue = new SingleServer();
  #firstUs: number | null = null;

  constructor(parts: RepliesParts) {
    this.#parts = parts;
    const { drop = 0, duplicate = 0, swap = 0, alter = 0, misdeliver = 0 } = parts.plan;
    this.#shares = { drop, duplicate, swap, alter, misdeliver };
  }

  take(from: FaultedConnection, { bytes, isBinary, ordinal, inUs }: Echo): void {
    const nowUs = this.#parts.clock.nowUs();
    const dueUs = this.#dueUs(from, nowUs);
    const fate = this.#fateOf(from, bytes);
    const sequence = sequenceIn(bytes, isBinary);
    const reply: Reply = { from, bytes, isBinary, ordinal, sequence, inUs, fate };
    if (fate === 'drop') this.#write(reply, 'dropped', null, null);
    else if (dueUs <= nowUs) this.#leave(reply, false);
    else this.#wait({ ...reply, bytes: Buffer.from(bytes) }, dueUs);
  }

  /** The connection is closed: replies that waited on it are dropped. */
  closed(connection: FaultedConnection): void {
    const { held } = connection;
    connection.held = null;
    if (held !== null) this.#write(held, 'closed', null, null);
  }

  /** Draws the fate. A message that is too long is truncated unless it has another fate. */
  #fateOf(from: FaultedConnection, bytes: Buffer): Fate {
    const fate = fateOf(this.#shares, from.fates.next());
    const { truncate = Number.POSITIVE_INFINITY } = this.#parts.plan;
    return fate === 'echo' && bytes.length > truncate ? 'truncate' : fate;
  }

  #dueUs(from: FaultedConnection, nowUs: number): number {
    const { plan } = this.#parts;
    this.#firstUs ??= nowUs;
    const servedUs = plan.queue ? this.#queue.doneUs(nowUs, drawUs(plan.queue, from.services)) : nowUs;
    return plan.delay ? servedUs + delayUs(plan.delay, from.delays, nowUs - this.#firstUs) : servedUs;
  }

  #wait(reply: Reply, dueUs: number): void {
    this.#parts.due.put(dueUs, () => this.#leave(reply, true));
  }

  /** Sends a reply whose time has come. `isOwn`: its bytes are a copy that outlives this call. */
  #leave(reply: Reply, isOwn: boolean): void {
    const { plan, clock, startUs } = this.#parts;
    const nowUs = clock.nowUs();
    const openUs = plan.stall ? outOfStallUs(plan.stall, startUs, nowUs) : nowUs;
    const { from, fate, bytes } = reply;
    if (from.peer.state.isClosing) this.#write(reply, 'closed', null, null);
    else if (openUs > nowUs) this.#wait(isOwn ? reply : { ...reply, bytes: Buffer.from(bytes) }, openUs);
    else if (fate === 'misdeliver') this.#misdeliver(reply);
    else if (fate === 'swap' && from.held === null) this.#hold(isOwn ? reply : { ...reply, bytes: Buffer.from(bytes) });
    else this.#sendHome(reply);
  }

  #sendHome(reply: Reply): void {
    const { from, fate } = reply;
    if (fate === 'duplicate') {
      const outUs = this.#send(reply, from);
      this.#write(reply, 'duplicated', outUs, from, this.#send(reply, from));
    } else if (fate === 'alter') {
      const other = { ...reply, bytes: altered(reply.bytes, reply.isBinary) };
      this.#write(reply, 'altered', this.#send(other, from), from);
    } else if (fate === 'truncate') {
      const other = { ...reply, bytes: reply.bytes.subarray(0, this.#parts.plan.truncate) };
      this.#write(reply, 'altered', this.#send(other, from), from);
    } else {
      this.#write(reply, 'echo', this.#send(reply, from), from);
    }
    this.#release(from, 'swapped');
  }

  #misdeliver(reply: Reply): void {
    const other = this.#parts.neighbourOf(reply.from);
    if (other === null) this.#sendHome({ ...reply, fate: 'echo' });
    else this.#write(reply, 'misdelivered', this.#send(reply, other), other);
  }

  #hold(reply: Reply): void {
    const { due, clock } = this.#parts;
    const { from } = reply;
    from.held = reply;
    due.put(clock.nowUs() + LONGEST_HOLD_US, () => {
      if (from.held === reply) this.#release(from, 'echo');
    });
  }

  /** Sends the reply that waited for a swap. */
  #release(connection: FaultedConnection, did: Did): void {
    const { held } = connection;
    connection.held = null;
    if (held === null) return;
    if (connection.peer.state.isClosing) this.#write(held, 'closed', null, null);
    else this.#write(held, did, this.#send(held, connection), connection);
  }

  /** Returns the time just before the send. */
  #send({ bytes, isBinary }: Reply, to: FaultedConnection): number {
    const outUs = this.#parts.clock.nowUs();
    this.#parts.send(to, bytes, isBinary);
    return outUs;
  }

  #write(
    { from, ordinal, sequence, inUs }: Reply,
    did: Did,
    outUs: number | null,
    to: FaultedConnection | null,
    copyUs: number | null = null,
  ): void {
    const connection = from.number;
    this.#parts.truth({
      kind: 'message',
      connection,
      ordinal,
      sequence,
      inUs,
      outUs,
      did,
      copyUs,
      to: to === null ? null : to.number,
    });
  }
}
