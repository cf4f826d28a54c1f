/** One row of a table from one cell: text for every column, and why a column has no number. */
import type { CellResult, FlowResult, SecondResult } from '../../metrics/cell-result.js';
import {
  askedText,
  atLeastRateText,
  countText,
  cpuText,
  differenceText,
  growthText,
  latencyText,
  megabytesText,
  NOT_AVAILABLE,
  rateText,
} from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import type { GateResult } from '../../verdict/verdict.js';
import { isClientLimited } from '../../verdict/work-judges.js';
import type { Column, TableKind } from './columns.js';
import { headlineCell, headlineOf, intervalCell, type LatencyCell, maxCell, quantileCell } from './cell-text.js';
import { type Judged, type Status, statusOf } from './status.js';

/** The name of a null twin's line, in its first column. */
export const FLOOR = 'floor';

export interface Row {
  readonly cell: string;
  readonly values: Readonly<Record<string, string>>;
  readonly status: Status;
  /** Number of the row's note, or null. */
  readonly note: number | null;
  /** `p99 n/a: 4 % unanswered`: every gap in a narrow column. */
  readonly gaps: readonly string[];
  /** The latencies of the cell's null twin by column, printed below the row; absent without a null twin. */
  readonly floor?: Readonly<Record<string, string>>;
}

export type JudgedCell = CellResult & Judged;

/** The row of a cell, without its note. `gates` are the failed ones of this cell. */
export function rowOf(
  kind: TableKind,
  columns: readonly Column[],
  cell: JudgedCell,
  gates: readonly GateResult[],
): Row {
  const values: Record<string, string> = {};
  const gaps = new Map<string, string[]>();
  for (const { key, name, detail } of columns) {
    if (key === 'status') continue;
    const { text, gap } = cellValue(kind, cell, key);
    values[key] = text;
    if (gap !== null && detail === 'narrow') gaps.set(gap, [...(gaps.get(gap) ?? []), name]);
  }
  const status = statusOf(cell, gates);
  values['status'] = status;
  return {
    cell: cell.id,
    values,
    status,
    note: null,
    gaps: [...gaps].map(([gap, names]) => `${names.join(', ')} n/a: ${gap}`),
    ...floorOf(cell, columns),
  };
}

function floorOf({ nullTwin }: JudgedCell, columns: readonly Column[]): Pick<Row, 'floor'> {
  if (nullTwin?.status !== 'measured') return {};
  const known = columns.flatMap(({ key }) => {
    const cell = latencyValue(nullTwin, key);
    return cell === null ? [] : [[key, cell.text]];
  });
  return { floor: Object.fromEntries(known) };
}

const known = (text: string): LatencyCell => ({ text, gap: text === NOT_AVAILABLE ? 'not measured' : null });

/** The text of one column. A ramp has no percentiles of its own: its seconds come with the report. */
function cellValue(kind: TableKind, cell: JudgedCell, key: string): LatencyCell {
  const flow = cell.flows[0];
  const message = flow === undefined ? null : messageValue(cell, flow, key);
  if (message !== null) return message;
  const { connections, rate, axes, connectUs, pingUs } = cell;
  switch (key) {
    case 'conns':
      return known(countText(axes.connections));
    case 'held':
      return known(countText(connections.held));
    case 'asked':
      return known(askedText(rate.askedPerSecond ?? axes.rate));
    case 'rate':
      return known(kind === 'hold' ? rateText(rate.receivedPerSecond) : achievedText(cell));
    case 'cpu':
      return serverValue(cell, ({ cpuPercent }) => cpuText(cpuPercent));
    case 'rss':
      return serverValue(cell, ({ rssBytes }) => megabytesText(rssBytes));
    case 'connAsked':
      return known(countText(connections.asked));
    case 'connOpened':
      return known(countText(connections.opened));
    case 'connP50':
      return quantileCell(connectUs.total, 'p50');
    case 'connMax':
      return maxCell(connectUs.total);
    case 'err50':
      return known(instrumentText(cell, 'p50'));
    case 'err99':
      return known(instrumentText(cell, 'p99'));
    case 'backlog':
      return known(growthText(cell.overload.backlog?.perSecond ?? null));
    case 'halves':
      return known(halvesText(cell));
    case 'pingP50':
      return quantileCell(pingUs, 'p50');
    case 'pingMax':
      return maxCell(pingUs);
    default:
      return known(NOT_AVAILABLE);
  }
}

