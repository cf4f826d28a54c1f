/** steps.csv of a capacity search: one row a step, in the order they were run. Latencies in microseconds. */
import type { CapacityDocument, CapacityStepRow } from '../../documents/capacity-document.js';
import { type CsvRow, csvText } from '../../text/csv-text.js';
import type { ReportFile } from '../shared/report-file.js';

export function capacityCsv({ steps, search }: CapacityDocument): ReportFile[] {
  const rows = steps.map((step, i) => rowOf(step, i + 1, search));
  return [{ name: 'steps.csv', text: csvText(rows, COLUMNS) }];
}

const COLUMNS = [
  ...['step', 'cell', 'purpose', 'connections', 'held', 'askedPerSecond', 'answeredPerSecond', 'achieved'],
  ...['quantile', 'limitUs', 'valueUs', 'lowUs', 'highUs', 'passed', 'by', 'validity', 'target', 'why', 'fix'],
  ...['serverCpuPercent', 'serverRssBytes', 'serverIdleRssBytes', 'idleSocketBytes', 'socketBytes', 'clientBusy'],
];

function rowOf(step: CapacityStepRow, ordinal: number, { quantile, limitUs }: CapacityDocument['search']): CsvRow {
  const { ciUs, passed, note: _, ...facts } = step;
  return {
    ...facts,
    ...{ step: ordinal, quantile, limitUs, lowUs: ciUs?.[0] ?? null, highUs: ciUs?.[1] ?? null },
    passed: passed ? 'yes' : 'no',
  };
}
