import { readFileSync } from 'node:fs';
import { type EventLoopUtilization, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { WorkerHealth } from '../metrics/interval.js';

const TICK_MS = 5;

/**
 * Watches the worker's own thread: how busy its loop is, the longest stretch without its 5 ms ticker (which sees stalls
 * that `monitorEventLoopDelay` omits), how long the thread waited for a core, and garbage collection.
 */
export class HealthMonitor {
  readonly #ticker: NodeJS.Timeout;
  readonly #observer: PerformanceObserver;
  #lastTickMs = performance.now();
  #blockedMs = 0;
  #gcPauseMs = 0;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();
  #sched = readSchedstat();

  constructor() {
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#gcPauseMs = Math.max(this.#gcPauseMs, entry.duration);
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** The stretch since the last call. */
  sample(): WorkerHealth {
    const busy = performance.eventLoopUtilization(this.#utilization).utilization;
    this.#utilization = performance.eventLoopUtilization();
    const sched = readSchedstat();
    const before = this.#sched;
    this.#sched = sched;
    this.#noteGap(performance.now());
    const health: WorkerHealth = {
      busy: Number.isFinite(busy) ? busy : 0,
      blockedMs: this.#blockedMs,
      runQueueWaitMs: sched === null || before === null ? null : sched.waitMs - before.waitMs,
      cpuMs: sched === null || before === null ? null : sched.cpuMs - before.cpuMs,
      gcPauseMsMax: this.#gcPauseMs,
      heapBytes: getHeapStatistics().used_heap_size,
    };
    this.#blockedMs = 0;
    this.#gcPauseMs = 0;
    return health;
  }

  stop(): void {
    clearInterval(this.#ticker);
    this.#observer.disconnect();
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#noteGap(nowMs);
    this.#lastTickMs = nowMs;
  }

  #noteGap(nowMs: number): void {
    this.#blockedMs = Math.max(this.#blockedMs, nowMs - this.#lastTickMs - TICK_MS, 0);
  }
}

/** Time this thread ran and waited for a core, ms (Linux: /proc/thread-self/schedstat, ns); null elsewhere. */
function readSchedstat(): { readonly cpuMs: number; readonly waitMs: number } | null {
  try {
    const [cpuNs, waitNs] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ');
    return { cpuMs: Number(cpuNs) / 1e6, waitMs: Number(waitNs) / 1e6 };
  } catch {
    return null; // not Linux, or schedstats compiled out: reported as unknown
  }
}
