import { performance } from 'node:perf_hooks';

/** A scheduled call of the clock. */
export type Timer = { readonly cancel: () => void };

/** The clock of an engine: monotonic microseconds, and calls at a later time. Real in production, manual in tests. */
export interface Clock {
  nowUs(): number;
  /** Calls back after about this long. Node's timers have a grain of 1 ms and may be early, so read the clock again. */
  after(ms: number, callback: () => void): Timer;
  /** Calls back on the next tick of the event loop, after reads have been served. */
  soon(callback: () => void): Timer;
}

/** The process's monotonic clock. All threads of a process share its zero. */
export const realClock: Clock = {
  nowUs: () => performance.now() * 1000,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (callback) => {
    const immediate = setImmediate(callback);
    return { cancel: () => clearImmediate(immediate) };
  },
};
