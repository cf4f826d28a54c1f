/** The clock of the faults. Tests pass one that they move by hand. */
export interface FaultClock {
  /** Microseconds of this machine's monotonic clock. */
  nowUs(): number;
  /** Calls once, `delayMs` from now, as exactly as the clock can. Returns a function that cancels the call. */
  after(delayMs: number, call: () => void): () => void;
  /** Calls on the next tick of the event loop. */
  soon(call: () => void): () => void;
}

/**
 * The offset between `performance.now()` of this process and the machine's monotonic clock (CLOCK_MONOTONIC, also used
 * by `process.hrtime`), in microseconds: `monotonic = performance.now() * 1000 + monotonicOriginUs()`. Both run at the
 * same speed from different zeros, so the offset is constant within a process. It puts the times of two processes on
 * one axis.
 */
export function monotonicOriginUs(): number {
  let originUs = 0;
  let narrowestUs = Number.POSITIVE_INFINITY;
  // Take the reading between the two closest neighbours: it was disturbed least.
  for (let i = 0; i < 16; i++) {
    const beforeUs = performance.now() * 1000;
    const hrtimeUs = Number(process.hrtime.bigint()) / 1000;
    const afterUs = performance.now() * 1000;
    if (afterUs - beforeUs >= narrowestUs) continue;
    narrowestUs = afterUs - beforeUs;
    originUs = hrtimeUs - (beforeUs + afterUs) / 2;
  }
  return originUs;
}

export function realClock(): FaultClock {
  const originUs = monotonicOriginUs();
  return {
    nowUs: () => performance.now() * 1000 + originUs,
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
    soon: (call) => {
      const immediate = setImmediate(call);
      return () => clearImmediate(immediate);
    },
  };
}
