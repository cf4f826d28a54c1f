import type { Peer } from './peer.js';
import type { StreamSpec } from './protocol.js';

/** Most messages of one stream in a tick, so that a fast stream cannot starve the other connections. */
const MAX_PER_TICK = 64;

export interface StreamClock {
  /** Monotonic, ms. */
  nowMs(): number;
  /** Time since the epoch, ms with a fraction. */
  epochMs(): number;
}

interface Stream {
  readonly peer: Peer;
  readonly spec: StreamSpec;
  readonly startMs: number;
  readonly pad: string;
  sent: number;
}

/**
 * All running streams, on one timer. Message i is due at start + i / rate, whatever happened before: a late tick is
 * made up for and nothing drifts. `send` returns false once the peer is gone.
 */
export class Streams {
  readonly #clock: StreamClock;
  readonly #send: (peer: Peer, text: string) => void;
  #running: Stream[] = [];
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(clock: StreamClock, send: (peer: Peer, text: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  get size(): number {
    return this.#running.length;
  }

  start(peer: Peer, spec: StreamSpec): void {
    peer.state.streams += 1;
    this.#running.push({ peer, spec, startMs: this.#clock.nowMs(), pad: 'x'.repeat(spec.sizeBytes), sent: 0 });
    this.tick();
  }

  /** The peer is gone, so its streams end. */
  stop(peer: Peer): void {
    if (peer.state.streams > 0) this.#running = this.#running.filter((stream) => stream.peer !== peer);
  }

  stopAll(): void {
    this.#running = [];
    this.#schedule();
  }

  /** Sends all messages that are due and sets the timer for the next one. */
  tick(): void {
    const nowMs = this.#clock.nowMs();
    for (const stream of this.#running) this.#sendDue(stream, nowMs);
    this.#running = this.#running.filter(isRunning);
    this.#schedule();
  }

  #sendDue(stream: Stream, nowMs: number): void {
    const { peer, spec } = stream;
    const due = dueBy(spec, nowMs - stream.startMs);
    const until = Math.min(due, stream.sent + MAX_PER_TICK);
    while (stream.sent < until && !peer.state.isClosing) {
      this.#send(peer, streamText(spec, stream.sent, this.#clock.epochMs(), stream.pad));
      stream.sent += 1;
    }
    if (stream.sent === spec.count) peer.state.streams -= 1;
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
    if (this.#running.length === 0) return;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { spec, startMs, sent } of this.#running) {
      nextMs = Math.min(nextMs, startMs + (sent * 1000) / spec.ratePerSecond);
    }
    const waitMs = nextMs - this.#clock.nowMs();
    if (waitMs <= 0) this.#immediate = setImmediate(() => this.tick());
    else this.#timer = setTimeout(() => this.tick(), Math.ceil(waitMs));
  }
}

function isRunning({ peer, spec, sent }: Stream): boolean {
  return sent < spec.count && !peer.state.isClosing;
}

/** How many messages of a stream are due `elapsedMs` after its start. The first is due at once. */
export function dueBy(spec: StreamSpec, elapsedMs: number): number {
  // The small term compensates rounding: i / rate * rate may be slightly below i.
  return Math.min(spec.count, Math.floor((elapsedMs * spec.ratePerSecond) / 1000 + 1e-9) + 1);
}

/** Message `index` (from 0) of a stream, `sizeBytes` long. `pad` has at least that many characters. */
export function streamText(spec: StreamSpec, index: number, sentAtMs: number, pad: string): string {
  const head = `{"type":"stream","index":${index},"count":${spec.count},"sentAtMs":${sentAtMs.toFixed(3)}`;
  const padLength = spec.sizeBytes - head.length - ',"pad":""}'.length;
  return padLength < 0 ? `${head}}` : `${head},"pad":"${pad.slice(0, padLength)}"}`;
}
