import type { Peer } from './peer.js';

/** The most slices in a round, and the shortest slice. */
const MAX_SLICES = 32;
const MIN_SLICE_MS = 10;

/**
 * Pings every peer once an interval and drops those that have not answered when their next ping is due. A round is
 * spread over the interval in slices, so that thousands of pings never delay the echo at once. One timer serves all
 * peers.
 */
export class Heartbeat {
  readonly #intervalMs: number;
  readonly #slices: number;
  readonly #peers: ReadonlySet<Peer>;
  readonly #nowMs: () => number;
  readonly #onDead: (peer: Peer) => void;
  #round: Peer[] = [];
  #slice = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(intervalMs: number, peers: ReadonlySet<Peer>, nowMs: () => number, onDead: (peer: Peer) => void) {
    this.#intervalMs = intervalMs;
    this.#slices = Math.min(MAX_SLICES, Math.max(1, Math.floor(intervalMs / MIN_SLICE_MS)));
    this.#peers = peers;
    this.#nowMs = nowMs;
    this.#onDead = onDead;
  }

  /** Does nothing for an interval of 0. */
  start(): void {
    if (this.#intervalMs > 0) this.#timer = setInterval(() => this.pingSlice(), this.#intervalMs / this.#slices);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Pings one slice of the round; its timer calls this. */
  pingSlice(): void {
    if (this.#slice === 0) this.#round = [...this.#peers];
    const size = Math.ceil(this.#round.length / this.#slices);
    for (const peer of this.#round.slice(this.#slice * size, (this.#slice + 1) * size)) this.#visit(peer);
    this.#slice = (this.#slice + 1) % this.#slices;
    if (this.#slice === 0) this.#round = [];
  }

  #visit(peer: Peer): void {
    const { state } = peer;
    if (!this.#peers.has(peer)) return;
    if (state.pingedAtMs === 0) {
      state.pingedAtMs = this.#nowMs();
      if (!state.isClosing) peer.ping();
      return;
    }
    // The place of a peer in the round may have moved. If its ping is recent, it still gets a whole interval to answer.
    if (this.#nowMs() - state.pingedAtMs >= this.#intervalMs / 2) this.#onDead(peer);
  }
}
