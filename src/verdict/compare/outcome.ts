/** The outcome of a whole comparison. */
import { EXIT, type ExitCode } from '../../errors.js';
import type { CellComparison } from './compare-runs.js';
import type { ComparisonWord, MetricComparison } from './comparison.js';
import type { ComparedKey, ComparedMetric } from './metrics.js';

export interface ComparisonOutcome {
  readonly exitCode: ExitCode;
  readonly passed: boolean;
  /**
   * FAILED: only gates failed. INCONCLUSIVE: single runs differ, and the difference between two runs of one build is
   * unknown.
   */
  readonly word: 'REGRESSED' | 'FAILED' | 'PASSED' | 'INCONCLUSIVE' | 'INVALID';
  /** Number of metrics by their word. `uncompared`: metrics without values. */
  readonly counts: Readonly<Record<Lowercase<ComparisonWord> | 'uncompared', number>>;
  /** Gating metrics that regressed, and gates that only B fails. */
  readonly regressions: readonly { readonly cell: string; readonly what: ComparedKey | string }[];
}

/**
 * 99 if a gating metric regressed, or if B fails a gate that A passes. 98 if nothing could be compared, or if a gating
 * metric of single runs is open and the spread between runs is unknown. Else 0.
 */
export function outcomeOf(cells: readonly CellComparison[], metrics: readonly ComparedMetric[]): ComparisonOutcome {
  const gating = new Set(metrics.filter(({ gate }) => gate).map(({ key }) => key));
  const regressions = cells.flatMap(({ id, metrics: compared, gates }) =>
    [
      ...compared.filter(({ word, metric }) => word === 'REGRESSED' && gating.has(metric)).map(({ metric }) => metric),
      ...gates.filter(({ worse }) => worse).map(({ gate }) => gate),
    ].map((what) => ({ cell: id, what })),
  );
  const byMetric = regressions.some(({ what }) => metrics.some(({ key }) => key === what));
  const words = cells.flatMap((cell) => cell.metrics.map(({ word }) => word));
  const count = (wanted: ComparisonWord | null) => words.filter((word) => word === wanted).length;
  const nothing = words.every((word) => word === null) && regressions.length === 0;
  const word = wordFor({
    nothing,
    worse: regressions.length > 0,
    byMetric,
    unknown: cells.some((cell) => cell.metrics.some((one) => gating.has(one.metric) && isSpreadUnknown(one))),
  });
  const exitCode = EXIT_CODES[word];
  return {
    exitCode,
    passed: exitCode === EXIT.passed,
    word,
    counts: {
      regressed: count('REGRESSED'),
      improved: count('IMPROVED'),
      equivalent: count('EQUIVALENT'),
      inconclusive: count('INCONCLUSIVE'),
      uncompared: count(null),
    },
    regressions,
  };
}

const EXIT_CODES: Readonly<Record<ComparisonOutcome['word'], ExitCode>> = {
  REGRESSED: EXIT.failed,
  FAILED: EXIT.failed,
  PASSED: EXIT.passed,
  INCONCLUSIVE: EXIT.invalid,
  INVALID: EXIT.invalid,
};

function wordFor(found: {
  readonly nothing: boolean;
  readonly worse: boolean;
  readonly byMetric: boolean;
  readonly unknown: boolean;
}): ComparisonOutcome['word'] {
  if (found.nothing) return 'INVALID';
  if (found.worse) return found.byMetric ? 'REGRESSED' : 'FAILED';
  return found.unknown ? 'INCONCLUSIVE' : 'PASSED';
}

/** True for an open metric with one run per side, if nothing says how far two runs of one build lie apart. */
export function isSpreadUnknown(one: Pick<MetricComparison, 'word' | 'aCount' | 'bCount' | 'noiseFloor'>): boolean {
  return one.word === 'INCONCLUSIVE' && one.aCount + one.bCount === 2 && one.noiseFloor === null;
}
