import type { Clock, Timer } from '../pacing/clock.js';

/** How often to look for connections that need a ping: as often as one becomes due, within these bounds. */
const LOOK_EVERY_MS = { least: 10, most: 100 } as const;

export interface KeepAliveOptions {
  readonly intervalMs: number;
  /** Number of connections; they are numbered from 0. */
  readonly connections: number;
  readonly clock: Clock;
  readonly ping: (connection: number) => void;
}

/** Pings each connection once per interval. The pings are spread evenly over the interval. */
export class KeepAlive {
  readonly #o: KeepAliveOptions;
  #intervalMs: number;
  #timer: Timer | null = null;

  constructor(options: KeepAliveOptions) {
    this.#o = options;
    this.#intervalMs = options.intervalMs;
  }

  /** From now on at least so often. */
  atMost(intervalMs: number): void {
    if (!(intervalMs < this.#intervalMs)) return;
    this.#intervalMs = intervalMs;
    if (this.#timer === null) return;
    this.stop();
    this.start();
  }

  /** Starts the pings: the first of n connections after 1/n of the interval, the last at its end. */
  start(): void {
    const { connections, clock, ping } = this.#o;
    const intervalMs = this.#intervalMs;
    if (this.#timer !== null || connections === 0) return;
    const startUs = clock.nowUs();
    const everyMs = Math.ceil(Math.min(Math.max(intervalMs / connections, LOOK_EVERY_MS.least), LOOK_EVERY_MS.most));
    let pings = 0;
    const look = () => {
      const due = Math.floor(((clock.nowUs() - startUs) / 1000 / intervalMs) * connections + 1e-6);
      // After a stall each connection gets one ping, not all that were missed.
      pings = Math.max(pings, due - connections);
      for (; pings < due; pings++) ping(pings % connections);
      this.#timer = clock.after(everyMs, look);
    };
    this.#timer = clock.after(everyMs, look);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
