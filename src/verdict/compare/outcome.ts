/** What a whole comparison amounts to. */
import { EXIT, type ExitCode } from '../../errors.js';
import type { CellComparison } from './compare-runs.js';
import type { ComparisonWord } from './comparison.js';
import type { ComparedKey, ComparedMetric } from './metrics.js';

export interface ComparisonOutcome {
  readonly exitCode: ExitCode;
  readonly passed: boolean;
  /** FAILED: only gates did. */
  readonly word: 'REGRESSED' | 'FAILED' | 'PASSED' | 'INVALID';
  /** Metrics by what was said of them; `uncompared` had no values. */
  readonly counts: Readonly<Record<Lowercase<ComparisonWord> | 'uncompared', number>>;
  /** Gating metrics that regressed, and gates that B alone fails. */
  readonly regressions: readonly { readonly cell: string; readonly what: ComparedKey | string }[];
}

/** 99 where a gating metric regressed or B fails gates that A passes, 98 where nothing could be compared, else 0. */
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
  const exitCode = nothing ? EXIT.invalid : regressions.length > 0 ? EXIT.failed : EXIT.passed;
  return {
    exitCode,
    passed: exitCode === EXIT.passed,
    word: nothing ? 'INVALID' : regressions.length === 0 ? 'PASSED' : byMetric ? 'REGRESSED' : 'FAILED',
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