function messageValue(cell: JudgedCell, flow: FlowResult, key: string): LatencyCell | null {
  const headline = headlineOf(flow);
  switch (key) {
    case 'p50':
    case 'p95':
    case 'p99':
      return cell.ramp ? { text: '-', gap: null } : headlineCell(flow, key, cell.brackets);
    case 'lost':
      return known(countText(flow.messages.lost));
    case 'warmP50':
      return quantileCell(flow.warmupUs, 'p50');
    case 'warmP99':
      return quantileCell(flow.warmupUs, 'p99');
    case 'unanswered':
      return known(headline === null ? NOT_AVAILABLE : countText(headline.censored));
    default:
      return latencyValue(flow, key);
  }
}

/** The text of a latency column, of a cell or of its null twin; null for other columns. */
function latencyValue(of: Pick<FlowResult, 'latencyUs'>, key: string): LatencyCell | null {
  const { service, lag } = of.latencyUs;
  const headline = headlineOf(of);
  switch (key) {
    case 'p50':
    case 'p95':
    case 'p99':
      return headlineCell(of, key);
    case 'max':
      return maxCell(headline);
    case 'serviceP50':
      return quantileCell(service, 'p50');
    case 'serviceP99':
      return quantileCell(service, 'p99');
    case 'lagP50':
      return quantileCell(lag, 'p50');
    case 'lagP99':
      return quantileCell(lag, 'p99');
    case 'ci50':
      return known(intervalCell(headline, 'p50'));
    case 'ci95':
      return known(intervalCell(headline, 'p95'));
    case 'ci99':
      return known(intervalCell(headline, 'p99'));
    default:
      return null;
  }
}

/** Answered per second; sent per second where replies are not matched and nothing can count as answered. */
function achievedText(cell: CellResult): string {
  const { flows, rate, client } = cell;
  const unmatched = flows.some(({ messages }) => messages.unmatched > 0);
  const perSecond = unmatched ? rate.sentPerSecond : rate.answeredPerSecond;
  return client.workers.some((worker) => isClientLimited(cell, worker))
    ? atLeastRateText(perSecond)
    : rateText(perSecond);
}

/** Reported minus true, as the instrument check of the cell's worst worker found it; `off` where there was none. */
export function instrumentText({ client }: CellResult, name: 'p50' | 'p99'): string {
  return client.instrumentErrorUs === null ? 'off' : differenceText(client.instrumentErrorUs[name]);
}

function halvesText({ stationarity }: CellResult): string {
  if (stationarity === null) return NOT_AVAILABLE;
  return stationarity.halves.map(({ p50 }) => latencyText(p50)).join(', ');
}

type Measured = Extract<CellResult['server'], { status: 'measured' }>;

function serverValue({ server }: CellResult, of: (server: Measured) => string): LatencyCell {
  if (server.status === 'unavailable') return { text: NOT_AVAILABLE, gap: sanitize(server.reason, 120) };
  return known(of(server));
}

/** The rows of a ramp: seconds of the measure phase, at most `most`, evenly spread; the last one always among them. */
export function rampRows(cell: JudgedCell, status: Status, most: number): Row[] {
  const { seconds } = cell;
  const step = Math.max(1, Math.ceil(seconds.length / most));
  const shown = seconds.filter((_, i) => (seconds.length - 1 - i) % step === 0);
  return shown.map((second) => ({
    cell: cell.id,
    values: secondValues(second),
    status,
    note: null,
    gaps: [],
  }));
}

function secondValues(second: SecondResult): Record<string, string> {
  return {
    second: countText(second.second),
    open: countText(second.open),
    planned: countText(second.planned),
    sent: countText(second.sent),
    answered: countText(second.answered),
    p50: latencyText(second.p50),
    p90: latencyText(second.p90),
    p99: latencyText(second.p99),
    max: latencyText(second.max),
  };
}
