/**
 * A latency is read twice: as measured, and minus the most that the way back may have added (the lower end of its
 * bracket). The way back adds the same on both sides. So the first reading hides a part of every change, and the
 * second may subtract too much. The true change lies between the two.
 */
import type { Range } from '../../stats/intervals.js';
import { type MetricComparison, ratioInterval, wordOf } from './comparison.js';
import type { ComparedMetric } from './metrics.js';

/** One value above zero, in the metric's unit. */
export interface Reading {
  /** The value as measured. */
  readonly measured: number;
  /**
   * The smallest possible part of the target itself. Equal to `measured` if there is no way back; null if unknown.
   */
  readonly lower: number | null;
}

/** Which of the two readings is shown, and the result of the other one. */
export interface TwoReadings {
  /** B over A for the measured values, with its interval. */
  readonly measuredRatio: number | null;
  readonly measuredInterval: Range | null;
  /** True if the two readings lead to different words, so that only a narrower bracket can decide. */
  readonly disagree: boolean;
}

/** The values to compare: lower ends if every value has one, else measured values. */
export function shownValues(readings: readonly Reading[]): readonly number[] {
  return isBounded(readings) ? readings.map(({ lower }) => lower!) : readings.map(({ measured }) => measured);
}

/** True if every value has a lower end above zero. */
export function isBounded(readings: readonly Reading[]): boolean {
  return readings.every(({ lower }) => lower !== null && lower > 0);
}

/** True if lower ends are known and one of them is 0: the way back may account for all of the value. */
export function hidesChanges(readings: readonly Reading[]): boolean {
  return readings.every(({ lower }) => lower !== null) && readings.some(({ lower }) => lower === 0);
}

const NOTHING_LEFT =
  'The way back may have added all of it, so equal times may hide a change. A quieter machine would show more.';

/**
 * Compares both readings with `compare` and combines the results: the interval covers both, and a word needs both. If a
 * lower end is unknown, only the measured values are compared. If a lower end is 0, the measured values can still show
 * a change, but not that there is none.
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
  return { ...measured, word: word === 'EQUIVALENT' ? 'INCONCLUSIVE' : word, ...hiding(notes) };
}

/** What a comparison says whose values may hide a change: the fact, and a note behind `notes`. */
export function hiding(notes: readonly string[]): { readonly mayHideChange: true; readonly notes: readonly string[] } {
  return { mayHideChange: true, notes: [...notes, NOTHING_LEFT] };
}

/** Whether equal values prove nothing. Results of earlier versions have the note alone. */
export function mayHideChange({
  mayHideChange,
  notes,
}: {
  readonly mayHideChange?: true | undefined;
  readonly notes: readonly string[];
}): boolean {
  return mayHideChange ?? notes.includes(NOTHING_LEFT);
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

/** The larger of the two numbers. Null if one of the open readings can never be decided. */
function roundsOf(lower: MetricComparison, measured: MetricComparison, alone: readonly string[]): number | null {
  const open = [lower, measured].filter((_, i) => alone[i] === 'INCONCLUSIVE').map(({ roundsNeeded }) => roundsNeeded);
  return open.includes(null) ? null : Math.max(...open.map((rounds) => rounds!));
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}
