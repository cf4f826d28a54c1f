/** The benchmark table: thresholds with a title, in units for people. */
import type { CellResult } from '../metrics/cell-result.js';
import { NOT_AVAILABLE, rateText } from '../text/number-text.js';
import { formatCount } from '../units.js';
import { select } from '../verdict/selection.js';
import type { ThresholdResult } from '../verdict/verdict.js';
import type { BenchmarkRow } from './result-document.js';

/** A row for every threshold with a title. */
export function benchmarkRows(thresholds: readonly ThresholdResult[], cells: readonly CellResult[]): BenchmarkRow[] {
  return thresholds.flatMap((threshold) => {
    const { title, metric, passed, gate } = threshold;
    if (title === null) return [];
    const row = throughput(threshold, cells) ?? valueRow(threshold);
    return [{ title, metric, threshold: thresholdText(threshold), passed, gate, ...row }];
  });
}

type Value = Pick<BenchmarkRow, 'value' | 'unit' | 'note'>;

function valueRow(threshold: ThresholdResult): Value {
  const { factor, unit } = unitOf(threshold);
  const actual = threshold.actual !== null && Number.isFinite(threshold.actual) ? threshold.actual : null;
  const { note } = threshold;
  return {
    value: actual === null ? null : actual * factor,
    unit,
    note: actual === null ? (note ?? 'no value') : note,
  };
}

/** The share answered of a cell with one rate, shown as the rate: `998.7 msg/s`, with the share as its note. */
function throughput({ metric, selector, actual }: ThresholdResult, cells: readonly CellResult[]): Value | null {
  if (metric !== 'ws_msgs_answered' || actual === null) return null;
  const [cell, ...others] = select({ selector }, cells).cells;
  if (cell === undefined || others.length > 0 || cell.rate.askedPerSecond === null) return null;
  return { value: cell.rate.answeredPerSecond, unit: 'msg/s', note: `${shareText(actual)} %` };
}

/** A ratio in percent. It rounds to 100 only if the ratio is 1, unlike in `formatPercent`. */
function shareText(ratio: number): string {
  const percent = ratio * 100;
  return String(percent >= 99.95 && percent < 100 ? 99.9 : Number(percent.toFixed(1)));
}

const COUNT_UNITS: Readonly<Record<string, string>> = {
  ws_connections_held: 'conns',
  ws_sessions: 'conns',
  ws_close_codes: 'closes',
};

/** From the metric's base unit to the one shown. */
function unitOf({ unit, metric, expression }: ThresholdResult): { readonly factor: number; readonly unit: string } {
  switch (unit) {
    case 'us':
      return { factor: 0.001, unit: 'ms' };
    case 'bytes':
      return { factor: 0.001, unit: 'KB' };
    case 'percent':
      return { factor: 1, unit: '%' };
    case 'ratio':
      return { factor: 100, unit: '%' };
    case 'count': {
      const counted = COUNT_UNITS[metric] ?? 'msgs';
      return { factor: 1, unit: /^\s*rate\b/.test(expression) ? `${counted}/s` : counted };
    }
  }
}

/** `p95 < 100 ms`, `>= 99 % of asked`, `== 1,000 conns`. */
function thresholdText(threshold: ThresholdResult): string {
  const { factor, unit } = unitOf(threshold);
  const percentile = /p\((\d+(?:\.\d+)?)\)/.exec(threshold.expression);
  const word = /^\s*(avg|min|max|med)\b/.exec(threshold.expression);
  const what = percentile ? `p${percentile[1]} ` : word ? `${word[1]} ` : '';
  const of = threshold.metric === 'ws_msgs_answered' ? ' of asked' : '';
  return `${what}${threshold.comparison} ${numberText(threshold.limit * factor)} ${unit}${of}`;
}

/** Up to four figures, thousands apart: `0.24`, `12.3`, `1,000`. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return NOT_AVAILABLE;
  if (Math.abs(value) >= 1000) return formatCount(value);
  return String(Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3)));
}

/** The text of the `value` column: the number with its unit, or `n/a`. */
export function valueText({ value, unit }: BenchmarkRow): string {
  if (value === null || !Number.isFinite(value)) return NOT_AVAILABLE;
  return unit.endsWith('/s') ? `${rateText(value)} ${unit}` : `${numberText(value)} ${unit}`;
}

/** `61.2 ms, limit p95 < 50 ms`: value and limit of a threshold, titled or not. */
export function valueBesideLimit(threshold: ThresholdResult): string {
  const { value, note } = valueRow(threshold);
  const limit = `limit ${thresholdText(threshold)}`;
  if (value === null) return `no value, ${limit}${note === null ? '' : `: ${note}`}`;
  const { factor, unit } = unitOf(threshold);
  const text = apart(value, threshold.limit * factor);
  return `${text} ${unit}, ${limit}${note === null ? '' : ` (${note})`}`;
}

/** A value with enough figures to differ from its limit: 50.004 ms never reads `50 ms, limit p95 < 50 ms`. */
function apart(value: number, limit: number): string {
  const text = numberText(value);
  return text !== numberText(limit) || value === limit ? text : String(Number(value.toPrecision(6)));
}

/** A threshold beside the name of its metric: `Response time p95`, or `{load:concurrency} p(95)<50` without a title. */
export function thresholdRule({ selector, expression, title }: ThresholdResult): string {
  const picked = Object.entries(selector).map(([key, value]) => `${key}:${value}`);
  return title ?? `${picked.length === 0 ? '' : `{${picked.join(',')}} `}${expression}`;
}

const LONGEST_ASIDE = 10;

/** Whether the note is short enough to stand beside the value: `9 KB (± 0.2 KB)`. Longer notes go below the table. */
export function isAside({ value, note }: BenchmarkRow): boolean {
  return value !== null && note !== null && note.length <= LONGEST_ASIDE;
}
