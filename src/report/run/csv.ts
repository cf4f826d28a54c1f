/**
 * cells.csv, requests.csv, fanout.csv and seconds.csv: one row a cell, one a cell and request (only where cells have
 * requests), one a cell and request that reaches others (only where there is one), and one a cell and second. Latencies
 * in microseconds, empty where there is none.
 */

import type { JudgedCell } from '../../documents/result-document.js';
import type { SavedRun } from '../../documents/saved-run.js';
import { highestInBucket } from '../../metrics/buckets.js';
import type { FlowResult, RequestResult } from '../../metrics/cell-result.js';
import { COUNTERS, type CounterName } from '../../metrics/counters.js';
import { flowOf, headlineOf } from '../../metrics/flow.js';
import type { SparseCounts } from '../../metrics/interval.js';
import { type FanoutSecond, quantileAmong } from '../../metrics/seconds/fanout-second.js';
import { percentOfCore, type ServerSecond } from '../../metrics/seconds/server-second.js';
import type { CellTimeline, MessageSecond, WallSecond } from '../../metrics/seconds/timeline.js';
import { sparseQuantile } from '../../metrics/sparse-quantile.js';
import { MODELS } from '../../plan/models.js';
import { type CsvRow, csvPieces, csvText } from '../../text/csv-text.js';
import type { LongFile, ReportFile } from '../shared/report-file.js';
import { fanoutCsv } from './fanout-csv.js';

export function csvFiles({ document, timelines }: SavedRun): (ReportFile | LongFile)[] {
  const byCell = new Map(timelines.map((timeline) => [timeline.cell, timeline]));
  const seconds = function* () {
    for (const cell of document.cells) yield* secondRows(cell, byCell.get(cell.id));
  };
  return [
    cellsCsv(document.cells),
    ...requestsCsv(document.cells),
    ...fanoutCsv(document.cells),
    { name: 'seconds.csv', text: csvPieces(seconds, SECOND_COLUMNS) },
  ];
}

export function cellsCsv(cells: readonly JudgedCell[]): ReportFile {
  const rows = cells.map(cellRow);
  return { name: 'cells.csv', text: csvText(rows, Object.keys(rows[0] ?? { cell: '' })) };
}

function requestsCsv(cells: readonly JudgedCell[]): ReportFile[] {
  const rows = cells.flatMap((cell) => (cell.requests ?? []).map((request) => requestRow(cell, request)));
  const [first] = rows;
  return first === undefined ? [] : [{ name: 'requests.csv', text: csvText(rows, Object.keys(first)) }];
}

function requestRow({ id, load, axes, rate }: JudgedCell, request: RequestResult): CsvRow {
  const { perSecond, messages, waitUs } = request;
  return {
    ...{ cell: id, load, request: request.name, connections: axes.connections, askedPerSecond: rate.askedPerSecond },
    ...{ plannedPerSecond: perSecond.planned, sentPerSecond: perSecond.sent, answeredPerSecond: perSecond.answered },
    ...latencyColumns(request),
    ...{ wait_p50Us: waitUs?.p50 ?? null, wait_p99Us: waitUs?.p99 ?? null },
    ...countColumns(messages),
  };
}

/** Of the headline, and of service time and send lag. */
function latencyColumns(flow: FlowResult): CsvRow {
  const headline = headlineOf(flow);
  const { service, lag } = flow.latencyUs;
  return {
    ...Object.fromEntries(QUANTILE_NAMES.map((name) => [`${name}Us`, headline?.[name] ?? null])),
    ...Object.fromEntries(QUANTILE_NAMES.map((name) => [`service_${name}Us`, service?.[name] ?? null])),
    ...{ lag_p50Us: lag?.p50 ?? null, lag_p99Us: lag?.p99 ?? null },
  };
}

function countColumns(messages: FlowResult['messages']): CsvRow {
  return { ...counterColumns(messages), lost: messages.lost };
}

function counterColumns(counters: Readonly<Record<CounterName, number>>): CsvRow {
  return Object.fromEntries(COUNTERS.map((name) => [columnOf(name), counters[name]]));
}

/** `failed` is a column of connects. */
function columnOf(name: CounterName): string {
  return name === 'failed' ? 'failedReplies' : name;
}

const QUANTILE_NAMES = ['p50', 'p90', 'p95', 'p99', 'p99_9', 'max'] as const;

function cellRow(cell: JudgedCell): CsvRow {
  const { axes, connections, rate, client, server, connectUs, session, bytes } = cell;
  const flow = flowOf(cell);
  const measured = server.status === 'measured' ? server : null;
  return {
    ...{ cell: cell.id, load: cell.load, model: cell.model, arrival: cell.arrival, pacing: cell.pacing },
    ...{ validity: cell.validity, target: cell.target },
    ...{ connections: axes.connections, askedPerSecond: rate.askedPerSecond },
    ...{ held: connections.held, opened: connections.opened, failed: connections.failed },
    ...{ sentPerSecond: rate.sentPerSecond, answeredPerSecond: rate.answeredPerSecond },
    receivedPerSecond: rate.receivedPerSecond,
    deliveredPerSecond: deliveredPerSecond(cell),
    ...latencyColumns(flow),
    ...{ connect_p50Us: connectUs.total.p50, connect_maxUs: connectUs.total.max },
    ...{ ready_p50Us: session?.readyUs.p50 ?? null, ready_p99Us: session?.readyUs.p99 ?? null },
    ...countColumns(flow.messages),
    ...{ bytesSent: bytes.sent, bytesReceived: bytes.received },
    ...{ clientCpuPercent: client.cpuPercent, clientBusy: client.busy, clientBlockedMsMax: client.blockedMsMax },
    ...{ clientGcPauseMsMax: client.gcPauseMsMax, instrument_p50Us: client.instrumentErrorUs?.p50 ?? null },
    instrument_p99Us: client.instrumentErrorUs?.p99 ?? null,
    ...{ serverCpuPercent: measured?.cpuPercent ?? null, serverRssBytes: measured?.rssBytes ?? null },
    serverOpenFds: measured?.openFds ?? null,
  };
}

