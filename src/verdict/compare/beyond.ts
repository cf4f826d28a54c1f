/**
 * Times of B that lie among messages that never came, where A has a time. Such a time ranks behind every other, so B is
 * worse; but it has no value, and no ratio to A. So it counts as a gate that only B fails.
 */
import type { ComparedCell } from './compared-run.js';
import type { GateComparison } from './gates.js';
import type { ComparedMetric } from './metrics.js';
import { type ComparedValue, comparedValue } from './values.js';

/** Of one cell in all runs: one for each gating metric of `metrics` that only B lost. */
export function beyondGates(
  metrics: readonly ComparedMetric[],
  a: readonly ComparedCell[],
  b: readonly ComparedCell[],
): GateComparison[] {
  return metrics.flatMap((metric) => {
    const valuesOf = (cells: readonly ComparedCell[]) => cells.map((cell) => comparedValue(cell, metric.key));
    const [inA, inB] = [valuesOf(a), valuesOf(b)];
    const [aFailed, bFailed] = [inA.filter(isBeyond).length, inB.filter(isBeyond).length];
    const isKnownOfA = inA.some(({ measured }) => measured !== null);
    if (!metric.gate || !isKnownOfA || aFailed > 0 || bFailed === 0 || bFailed < b.length / 2) return [];
    const message = inB.find(isBeyond)!.reason!;
    return [{ gate: metric.title, aFailed, aRuns: a.length, bFailed, bRuns: b.length, worse: true, message }];
  });
}

function isBeyond(value: ComparedValue): boolean {
  return value.isBeyond === true;
}
