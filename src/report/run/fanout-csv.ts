/** fanout.csv: one row a cell and request that reaches others. Times in microseconds, empty where there is none. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { Quantiles } from '../../metrics/cell-result.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import { type CsvRow, csvText } from '../../text/csv-text.js';
import type { ReportFile } from '../shared/report-file.js';
import { subscribersPerMessage } from './fanout-columns.js';

/** None where nothing reaches others. */
export function fanoutCsv(cells: readonly JudgedCell[]): ReportFile[] {
  const rows = cells.flatMap((cell) => (cell.fanout ?? []).map((fanout) => fanoutRow(cell, fanout)));
  const [first] = rows;
  return first === undefined ? [] : [{ name: 'fanout.csv', text: csvText(rows, Object.keys(first)) }];
}

function fanoutRow({ id, load, axes, rate, subscribers }: JudgedCell, fanout: FanoutResult): CsvRow {
  const { name, reaches, messages, deliveries, perSecond } = fanout;
  return {
    ...{ cell: id, load, request: name, reaches, connections: axes.connections },
    ...{ subscribers: subscribersPerMessage(fanout), askedPerSecond: rate.askedPerSecond },
    ...{ sentPerSecond: perSecond.sent, deliveredPerSecond: perSecond.delivered, reach: whole(fanout.reach) },
    ...{ messages: messages.sent, reachedAny: messages.reachedAny, reachedAll: messages.reachedAll },
    ...deliveries,
    ...quantileColumns('deliver', fanout.deliverUs),
    ...quantileColumns('deliverService', fanout.serviceUs),
    ...quantileColumns('first', fanout.firstUs),
    ...quantileColumns('last', fanout.lastUs),
    ...quantileColumns('spread', fanout.spreadUs),
    // Of the connections of the cell, over all of its requests.
    ...{ subscribersOwed: subscribers?.count ?? null, jain: whole(subscribers?.jain ?? null) },
    ...slowColumns(fanout.slow),
  };
}

/** Of those who read slowly on purpose; empty where nobody does. */
function slowColumns(slow: FanoutResult['slow']): CsvRow {
  return {
    ...{ slow: slow?.connections ?? null, slowDelivered: slow?.delivered ?? null, slowMissed: slow?.missed ?? null },
    ...quantileColumns('slowDeliver', slow?.deliverUs ?? null),
  };
}

/** All digits, so that only what is 1 reads 1. */
function whole(share: number | null): string | null {
  return share === null ? null : String(share);
}

const QUANTILE_NAMES = ['p50', 'p90', 'p95', 'p99', 'p99_9', 'max'] as const;

function quantileColumns(of: string, quantiles: Quantiles | null): CsvRow {
  return Object.fromEntries(QUANTILE_NAMES.map((name) => [`${of}_${name}Us`, quantiles?.[name] ?? null]));
}
