/** How long this process could neither send nor take a message, ms. */
export interface Standstill {
  readonly totalMs: number;
  readonly longestMs: number;
}

const TICK_MS = 10;
/** A tick later than this means that the process stood still. Timers are late by less. */
const LATE_MS = 20;

/** The result of `use`, and how long this process stood still meanwhile. The server is not to blame for that time. */
export async function withStandstill<T>(use: () => Promise<T>): Promise<{ value: T; stood: Standstill }> {
  let lastMs = performance.now();
  let totalMs = 0;
  let longestMs = 0;
  const look = () => {
    const nowMs = performance.now();
    const lateMs = nowMs - lastMs - TICK_MS;
    lastMs = nowMs;
    if (lateMs < LATE_MS) return;
    totalMs += lateMs;
    longestMs = Math.max(longestMs, lateMs);
  };
  const timer = setInterval(look, TICK_MS);
  try {
    const value = await use();
    look();
    return { value, stood: { totalMs, longestMs } };
  } finally {
    clearInterval(timer);
  }
}
