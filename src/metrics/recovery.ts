/** Figures about the time after an event, from numbers by millisecond over all workers. */

/** The share of the earlier connections that must be held again. */
const RECOVERED_SHARE = 0.99;
const PEAK_WINDOW_MS = 1000;

/** Numbers by millisecond since the event; milliseconds without a number are absent. */
export type ByMillisecond = ReadonlyMap<number, number>;

/** 99 % of the connections held before. */
export function recoveredCount(heldBefore: number): number {
  return Math.ceil(RECOVERED_SHARE * heldBefore - 1e-9);
}

/**
 * Time from the event, ms, after which at least 99 % of the earlier connections were held until the end of `changes`. 0
 * if they were always held; null if they were not held at the end.
 */
export function recoveredMs(heldBefore: number, changes: ByMillisecond): number | null {
  const needed = recoveredCount(heldBefore);
  let held = heldBefore;
  let sinceMs: number | null = 0;
  for (const [ms, change] of ordered(changes)) {
    held += change;
    if (held < needed) sinceMs = null;
    else sinceMs ??= ms;
  }
  return sinceMs;
}

/** The most connects started within any 1,000 successive milliseconds. */
export function peakPerSecond(connects: ByMillisecond): number {
  const points = ordered(connects);
  let peak = 0;
  let within = 0;
  let first = 0;
  for (const [ms, count] of points) {
    within += count;
    while (points[first]![0] <= ms - PEAK_WINDOW_MS) within -= points[first++]![1];
    peak = Math.max(peak, within);
  }
  return peak;
}

/** The sum up to and including a millisecond; the sum of all if it is null. */
export function sumUntil(numbers: ByMillisecond, ms: number | null): number {
  let sum = 0;
  for (const [at, count] of numbers) if (ms === null || at <= ms) sum += count;
  return sum;
}

function ordered(numbers: ByMillisecond): (readonly [ms: number, count: number])[] {
  return [...numbers].sort((a, b) => a[0] - b[0]);
}
