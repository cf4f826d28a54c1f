import { Rng, seedOf } from '../../stats/rng.js';
import type { Peer } from '../peer.js';
import type { Fate } from './fate.js';

/** An echo on its way out. `bytes` are its own once it has to wait. */
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
 * One connection as the faults see it. Its random numbers are its own, one stream for each purpose: the same seed and
 * the same messages in the same order give the same decisions, whatever other connections do.
 */
export class FaultedConnection {
  readonly number: number;
  readonly peer: Peer;
  readonly fates: Rng;
  readonly delays: Rng;
  readonly services: Rng;
  /** The reply that waits for the next one to leave first. */
  held: Reply | null = null;
  /** When its next message may be read, for the slow reader. */
  readableAtUs = 0;
  /** When a message last went either way. */
  activeAtUs = 0;

  constructor(number: number, peer: Peer, seed: number) {
    this.number = number;
    this.peer = peer;
    this.fates = new Rng(seedOf(seed, 'fate', number));
    this.delays = new Rng(seedOf(seed, 'delay', number));
    this.services = new Rng(seedOf(seed, 'queue', number));
  }
}
