import type { CheckContext } from './context.js';

/**
 * Calls `send` for i = 0, 1, ... `count` - 1, each at start + i / rate or as soon after as the timer allows. A late
 * call does not delay the next ones. Resolves with the instant of every call, ms of `performance.now()`.
 */
export async function paced(
  context: CheckContext,
  count: number,
  ratePerSecond: number,
  send: (index: number) => void,
): Promise<number[]> {
  const startMs = performance.now();
  const sentAtMs: number[] = [];
  while (sentAtMs.length < count) {
    const nowMs = performance.now();
    const due = Math.min(count, Math.floor(((nowMs - startMs) * ratePerSecond) / 1000) + 1);
    while (sentAtMs.length < due) {
      send(sentAtMs.length);
      sentAtMs.push(performance.now());
    }
    if (sentAtMs.length < count) await context.sleep(1);
  }
  return sentAtMs;
}

/** Longest time from one instant to the next, ms; 0 for fewer than two. */
export function longestGapMs(atMs: readonly number[]): number {
  return atMs.reduce((longest, at, index) => (index === 0 ? 0 : Math.max(longest, at - atMs[index - 1]!)), 0);
}

/** The longest gap, ms, including that from the time when the first was due. */
export function longestSilenceMs(dueMs: number, atMs: readonly number[]): number {
  return atMs.length === 0 ? 0 : longestGapMs([Math.min(dueMs, atMs[0]!), ...atMs]);
}

/** Per second, from the first instant to the last; 0 for fewer than two. */
export function ratePerSecond(atMs: readonly number[]): number {
  const spanMs = (atMs.at(-1) ?? 0) - (atMs[0] ?? 0);
  return spanMs <= 0 ? 0 : ((atMs.length - 1) * 1000) / spanMs;
}
