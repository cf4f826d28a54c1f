/**
 * One row a cell and metric, and one a cell, metric, side and run or round. Latencies in microseconds, ratios B over A.
 */

import type { ComparisonCell, ComparisonMetric } from '../../documents/comparison-schema.js';
import type { SavedComparison } from '../../documents/saved-comparison.js';
import { type CsvRow, csvText } from '../../text/csv-text.js';
import type { ReportFile } from '../shared/report-file.js';
import { reportName } from './file-name.js';

export function comparisonCsv(saved: SavedComparison): ReportFile[] {
  const { cells } = saved.document;
  const prefix = reportName(saved) === 'report' ? '' : 'comparison-';
  const each = (rows: (cell: ComparisonCell, metric: ComparisonMetric) => CsvRow[]) =>
    cells.flatMap((cell) => cell.metrics.flatMap((metric) => rows(cell, metric)));
  return [
    { name: `${prefix}metrics.csv`, text: csvText(each(metricRows), METRIC_COLUMNS) },
    { name: `${prefix}values.csv`, text: csvText(each(valueRows), VALUE_COLUMNS) },
  ];
}

const METRIC_COLUMNS = [
  ...['cell', 'metric', 'unit', 'better', 'gate', 'margin', 'aCount', 'bCount', 'a', 'b', 'ratio', 'from', 'to'],
  ...['confidence', 'noise', 'verdict', 'roundsNeeded', 'pWorse', 'pBetter', 'rankTest', 'rankP', 'notes'],
];

function metricRows({ id }: ComparisonCell, metric: ComparisonMetric): CsvRow[] {
  const { interval, gate, word, noiseFloor, rankTest, notes } = metric;
  const { unit, better, margin, aCount, bCount, a, b, ratio, confidence, roundsNeeded, pWorse, pBetter } = metric;
  return [
    {
      ...{ cell: id, metric: metric.metric, unit, better, gate: gate ? 'yes' : 'no', margin, aCount, bCount, a, b },
      ...{ ratio, from: interval?.[0] ?? null, to: interval?.[1] ?? null, confidence, noise: noiseFloor },
      ...{ verdict: word, roundsNeeded, pWorse, pBetter, rankTest: rankTest?.name ?? null, rankP: rankTest?.p ?? null },
      notes: notes.join(' '),
    },
  ];
}

const VALUE_COLUMNS = ['cell', 'metric', 'unit', 'side', 'number', 'value'];

function valueRows({ id }: ComparisonCell, { metric, unit, values }: ComparisonMetric): CsvRow[] {
  return (['a', 'b'] as const).flatMap((side) =>
    (values?.[side] ?? []).map((value, i) => ({
      cell: id,
      metric,
      unit,
      side: side.toUpperCase(),
      number: i + 1,
      value,
    })),
  );
}
