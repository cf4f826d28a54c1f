/** Corrects for many metrics and cells at once: among many questions some are answered wrongly by chance. */
import { benjaminiHochberg } from '../../stats/benjamini-hochberg.js';
import type { MetricComparison } from './comparison.js';
import type { ComparedMetric } from './metrics.js';

/** The accepted share of false words among all REGRESSED, and among all IMPROVED: one side of 95 %. */
const FALSE_SHARE = 0.025;

/**
 * Two families: the metrics that gate, and those that are only shown. So a figure more to look at makes no verdict more
 * careful. The order stays.
 */
export function asFamilies<T extends MetricComparison>(
  comparisons: readonly T[],
  metrics: readonly ComparedMetric[],
): T[] {
  const gating = new Set(metrics.filter(({ gate }) => gate).map(({ key }) => key));
  const [decide, shown] = [true, false].map((isOne) =>
    asFamily(comparisons.filter(({ metric }) => gating.has(metric) === isOne))[Symbol.iterator](),
  );
  return comparisons.map(({ metric }) => (gating.has(metric) ? decide! : shown!).next().value!);
}

/**
 * Changes every REGRESSED and IMPROVED that may be due to chance among so many to INCONCLUSIVE. The order stays. Uses
 * the Benjamini-Hochberg procedure on the one-sided p against the margin, separately for worse and better.
 */
export function asFamily<T extends MetricComparison>(comparisons: readonly T[]): T[] {
  const worse = adjusted(comparisons, ({ pWorse }) => pWorse);
  const better = adjusted(comparisons, ({ pBetter }) => pBetter);
  const asked = comparisons.filter(({ pWorse }) => pWorse !== null).length;
  return comparisons.map((comparison, i) => {
    const { word } = comparison;
    const p = word === 'REGRESSED' ? worse[i]! : word === 'IMPROVED' ? better[i]! : 0;
    if (p <= FALSE_SHARE) return comparison;
    const note = `By itself it is past the margin, but one of ${asked} figures may be past it by chance; more rounds or runs would decide.`;
    return { ...comparison, word: 'INCONCLUSIVE', notes: [...comparison.notes, note] };
  });
}

function adjusted<T extends MetricComparison>(comparisons: readonly T[], pOf: (one: T) => number | null): number[] {
  const all = comparisons.map(pOf);
  const known = benjaminiHochberg(all.filter((p) => p !== null));
  let next = 0;
  return all.map((p) => (p === null ? 1 : known[next++]!));
}
