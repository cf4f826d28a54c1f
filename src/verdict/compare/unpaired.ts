/** Compares several runs per side, in any order: Student's t on ln(value), with rank tests and a bootstrap as well. */
import { bcaInterval } from '../../stats/bca-bootstrap.js';
import { type Shift, twoSampleShift } from '../../stats/hodges-lehmann.js';
import type { Range } from '../../stats/intervals.js';
import { mannWhitney, smallestMannWhitneyP } from '../../stats/mann-whitney.js';
import { geometricMeanOf, meanOf, standardDeviationOf } from '../../stats/moments.js';
import { Rng, seedOf } from '../../stats/rng.js';
import { studentQuantile } from '../../stats/student-t.js';
import { differenceAboveP, differenceInterval, type MeanDifference, pooled, welch } from '../../stats/welch.js';
import {
  type ComparisonWord,
  logMargin,
  type MetricComparison,
  ratioInterval,
  wordOf,
  worsening,
} from './comparison.js';
import type { ComparedMetric } from './metrics.js';
import { roundsNeeded } from './rounds-needed.js';

const CONFIDENCE = 0.95;
/** With fewer runs per side a bootstrap draws the same few again and again. */
const FEWEST_FOR_BOOTSTRAP = 5;

export interface UnpairedComparison extends MetricComparison {
  /** Two-sided p of the Mann-Whitney test for "there is no change", and the smallest p that so few runs can give. */
  readonly mannWhitney: { readonly p: number; readonly smallest: number };
  /** The Hodges-Lehmann ratio, robust against one outlying run. Its interval is null with too few runs. */
  readonly hodgesLehmann: { readonly ratio: number; readonly interval: Range | null };
  /** BCa bootstrap of the ratio over whole runs; null below 5 runs per side. */
  readonly bootstrap: Range | null;
}

/**
 * Values above zero: at least one on each side, and two on one of them. If a side has one run, the spread of the other
 * is used for both.
 */
export function unpairedComparison(
  a: readonly number[],
  b: readonly number[],
  metric: ComparedMetric,
): UnpairedComparison {
  const [logA, logB] = [a.map(Math.log), b.map(Math.log)];
  const difference = welch(logA, logB) ?? pooled(logA, logB);
  if (difference === null) throw new Error('a comparison over runs needs two of them on one side');
  const interval = differenceInterval(difference, CONFIDENCE);
  const turned = { ...difference, difference: worsening(difference.difference, metric) };
  const margin = logMargin(metric);
  const word = wordOf(interval, metric);
  const shift = twoSampleShift(logA, logB, CONFIDENCE)!;
  const bootstrap = bootstrapOf(logA, logB, metric);
  return {
    metric: metric.key,
    aCount: a.length,
    bCount: b.length,
    a: geometricMeanOf(a),
    b: geometricMeanOf(b),
    ratio: Math.exp(difference.difference),
    interval: ratioInterval(interval),
    confidence: CONFIDENCE,
    word,
    pWorse: differenceAboveP(turned, margin),
    pBetter: differenceAboveP({ ...turned, difference: -turned.difference }, margin),
    noiseFloor: noiseFloorOf(logA, logB),
    roundsNeeded: word === 'INCONCLUSIVE' ? runsNeeded(turned, Math.min(a.length, b.length), margin) : null,
    readings: null,
    notes: oddRunNotes(word, shift, metric),
    mannWhitney: { p: mannWhitney(a, b)!.p, smallest: smallestMannWhitneyP(a.length, b.length) },
    hodgesLehmann: { ratio: Math.exp(shift.estimate), interval: shift.interval && ratioInterval(shift.interval) },
    bootstrap: bootstrap && ratioInterval(bootstrap),
  };
}

/** One outlying run widens the interval of a mean until it says nothing. Ranks hardly change. */
function oddRunNotes(word: ComparisonWord, { interval }: Shift, metric: ComparedMetric): string[] {
  const byRanks = interval === null ? 'INCONCLUSIVE' : wordOf(interval, metric);
  if (byRanks === 'INCONCLUSIVE' || byRanks === word) return [];
  return [`By ranks alone, which one odd run hardly changes, it would be ${byRanks}: look for an outlying run.`];
}

function bootstrapOf(logA: readonly number[], logB: readonly number[], metric: ComparedMetric): Range | null {
  if (Math.min(logA.length, logB.length) < FEWEST_FOR_BOOTSTRAP) return null;
  const difference = ([a, b]: readonly (readonly number[])[]) => meanOf(b!) - meanOf(a!);
  return bcaInterval([logA, logB], difference, new Rng(seedOf('compare', metric.key)), CONFIDENCE);
}

/** How much A may differ from A: from the spread of A's runs, or of B's if A has only one. */
function noiseFloorOf(logA: readonly number[], logB: readonly number[]): number {
  const known = logA.length > 1 ? logA : logB;
  const error = standardDeviationOf(known) * Math.sqrt(1 / logA.length + 1 / logB.length);
  return Math.expm1(studentQuantile((1 + CONFIDENCE) / 2, known.length - 1) * error);
}

/** As for pairs, with the spread of a difference between one run of each side. */
function runsNeeded({ difference, standardError }: MeanDifference, runs: number, margin: number): number | null {
  return roundsNeeded(difference, standardError * Math.sqrt(runs), margin, CONFIDENCE);
}