/** Null where no message reaches others. */
function deliveredPerSecond({ fanout }: JudgedCell): number | null {
  return fanout === undefined ? null : fanout.reduce((sum, { perSecond }) => sum + perSecond.delivered, 0);
}

/** In a second: of its deliveries, and of the first, the last and the spread of its messages. */
const DELIVERED = ['deliver', 'first', 'last', 'spread'] as const;
const MESSAGE_COLUMNS = [
  ...[...COUNTERS.map(columnOf), 'p50Us', 'p90Us', 'p99Us', 'maxUs', 'lag_p50Us', 'lag_p99Us'],
  ...['messages', 'reachedAny', 'reachedAll'],
  ...DELIVERED.flatMap((name) => [`${name}_p50Us`, `${name}_p99Us`]),
];
const WALL_COLUMNS = [
  ...['open', 'opened', 'failed', 'closed', 'errors', 'bytesSent', 'bytesReceived'],
  ...['clientBusy', 'clientBlockedMs', 'clientGcPauseMs', 'clientRunQueueWaitMs', 'clientCpuPercent'],
];
const SERVER_COLUMNS = ['serverCpuPercent', 'serverRssBytes', 'machineCpuPercent'];
const SECOND_COLUMNS = ['cell', 'kind', 'phase', 'second', ...MESSAGE_COLUMNS, ...WALL_COLUMNS, ...SERVER_COLUMNS];

/**
 * The rows of one cell, by second. Kind `messages`: the second in which a message was due, from the start of its phase.
 * Kind `wall`: what happened in a second of the clock, from t0, the first instant at which a message is due; negative
 * before t0. Kind `server`: the server's process and the generator's whole machine, from the start of the measured
 * time.
 */
function* secondRows(cell: JudgedCell, timeline: CellTimeline | undefined): Generator<CsvRow> {
  if (timeline === undefined) return;
  const { headline } = MODELS[cell.model];
  for (const second of timeline.messages) yield messageRow(cell.id, second, second.histograms[headline]);
  for (const second of timeline.wall) yield wallRow(cell.id, second);
  for (const second of timeline.server) yield serverRow(second);
}

function messageRow(cell: string, second: MessageSecond, headline: SparseCounts): CsvRow {
  const { lag } = second.histograms;
  const top = headline.at(-2);
  return {
    ...{ cell, kind: 'messages', phase: second.phase, second: second.second },
    ...counterColumns(second.counters),
    ...{
      p50Us: sparseQuantile(headline, 0.5),
      p90Us: sparseQuantile(headline, 0.9),
      p99Us: sparseQuantile(headline, 0.99),
    },
    maxUs: top === undefined ? null : highestInBucket(top),
    ...{ lag_p50Us: sparseQuantile(lag, 0.5), lag_p99Us: sparseQuantile(lag, 0.99) },
    ...(second.fanout === null ? {} : deliveryColumns(second.fanout, second.counters.missed)),
  };
}

/** What has no time ranks last: deliveries that were missed, messages that did not reach anybody, or all. */
function deliveryColumns(fanout: FanoutSecond, missed: number): CsvRow {
  const { messages, reachedAny, reachedAll } = fanout;
  const unreached = messages - reachedAll;
  const without = { deliver: missed, first: messages - reachedAny, last: unreached, spread: unreached };
  const times = DELIVERED.flatMap((name) => {
    const counts = fanout.counts(name);
    const at = (q: number) => quantileAmong(counts, without[name], q);
    return [[`${name}_p50Us`, at(0.5)] as const, [`${name}_p99Us`, at(0.99)] as const];
  });
  return { messages, reachedAny, reachedAll, ...Object.fromEntries(times) };
}

function wallRow(cell: string, second: WallSecond): CsvRow {
  return {
    ...{ cell, kind: 'wall', phase: second.stage, second: second.fromT0, open: second.open },
    ...{ opened: second.opened, failed: second.failed, closed: second.closed, errors: second.errors },
    ...{ bytesSent: second.bytesSent, bytesReceived: second.bytesReceived },
    ...{ clientBusy: second.busy, clientBlockedMs: second.blockedMs, clientGcPauseMs: second.gcPauseMs },
    ...{ clientRunQueueWaitMs: second.runQueueWaitMs, clientCpuPercent: second.cpuPercent },
  };
}

function serverRow({ cell, second, elapsedMs, server, machineCpuMs }: ServerSecond): CsvRow {
  return {
    ...{ cell, kind: 'server', phase: 'measure', second },
    ...{ serverCpuPercent: percentOfCore(server?.cpuMs ?? null, elapsedMs), serverRssBytes: server?.rssBytes ?? null },
    machineCpuPercent: percentOfCore(machineCpuMs, elapsedMs),
  };
}
