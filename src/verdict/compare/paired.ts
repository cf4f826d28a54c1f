/** Interleaved rounds, A and B close in time: what drifts over the hours is in both and drops out of their ratio. */
import { geometricMeanOf, meanOf, standardDeviationOf } from '../../stats/moments.js';
import { meanAboveP, meanInterval, studentQuantile } from '../../stats/student-t.js';
import { smallestWilcoxonP, wilcoxon } from '../../stats/wilcoxon.js';
import { logMargin, type MetricComparison, ratioInterval, wordOf, worsening } from './comparison.js';
import { LOOK_CONFIDENCE } from './looks.js';
import type { ComparedMetric } from './metrics.js';
import { roundsNeeded } from './rounds-needed.js';

/** One metric in one round, both sides above zero. */
export interface Pair {
  readonly a: number;
  readonly b: number;
}

export interface PairedComparison extends MetricComparison {
  /**
   * Two-sided p of Wilcoxon's signed-rank test that there is no change at all, and the smallest that so few pairs can
   * give.
   */
  readonly wilcoxon: { readonly p: number; readonly smallest: number } | null;
}

/** From fewer consecutive rounds of A nothing is said about its noise. */
const FEWEST_FOR_NOISE = 3;

/**
 * One metric over rounds in the order they ran, by Student's t on ln(b / a). `decides` says whether this is a look:
 * `word` is null otherwise, and with fewer than 2 pairs at a look it is INCONCLUSIVE. Give it every valid round, not
 * only the new ones.
 */
export function pairedComparison(pairs: readonly Pair[], metric: ComparedMetric, decides: boolean): PairedComparison {
  const [a, b] = [pairs.map((pair) => pair.a), pairs.map((pair) => pair.b)];
  const logRatios = pairs.map((pair) => Math.log(pair.b / pair.a));
  const worse = logRatios.map((ratio) => worsening(ratio, metric));
  const interval = meanInterval(logRatios, LOOK_CONFIDENCE);
  const margin = logMargin(metric);
  const word = interval === null ? 'INCONCLUSIVE' : wordOf(interval, metric);
  return {
    metric: metric.key,
    aCount: pairs.length,
    bCount: pairs.length,
    a: geometricMeanOf(a),
    b: geometricMeanOf(b),
    ratio: pairs.length === 0 ? null : Math.exp(meanOf(logRatios)),
    interval: interval && ratioInterval(interval),
    confidence: LOOK_CONFIDENCE,
    word: decides ? word : null,
    pWorse: meanAboveP(worse, margin),
    pBetter: meanAboveP(
      worse.map((one) => -one),
      margin,
    ),
    noiseFloor: noiseFloor(a),
    roundsNeeded:
      word === 'INCONCLUSIVE' && pairs.length >= 2
        ? roundsNeeded(meanOf(worse), standardDeviationOf(worse), margin, LOOK_CONFIDENCE)
        : null,
    readings: null,
    notes: [],
    wilcoxon: wilcoxonOf(logRatios),
  };
}

/**
 * Half the width of the interval that A against A would have at this number of rounds, as a share: from the steps
 * between consecutive rounds of A, which slow drift hardly touches. Null with fewer than 3 rounds.
 */
export function noiseFloor(a: readonly number[]): number | null {
  if (a.length < FEWEST_FOR_NOISE) return null;
  const steps = a.slice(1).map((value, i) => Math.log(value / a[i]!));
  const deviation = Math.sqrt(meanOf(steps.map((step) => step ** 2)));
  return Math.expm1((studentQuantile((1 + LOOK_CONFIDENCE) / 2, a.length - 1) * deviation) / Math.sqrt(a.length));
}

function wilcoxonOf(logRatios: readonly number[]): PairedComparison['wilcoxon'] {
  const test = wilcoxon(logRatios);
  return test && { p: test.p, smallest: smallestWilcoxonP(logRatios.length) };
}
