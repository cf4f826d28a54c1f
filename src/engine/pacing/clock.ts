/** A pending call of a clock's timer. */
export type Timer = { readonly cancel: () => void };

/** The one clock of an engine: monotonic microseconds and calls later. Real in production, manual in tests. */
export interface Clock {
  nowUs(): number;
  /**
   * Calls back after at least roughly this long (Node's timers have a 1 ms grain and may be early: read the clock
   * again).
   */
  after(ms: number, callback: () => void): Timer;
  /** Calls back in the next tick of the event loop, after reads have been served. */
  soon(callback: () => void): Timer;
}

/**
 * The process's monotonic clock; all threads of a process share its origin. `performance` is the global: to import its
 * module costs a helper thread a tenth of its start.
 */
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
