import type { Clock, Timer } from '../engine/pacing/clock.js';
import { type HostLoad, type HostSample, hostLoadBetween } from '../machine/host-load.js';
import { readIfThere } from '../machine/limits.js';
import type { AgentInfo } from './orders.js';

const EVERY_MS = 2000;
/** The last 10 s. */
const KEPT = 6;

interface Look {
  readonly host: HostSample;
  /** How long the main thread was ready to run and did not; null if the kernel does not tell. */
  readonly waitMs: number | null;
}

/** What others take from this machine while an agent has no load: a machine that starves idle is no good for a run. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #host: Pick<HostLoad, 'sample'>;
  readonly #waitMs: () => number | null;
  #looks: Look[] = [];
  #timer: Timer | null = null;

  constructor(clock: Clock, host: Pick<HostLoad, 'sample'>, waitMs = mainThreadWaitMs) {
    this.#clock = clock;
    this.#host = host;
    this.#waitMs = waitMs;
  }

  /** From now on there is no load. */
  start(): void {
    this.stop();
    this.#looks = [];
    this.#look();
  }

  /** A load begins, or the agent ends. What was seen before stays. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Nulls until there are two looks. */
  facts(): AgentInfo['idle'] {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    if (first === undefined || last === undefined || first === last) return { runQueueWait: null, steal: null };
    const elapsedMs = last.host.atMs - first.host.atMs;
    const waited = first.waitMs === null || last.waitMs === null ? null : last.waitMs - first.waitMs;
    return {
      runQueueWait: waited === null || elapsedMs <= 0 ? null : Math.min(1, Math.max(0, waited / elapsedMs)),
      steal: hostLoadBetween(first.host, last.host).steal,
    };
  }

  #look(): void {
    this.#looks = [...this.#looks, { host: this.#host.sample(), waitMs: this.#waitMs() }].slice(-KEPT);
    this.#timer = this.#clock.after(EVERY_MS, () => this.#look());
  }
}

/** The kernel counts nanoseconds: on a processor, and waiting for one. */
function mainThreadWaitMs(): number | null {
  const wait = Number(readIfThere('/proc/self/schedstat')?.split(' ')[1] ?? Number.NaN);
  return Number.isFinite(wait) ? wait / 1e6 : null;
}
