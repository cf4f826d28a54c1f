/**
 * Compares interleaved rounds. A and B run close in time, so slow drift affects both and cancels out in their ratio.
 */
import { geometricMeanOf, meanOf, medianOf } from '../../stats/moments.js';
import { drawnIn, robustAboveP, robustInterval, robustMean } from '../../stats/outliers.js';
import { studentQuantile } from '../../stats/student-t.js';
import { smallestWilcoxonP, wilcoxon } from '../../stats/wilcoxon.js';
import { logMargin, type MetricComparison, ratioInterval, wordOf, worsening } from './comparison.js';
import { LOOK_CONFIDENCE } from './looks.js';
import type { ComparedMetric } from './metrics.js';
import { roundsNeeded } from './rounds-needed.js';

/** The values of one metric in one round, both above zero. */
export interface Pair {
  readonly a: number;
  readonly b: number;
}

export interface PairedComparison extends MetricComparison {
  /**
   * Two-sided p of the Wilcoxon signed-rank test for "there is no change", and the smallest p that so few pairs can
   * give.
   */
  readonly wilcoxon: { readonly p: number; readonly smallest: number } | null;
}

/** With fewer consecutive rounds of A its noise is unknown. */
const FEWEST_FOR_NOISE = 3;

/**
 * Compares one metric over rounds, in the order they ran, by the robust mean of ln(b / a): an outlier counts as the
 * largest value that is not an outlier. `decides`: true at a look. Otherwise `word` is null. With fewer than 2 pairs at
 * a look it is INCONCLUSIVE. Pass all valid rounds, not only the new ones.
 */
export function pairedComparison(pairs: readonly Pair[], metric: ComparedMetric, decides: boolean): PairedComparison {
  const [a, b] = [pairs.map((pair) => pair.a), pairs.map((pair) => pair.b)];
  const logRatios = pairs.map((pair) => Math.log(pair.b / pair.a));
  const found = robustMean(logRatios);
  const worse = robustMean(logRatios.map((ratio) => worsening(ratio, metric)));
  const interval = found && robustInterval(found, LOOK_CONFIDENCE);
  const margin = logMargin(metric);
  const word = interval === null ? 'INCONCLUSIVE' : wordOf(interval, metric);
  return {
    metric: metric.key,
    aCount: pairs.length,
    bCount: pairs.length,
    a: middleOf(a),
    b: middleOf(b),
    ratio: pairs.length === 0 ? null : Math.exp(found?.mean ?? logRatios[0]!),
    interval: interval && ratioInterval(interval),
    confidence: LOOK_CONFIDENCE,
    word: decides ? word : null,
    pWorse: worse && robustAboveP(worse, margin),
    pBetter: worse && robustAboveP({ ...worse, mean: -worse.mean }, margin),
    noiseFloor: noiseFloor(a),
    roundsNeeded:
      word === 'INCONCLUSIVE' && worse !== null
        ? roundsNeeded(worse.mean, worse.deviation, margin, LOOK_CONFIDENCE)
        : null,
    readings: null,
    notes: astrayNotes(found?.astray ?? 0, pairs.length),
    wilcoxon: wilcoxonOf(logRatios),
  };
}

/** Geometric mean of the rounds, with outliers moved to the limit; null without rounds. */
function middleOf(values: readonly number[]): number | null {
  return geometricMeanOf(drawnIn(values.map(Math.log)).map(Math.exp));
}

function astrayNotes(astray: number, rounds: number): string[] {
  if (astray === 0) return [];
  const [they, count] = astray === 1 ? ['stands', 'counts'] : ['stand', 'count'];
  return [`${astray} of ${rounds} rounds ${they} apart and ${count} as the furthest that does not.`];
}

/**
 * Half the width of the interval that comparing A with A would have at this number of rounds, as a share. It is
 * estimated from the steps between consecutive rounds of A, which slow drift hardly affects. A round far from its
 * neighbours is moved towards them. Null with fewer than 3 rounds.
 */
export function noiseFloor(a: readonly number[]): number | null {
  if (a.length < FEWEST_FOR_NOISE) return null;
  const logs = a.map(Math.log);
  const level = logs.map((_, i) => medianOf(around(logs, i)));
  const kept = drawnIn(logs.map((value, i) => value - level[i]!)).map((rest, i) => rest + level[i]!);
  const steps = kept.slice(1).map((value, i) => value - kept[i]!);
  const deviation = Math.sqrt(meanOf(steps.map((step) => step ** 2)));
  return Math.expm1((studentQuantile((1 + LOOK_CONFIDENCE) / 2, a.length - 1) * deviation) / Math.sqrt(a.length));
}

/** The five values around one, or all if there are fewer: two outliers do not change their median. */
function around(values: readonly number[], i: number): readonly number[] {
  const from = Math.max(0, Math.min(i - 2, values.length - 5));
  return values.slice(from, from + 5);
}

function wilcoxonOf(logRatios: readonly number[]): PairedComparison['wilcoxon'] {
  const test = wilcoxon(logRatios);
  return test && { p: test.p, smallest: smallestWilcoxonP(logRatios.length) };
}
