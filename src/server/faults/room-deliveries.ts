import type { FaultPlan } from './catalogue.js';
import type { FaultClock } from './clock.js';
import { deliveryFateOf } from './delivery-fate.js';
import { drawUs } from './distribution.js';
import type { DueQueue } from './due-queue.js';
import type { FaultedConnection } from './faulted-connection.js';
import { sequenceIn } from './payload.js';
import { outOfStallUs } from './stall.js';
import { isStuck } from './stuck-room.js';
import type { DeliveryDid, TruthDelivery, TruthSink } from './truth-entry.js';

/** A message to a room. `bytes` is valid during the call only. */
export interface RoomMessage {
  readonly from: FaultedConnection;
  readonly room: string;
  readonly bytes: Buffer;
  readonly ordinal: number;
  readonly inUs: number;
}

export interface RoomDeliveriesParts {
  readonly plan: FaultPlan;
  readonly clock: FaultClock;
  readonly startUs: number;
  readonly due: DueQueue;
  readonly truth: TruthSink;
  readonly send: (to: FaultedConnection, bytes: Buffer) => void;
}

/** What all deliveries of one message have in common. */
interface Message {
  readonly entry: Omit<TruthDelivery, 'to' | 'outUs' | 'did' | 'copyUs'>;
  readonly isStuck: boolean;
  /** Bytes that outlive the call. */
  readonly own: () => Buffer;
}

/**
 * Handles each delivery of a message to a room: draws its fate, waits, sends it, and logs what really happened. The
 * random numbers are those of the member, so that other members change nothing about its deliveries.
 */
export class RoomDeliveries {
  readonly #parts: RoomDeliveriesParts;
  /** Messages to the room that gets stuck. */
  #toStuckRoom = 0;

  constructor(parts: RoomDeliveriesParts) {
    this.#parts = parts;
  }

  /** Takes a message to a room. Returns what delivers it to one member; to be called before this message is over. */
  begin({ from, room, bytes, ordinal, inUs }: RoomMessage): (to: FaultedConnection) => void {
    let copy: Buffer | null = null;
    const message: Message = {
      entry: { kind: 'delivery', connection: from.number, ordinal, sequence: sequenceIn(bytes, false), room, inUs },
      isStuck: this.#isStuck(room, inUs),
      own: () => {
        copy ??= Buffer.from(bytes);
        return copy;
      },
    };
    return (to) => this.#take(message, to, bytes);
  }

  #isStuck(room: string, inUs: number): boolean {
    const { plan, startUs } = this.#parts;
    const spec = plan['stuck-room'];
    if (spec === undefined) return false;
    if (room === spec.room) this.#toStuckRoom += 1;
    return isStuck(spec, room, this.#toStuckRoom, inUs - startUs);
  }

  #take(message: Message, to: FaultedConnection, bytes: Buffer): void {
    const { plan, clock } = this.#parts;
    // Drawn even if nothing is sent, so that one fault does not change what another decides.
    const fate = deliveryFateOf(plan, to.deliveryFates.next());
    const late = plan['late-delivery'];
    const waitUs = late === undefined ? 0 : drawUs(late, to.deliveryDelays);
    if (message.isStuck) this.#write(message, to, 'stuck', null);
    else if (fate === 'drop-delivery') this.#write(message, to, 'dropped', null);
    else if (waitUs > 0) this.#wait(message, to, fate === 'duplicate-delivery', clock.nowUs() + waitUs);
    else this.#send(message, to, fate === 'duplicate-delivery', bytes);
  }

  #wait(message: Message, to: FaultedConnection, isTwice: boolean, dueUs: number): void {
    const bytes = message.own();
    this.#parts.due.put(dueUs, () => {
      const { plan, clock, startUs } = this.#parts;
      const nowUs = clock.nowUs();
      const openUs = plan.stall ? outOfStallUs(plan.stall, startUs, nowUs) : nowUs;
      if (openUs > nowUs && !to.peer.state.isClosing) this.#wait(message, to, isTwice, openUs);
      else this.#send(message, to, isTwice, bytes);
    });
  }

  #send(message: Message, to: FaultedConnection, isTwice: boolean, bytes: Buffer): void {
    const { clock, send } = this.#parts;
    if (to.peer.state.isClosing) return this.#write(message, to, 'closed', null);
    const outUs = clock.nowUs();
    send(to, bytes);
    if (!isTwice || to.peer.state.isClosing) return this.#write(message, to, 'delivered', outUs);
    const copyUs = clock.nowUs();
    send(to, bytes);
    this.#write(message, to, 'duplicated', outUs, copyUs);
  }

  #write(
    { entry }: Message,
    to: FaultedConnection,
    did: DeliveryDid,
    outUs: number | null,
    copyUs: number | null = null,
  ): void {
    this.#parts.truth({ ...entry, to: to.number, outUs, did, copyUs });
  }
}
