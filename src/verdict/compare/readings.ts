/**
 * A latency is read twice: as it was measured, and less all that the way back may have added (the lower end of its
 * bracket). What the way back adds is alike on both sides, so that it hides a part of every change in the first reading,
 * and the second may take off too much: the true change lies between the changes of the two.
 */
import type { Range } from '../../stats/intervals.js';
import { type MetricComparison, ratioInterval, wordOf } from './comparison.js';
import type { ComparedMetric } from './metrics.js';

/** One value above zero in the metric's unit. */
export interface Reading {
  /** As it was measured. */
  readonly measured: number;
  /** At least so much is the target's own; the measured value of what no way back touches, null where it is not known. */
  readonly lower: number | null;
}

/** Which of the two a comparison shows, and what the other one says. */
export interface TwoReadings {
  /** B over A of the values as measured, and its interval. */
  readonly measuredRatio: number | null;
  readonly measuredInterval: Range | null;
  /** The two readings alone would be given different words, so that only a narrower bracket settles it. */
  readonly disagree: boolean;
}

/** What is compared: lower ends where every value has one, else values as measured. */
export function shownValues(readings: readonly Reading[]): readonly number[] {
  return isBounded(readings) ? readings.map(({ lower }) => lower!) : readings.map(({ measured }) => measured);
}

/** Every value has a lower end above zero. */
export function isBounded(readings: readonly Reading[]): boolean {
  return readings.every(({ lower }) => lower !== null && lower > 0);
}

/** Lower ends are known, and one of them is 0: the way back may be all there is. */
export function hidesChanges(readings: readonly Reading[]): boolean {
  return readings.every(({ lower }) => lower !== null) && readings.some(({ lower }) => lower === 0);
}

export const NOTHING_LEFT =
  'The way back may have added all of it, so that equal times may hide a change: a quieter machine tells more.';

/**
 * Both readings compared by `compare`, as one: the interval holds both, and a word needs both. Where a lower end is not
 * known, the values as measured are compared alone; where it is 0, they can still tell a change, but not that there is none.
 */
export function compareReadings<T extends MetricComparison>(
  a: readonly Reading[],
  b: readonly Reading[],
  metric: ComparedMetric,
  compare: (a: readonly number[], b: readonly number[]) => T,
): T {
  const all = [...a, ...b];
  const measured = compare(
    a.map((one) => one.measured),
    b.map((one) => one.measured),
  );
  if (hidesChanges(all)) return withoutProofOfNone(measured);
  if (!isBounded(all) || all.every((one) => one.lower === one.measured)) return measured;
  const lower = compare(
    a.map((one) => one.lower!),
    b.map((one) => one.lower!),
  );
  return inBoth(lower, measured, metric);
}

function withoutProofOfNone<T extends MetricComparison>(measured: T): T {
  const { word, notes } = measured;
  return { ...measured, word: word === 'EQUIVALENT' ? 'INCONCLUSIVE' : word, notes: [...notes, NOTHING_LEFT] };
}

function inBoth<T extends MetricComparison>(lower: T, measured: T, metric: ComparedMetric): T {
  if (lower.interval === null || measured.interval === null) return lower;
  const held: Range = [
    Math.log(Math.min(lower.interval[0], measured.interval[0])),
    Math.log(Math.max(lower.interval[1], measured.interval[1])),
  ];
  const word = wordOf(held, metric);
  const alone = [lower, measured].map(({ interval }) =>
    wordOf([Math.log(interval![0]), Math.log(interval![1])], metric),
  );
  const disagree = word === 'INCONCLUSIVE' && !alone.includes('INCONCLUSIVE');
  return {
    ...lower,
    interval: ratioInterval(held),
    word: lower.word === null ? null : word,
    pWorse: larger(lower.pWorse, measured.pWorse),
    pBetter: larger(lower.pBetter, measured.pBetter),
    noiseFloor: larger(lower.noiseFloor, measured.noiseFloor),
    roundsNeeded: word === 'INCONCLUSIVE' && !disagree ? roundsOf(lower, measured, alone) : null,
    notes: [...new Set([...lower.notes, ...measured.notes])],
    readings: { measuredRatio: measured.ratio, measuredInterval: measured.interval, disagree },
  };
}

/** As many as the slower of the two needs; null where one of those that are open can never be settled. */
function roundsOf(lower: MetricComparison, measured: MetricComparison, alone: readonly string[]): number | null {
  const open = [lower, measured].filter((_, i) => alone[i] === 'INCONCLUSIVE').map(({ roundsNeeded }) => roundsNeeded);
  return open.includes(null) ? null : Math.max(...open.map((rounds) => rounds!));
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}
