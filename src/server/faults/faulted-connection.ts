import { Rng, seedOf } from '../../stats/rng.js';
import type { Peer } from '../peer.js';
import type { Fate } from './fate.js';

/** An echo on its way out. If it has to wait, `bytes` is a copy of its own. */
export interface Reply {
  readonly from: FaultedConnection;
  readonly bytes: Buffer;
  readonly isBinary: boolean;
  readonly ordinal: number;
  readonly sequence: number | null;
  readonly inUs: number;
  readonly fate: Fate;
}

/**
 * The state of one connection for the faults. It has its own random numbers, one stream for each purpose: the same seed
 * and the same messages in the same order give the same decisions, whatever other connections do.
 */
export class FaultedConnection {
  readonly number: number;
  readonly peer: Peer;
  readonly fates: Rng;
  readonly delays: Rng;
  readonly services: Rng;
  /** Of what it receives as a member of a room. */
  readonly deliveryFates: Rng;
  readonly deliveryDelays: Rng;
  /** The reply that waits until the next one has left, for a swap. */
  held: Reply | null = null;
  /** When the slow reader may read the next message of this connection. */
  readableAtUs = 0;
  /** When the last message was sent or received. */
  activeAtUs = 0;

  constructor(number: number, peer: Peer, seed: number) {
    this.number = number;
    this.peer = peer;
    this.fates = new Rng(seedOf(seed, 'fate', number));
    this.delays = new Rng(seedOf(seed, 'delay', number));
    this.services = new Rng(seedOf(seed, 'queue', number));
    this.deliveryFates = new Rng(seedOf(seed, 'delivery fate', number));
    this.deliveryDelays = new Rng(seedOf(seed, 'delivery delay', number));
  }
}
