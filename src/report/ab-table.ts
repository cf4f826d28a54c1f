/** The table of an A/B comparison while it goes on: one row for each metric of each cell, which narrows as rounds come in. */
import { formatCount } from '../units.js';
import type { CellComparison } from '../verdict/compare/compare-runs.js';
import type { MetricComparison } from '../verdict/compare/comparison.js';
import type { ComparedMetric } from '../verdict/compare/metrics.js';
import { latencyText, NOT_AVAILABLE, rateText } from './number-text.js';
import { sanitize } from './sanitize.js';
import type { TerminalStyle } from './terminal-table.js';
import { clip, pad } from './width.js';

const COLUMNS = [
  { name: 'metric', width: 22, align: 'left' },
  { name: 'A', width: 6, align: 'right' },
  { name: 'B', width: 6, align: 'right' },
  { name: 'change', width: 8, align: 'right' },
  { name: 'in truth within', width: 19, align: 'right' },
  { name: 'verdict', width: 14, align: 'left' },
] as const;

const UNIT = { us: 'ms', per_second: '/s' } as const;

/** At most 80 columns. */
export function abTable(
  cells: readonly CellComparison[],
  metrics: readonly ComparedMetric[],
  { colors }: TerminalStyle,
): string[] {
  return [
    colors.cyan(line(COLUMNS.map(({ name }) => name))),
    colors.dim(COLUMNS.map(({ width }) => '─'.repeat(width)).join(' ')),
    ...cells.flatMap(({ id, metrics: compared, leftOut }) => [
      ...(cells.length === 1 && leftOut === null ? [] : [colors.bold(clip(sanitize(id), 78))]),
      ...(leftOut === null ? [] : [colors.dim(`  ${clip(leftOut, 76)}`)]),
      ...compared.map((one) => row(one, metrics.find(({ key }) => key === one.metric)!, colors)),
    ]),
  ];
}

function row(comparison: MetricComparison, metric: ComparedMetric, colors: TerminalStyle['colors']): string {
  const { title, unit } = metric;
  const { a, b, ratio, interval, notes } = comparison;
  const name = `${title} ${UNIT[unit]}`;
  if (a === null) return `${pad(name, COLUMNS[0].width)} ${colors.dim(clip(`${NOT_AVAILABLE}: ${notes[0] ?? ''}`, 55))}`;
  const value = (number: number | null) => (unit === 'us' ? latencyText(number) : rateText(number));
  const range = interval === null ? '-' : `${changeText(interval[0])} … ${changeText(interval[1])}`;
  return `${line([name, value(a), value(b), changeText(ratio), range])} ${wordText(comparison, metric, colors)}`;
}

/** Texts in the columns they stand in. */
function line(texts: readonly string[]): string {
  return texts.map((text, i) => pad(text, COLUMNS[i]!.width, COLUMNS[i]!.align)).join(' ');
}

/** `+10.1 %`: B against A. */
function changeText(ratio: number | null): string {
  if (ratio === null) return NOT_AVAILABLE;
  const percent = (ratio - 1) * 100;
  if (percent >= 999.5) return `x${formatCount(ratio)}`;
  const text = percent.toFixed(Math.abs(percent) >= 99.95 ? 0 : 1);
  return `${percent < 0 && Number(text) !== 0 ? '' : '+'}${text.replace(/^-(0\.0)$/, '$1')} %`;
}

/** `~` is no proven difference, and no proof that there is none. What does not gate stands in brackets. */
function wordText({ word }: MetricComparison, { gate }: ComparedMetric, colors: TerminalStyle['colors']): string {
  if (word === null) return colors.dim('not yet');
  const text = word === 'INCONCLUSIVE' ? '~' : word;
  const shown = gate ? text : `(${text})`;
  if (word === 'INCONCLUSIVE') return colors.yellow(shown);
  return word === 'REGRESSED' ? colors.red(shown) : colors.green(shown);
}
