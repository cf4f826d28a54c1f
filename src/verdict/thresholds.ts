/**
 * Judges the user's thresholds on the cells that ran. A threshold may also stay undecided: neither passed nor failed.
 */
import type { CellResult } from '../metrics/cell-result.js';
import type { IdleMemory } from '../metrics/idle-memory.js';
import { METRICS } from '../profile/metrics.js';
import type { Comparison, Threshold } from '../profile/profile.js';
import { type Measured, unknown } from './measured.js';
import { measure } from './metric-values.js';
import { select } from './selection.js';
import type { Reason, ThresholdResult } from './verdict.js';

export interface Evaluation {
  readonly results: readonly ThresholdResult[];
  /** `few_samples` if there are too few messages for a quantile. */
  readonly reasons: readonly Reason[];
}

/** Thresholds about another server engine than the one that ran are left out. */
export function evaluateThresholds(
  thresholds: readonly Threshold[],
  cells: readonly CellResult[],
  idle?: IdleMemory,
): Evaluation {
  const results: ThresholdResult[] = [];
  const reasons: Reason[] = [];
  for (const threshold of thresholds) {
    const evaluated = evaluate(threshold, cells, idle);
    if (evaluated === null) continue;
    results.push(evaluated.result);
    if (evaluated.fewSamples) reasons.push(fewSamples(threshold, evaluated.result));
  }
  return { results, reasons };
}

/** Judges one threshold; null if it is about another server engine. */
export function evaluateThreshold(threshold: Threshold, cells: readonly CellResult[]): ThresholdResult | null {
  return evaluate(threshold, cells)?.result ?? null;
}

function evaluate(
  threshold: Threshold,
  cells: readonly CellResult[],
  idle?: IdleMemory,
): { readonly result: ThresholdResult; readonly fewSamples: boolean } | null {
  const selection = select(threshold, cells);
  if (!selection.applicable) return null;
  const measured = measuredValue(threshold, selection.cells, idle);
  const passed = decide(measured, threshold);
  const { metric, selector, expression, title, gate, limit, comparison } = threshold;
  const result: ThresholdResult = {
    metric,
    selector,
    expression,
    title,
    gate,
    actual: measured.kind === 'unknown' ? null : measured.actual,
    limit,
    comparison,
    unit: METRICS[metric].unit,
    passed,
    note: measured.note,
  };
  return { result, fewSamples: passed === null && measured.kind !== 'unanswered' && measured.fewSamples === true };
}

function measuredValue(threshold: Threshold, cells: readonly CellResult[], idle: IdleMemory | undefined): Measured {
  const { metric, selector } = threshold;
  if (selector['request'] !== undefined && METRICS[metric].byRequest !== true) {
    return unknown(`${metric} is not measured by request`);
  }
  return cells.length === 0 ? unknown('no cell that ran matches the selector') : measure(threshold, cells, idle);
}

function decide(measured: Measured, { comparison, limit }: Threshold): boolean | null {
  if (measured.kind === 'unknown') return null;
  if (measured.kind === 'unanswered') return false;
  const low = compare(measured.low, comparison, limit);
  const high = compare(measured.high, comparison, limit);
  const byEquality = comparison === '==' || comparison === '!=';
  if (byEquality && measured.low < limit && limit < measured.high) return null;
  return low === high ? low : null;
}

function compare(actual: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return actual < limit;
    case '<=':
      return actual <= limit;
    case '>':
      return actual > limit;
    case '>=':
      return actual >= limit;
    case '==':
      return actual === limit;
    case '!=':
      return actual !== limit;
  }
}

function fewSamples({ metric, expression, gate }: Threshold, { note }: ThresholdResult): Reason {
  return {
    code: 'few_samples',
    side: 'client',
    severity: gate ? 'degraded' : 'note',
    cell: null,
    message: `${metric} ${expression}: ${note ?? 'too few samples'}`,
    fix: 'measure longer (-d), at a higher rate, or ask for a lower quantile',
  };
}
