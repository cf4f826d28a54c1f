/** What the faults know of time. A test passes one that it moves by hand. */
export interface FaultClock {
  /** Microseconds of this machine's monotonic clock. */
  nowUs(): number;
  /** Calls once, `delayMs` from now, with the grain of the clock behind it; returns what cancels it. */
  after(delayMs: number, call: () => void): () => void;
  /** Calls with the next turn of the event loop. */
  soon(call: () => void): () => void;
}

/**
 * What turns a reading of `performance.now()` in this process into the machine's monotonic clock (CLOCK_MONOTONIC, the
 * one of `process.hrtime`): `performance.now() * 1000 + monotonicOriginUs()` microseconds. Both count the same clock,
 * each from its own zero, so this number is a constant of the process, and instants of two processes of one machine lie
 * on one axis.
 */
export function monotonicOriginUs(): number {
  let originUs = 0;
  let narrowestUs = Number.POSITIVE_INFINITY;
  // The reading whose two neighbours are closest was disturbed least.
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
