// What each round, or run, of A and B measured, metric by metric.

import { amountText, latencyText, reachText } from '../../src/text/number-text.ts';
import { chart } from '../shared/chart.js';

/** @import { ComparedCell, ComparedRow } from './forest.js' */

/**
 * The charts of one cell; none for a metric with only one value a side.
 * @param {ComparedCell} cell
 * @param {'round' | 'run'} unit
 */
export function roundCharts({ rows }, unit) {
  const drawn = rows.filter(({ values: { a, b } }) => {
    const known = [...a, ...b].some((value) => value !== null);
    return known && Math.max(a.length, b.length) > 1;
  });
  return drawn.map((row) => valuesChart(row, unit));
}

/** @type {Readonly<Record<ComparedRow['measure'], { unit: string, text: (value: number) => string }>>} */
const MEASURES = {
  us: { unit: 'ms', text: latencyText },
  per_second: { unit: 'per second', text: amountText },
  share: { unit: '%', text: reachText },
};

/** @param {ComparedRow} row @param {'round' | 'run'} unit */
function valuesChart({ metric, measure, values }, unit) {
  const count = Math.max(values.a.length, values.b.length);
  const x = Array.from({ length: count }, (_, i) => i + 1);
  const { unit: unitText, text } = MEASURES[measure];
  const padded = (/** @type {readonly (number | null)[]} */ own) => x.map((_, i) => own[i] ?? null);
  return chart({
    ...{ title: metric.replace(/, [^,]*$/, ''), unit: unitText },
    ...{ xName: unit, xText: String, xExact: count <= 20, yNear: true },
    xRange: [0.6, count + 0.4],
    tables: [
      {
        x,
        lines: [
          { label: 'A', values: padded(values.a), tone: 'ink', text, dashed: true, points: true },
          { label: 'B', values: padded(values.b), tone: 'accent', text, width: 2, points: true },
        ],
      },
    ],
  });
}
