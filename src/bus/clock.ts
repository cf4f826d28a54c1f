/** Time as the exchange of messages needs it. Tests bring their own. */
export interface BusClock {
  /** Microseconds of this machine's monotonic clock. */
  nowUs(): number;
  /** Calls once, `ms` from now. Returns a function that calls it off. */
  after(ms: number, call: () => void): () => void;
}

export const REAL_CLOCK: BusClock = {
  nowUs: () => performance.now() * 1000,
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
