import { readFileSync } from 'node:fs';
import { type EventLoopUtilization, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { WorkerHealth } from '../metrics/interval.js';

/** The ticker: a timer that notes how late it is called. */
const TICKER_MS = 5;
/**
 * The kernel's counters are read once in this many calls of the ticker (50 ms), so the cause of a long stall is known
 * to within 50 ms.
 */
const CALLS_PER_READING = 10;
/** For shorter stalls the kernel is not asked for the cause. */
const NOTABLE_MS = 10;
/** Only longer stalls are examined for a pause from outside. Both kinds make a measurement invalid. */
const SHORTEST_PAUSE_MS = 250;
/** Longer garbage collections are visible in a latency. */
const LONG_GC_MS = 5;

/** How long this thread ran and how long it waited for a core, ms. */
interface ThreadTimes {
  readonly cpuMs: number;
  readonly waitMs: number;
}

/**
 * Watches the worker's own thread: how busy its event loop is, the longest time without its 5 ms ticker (which sees
 * stalls that `monitorEventLoopDelay` omits), how long the thread waited for a core, and garbage collection.
 */
export class HealthMonitor {
  readonly #ticker: NodeJS.Timeout;
  readonly #observer: PerformanceObserver;
  #lastCallMs = performance.now();
  #calls = 0;
  #blockedMs = 0;
  #blockedWaitMs: number | null = 0;
  #pausedMs = 0;
  #gcPauseMs = 0;
  #gcLongPauses = 0;
  #gcLongPauseMs = 0;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();
  /** The times at the last line, and at the last reading since. */
  #lineTimes = readThreadTimes();
  #readingTimes = this.#lineTimes;

  constructor() {
    this.#ticker = setInterval(() => this.#onTicker(), TICKER_MS);
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#noteGc(duration);
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Values since the last call. */
  sample(): WorkerHealth {
    const busy = performance.eventLoopUtilization(this.#utilization).utilization;
    this.#utilization = performance.eventLoopUtilization();
    this.#noteGap(performance.now());
    const before = this.#lineTimes;
    const times = readThreadTimes();
    this.#lineTimes = times;
    const health: WorkerHealth = {
      busy: Number.isFinite(busy) ? busy : 0,
      blockedMs: this.#blockedMs,
      blockedWaitMs: this.#blockedWaitMs,
      pausedMs: this.#pausedMs,
      runQueueWaitMs: times === null || before === null ? null : times.waitMs - before.waitMs,
      cpuMs: times === null || before === null ? null : times.cpuMs - before.cpuMs,
      gcPauseMsMax: this.#gcPauseMs,
      gcLongPauses: this.#gcLongPauses,
      gcLongPauseMs: this.#gcLongPauseMs,
      heapBytes: getHeapStatistics().used_heap_size,
    };
    this.#blockedMs = 0;
    this.#blockedWaitMs = 0;
    this.#pausedMs = 0;
    this.#gcPauseMs = 0;
    this.#gcLongPauses = 0;
    this.#gcLongPauseMs = 0;
    return health;
  }

  stop(): void {
    clearInterval(this.#ticker);
    this.#observer.disconnect();
  }

  #onTicker(): void {
    const nowMs = performance.now();
    this.#noteGap(nowMs);
    this.#lastCallMs = nowMs;
    if (++this.#calls % CALLS_PER_READING === 0) this.#readingTimes = readThreadTimes();
  }

  #noteGap(nowMs: number): void {
    const gapMs = Math.max(0, nowMs - this.#lastCallMs - TICKER_MS);
    if (gapMs <= Math.min(this.#blockedMs, SHORTEST_PAUSE_MS)) return;
    const spent = gapMs > NOTABLE_MS ? this.#spentSinceReading() : null;
    if (spent !== null && wasPaused(gapMs, spent)) {
      this.#pausedMs += gapMs;
      // A line may end before the next call. The same stall must not count in both lines.
      this.#lastCallMs = nowMs;
    } else if (gapMs > this.#blockedMs) {
      this.#blockedMs = gapMs;
      this.#blockedWaitMs = spent === null ? null : Math.min(gapMs, spent.waitMs);
    }
  }

  #spentSinceReading(): ThreadTimes | null {
    const before = this.#readingTimes;
    const now = readThreadTimes();
    if (before === null || now === null) return null;
    return { cpuMs: now.cpuMs - before.cpuMs, waitMs: now.waitMs - before.waitMs };
  }

  /** Notes a garbage collection. Only the time during which the thread stands still counts. */
  #noteGc(durationMs: number): void {
    this.#gcPauseMs = Math.max(this.#gcPauseMs, durationMs);
    if (durationMs <= LONG_GC_MS) return;
    this.#gcLongPauses++;
    this.#gcLongPauseMs += durationMs;
  }
}

/**
 * Was the thread paused from outside (SIGSTOP, a frozen container or machine) while its ticker was late? A thread that
 * blocks its loop is running, and a starved one waits for a core. A paused one does neither. `spent`: its running and
 * waiting time in this stretch and up to 50 ms before.
 */
export function wasPaused(gapMs: number, spent: ThreadTimes): boolean {
  return gapMs >= SHORTEST_PAUSE_MS && spent.cpuMs + spent.waitMs < gapMs / 2;
}

/** Linux: /proc/thread-self/schedstat, ns. Null elsewhere. */
function readThreadTimes(): ThreadTimes | null {
  try {
    const [cpuNs, waitNs] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ');
    return { cpuMs: Number(cpuNs) / 1e6, waitMs: Number(waitNs) / 1e6 };
  } catch {
    return null; // not Linux, or schedstats compiled out: reported as unknown
  }
}
