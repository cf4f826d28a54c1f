/**
 * The columns of every table of cells, each with its value and with what its signs owe the reader. Widths are fixed, so
 * that rows can be printed while a run goes on.
 */

import type { FlowResult } from '../../metrics/cell-result.js';
import { headlineOf } from '../../metrics/flow.js';
import type { SecondResult } from '../../metrics/second-result.js';
import {
  askedText,
  countText,
  cpuText,
  growthText,
  latencyText,
  megabytesText,
  rateText,
} from '../../text/number-text.js';
import { type CellText, figure, headlineCell, intervalCell, maxCell, quantileCell } from './cell-text.js';
import {
  type Column,
  type ColumnHead,
  column,
  type Detail,
  type Latencies,
  type Legend,
  type Trait,
} from './column.js';
import { achieved, achievedOf, halves, instrumentError, ofFlow, ofServer } from './column-values.js';
import { deliveryColumns } from './delivery-columns.js';

/**
 * The shape of a load's table. `connections` and `rate`: one swept axis. `matrix`: both. `hold`: connections without
 * latency (listen, or no messages). `ramp`: the seconds of a cell whose load rises or falls.
 */
export type TableKind = 'connections' | 'rate' | 'matrix' | 'hold' | 'ramp';
export type CellTableKind = Exclude<TableKind, 'ramp'>;

const wide = (one: Column): Column => ({ ...one, detail: 'wide' });

const LATENCY: Legend = { bracket: 'bracket', atLeast: 'atLeast', atMost: 'atMost' };

/** A column about a latency of the cell's messages, which the null twin has as well. */
function latency(key: string, name: string, width: number, floor: (of: Latencies) => CellText): Column {
  return column(key, name, 'ms', width, { value: ofFlow(floor), request: floor, floor, legend: LATENCY });
}

/** A quantile of the headline, with the cell's own bracket. */
function quantile(name: 'p50' | 'p95' | 'p99'): Column {
  return column(name, name, 'ms', 9, {
    value: ofFlow((flow, { brackets }) => headlineCell(flow, name, brackets)),
    request: (request) => headlineCell(request, name, request.brackets),
    floor: (twin) => headlineCell(twin, name),
    legend: LATENCY,
  });
}

function interval(key: string, name: 'p50' | 'p95' | 'p99'): Column {
  const floor = (of: Latencies) => intervalCell(headlineOf(of), name);
  return wide(column(key, `${name} 95 %`, 'ms', 11, { value: ofFlow(floor), request: floor, floor }));
}

const CONNS = column('conns', 'conns', '', 5, { value: ({ axes }) => figure(axes.connections, countText) });
const HELD = column('held', 'held', '', 5, { value: ({ connections }) => figure(connections.held, countText) });
const ASKED = column('asked', 'asked', '/s', 5, {
  value: ({ rate, axes }) => figure(rate.askedPerSecond ?? axes.rate, askedText),
});
const P50 = quantile('p50');
const P99 = quantile('p99');
const ERR50 = wide(column('err50', 'p50 err', 'ms', 7, { value: instrumentError('p50') }));
const ERR99 = wide(column('err99', 'p99 err', 'ms', 7, { value: instrumentError('p99') }));
/** Each quantile with its 95 % interval, and with the error of the instrument where it is known. */
const QUANTILES = [
  ...[P50, interval('ci50', 'p50'), ERR50],
  ...[quantile('p95'), interval('ci95', 'p95')],
  ...[P99, interval('ci99', 'p99'), ERR99],
];
const MAX = latency('max', 'max', 7, (of) => maxCell(headlineOf(of)));
const RATE = column('rate', 'rate', 'msg/s', 6, {
  value: achieved,
  request: achievedOf,
  legend: { atLeast: 'rate' },
});

/** How many messages had this fate. */
function counted(key: 'lost' | 'failed' | 'blocked', width: number): Column {
  const value = ({ messages }: FlowResult) => figure(messages[key], countText);
  return column(key, key, 'msgs', width, { value: ofFlow(value), request: value });
}

const LOST = counted('lost', 5);
const CPU = column('cpu', 'cpu', '%', 4, { value: ofServer(({ cpuPercent }) => cpuPercent, cpuText) });
const RSS = column('rss', 'rss', 'MB', 6, { value: ofServer(({ rssBytes }) => rssBytes, megabytesText) });
const STATUS = column('status', 'status', '', 12, {
  value: ({ status }) => ({ text: status, gap: null }),
  align: 'left',
});

const CONN_ASKED = wide(
  column('connAsked', 'conns asked', '', 11, { value: ({ connections }) => figure(connections.asked, countText) }),
);
const CONN_OPENED = wide(
  column('connOpened', 'opened', '', 6, { value: ({ connections }) => figure(connections.opened, countText) }),
);
const CONN_P50 = column('connP50', 'conn p50', 'ms', 9, {
  value: ({ connectUs }) => quantileCell(connectUs.total, 'p50'),
});
const CONN_MAX = wide(column('connMax', 'conn max', 'ms', 8, { value: ({ connectUs }) => maxCell(connectUs.total) }));

const WIDE = [
  ...[CONN_ASKED, CONN_OPENED, CONN_P50, CONN_MAX],
  latency('serviceP50', 'serv p50', 9, ({ latencyUs }) => quantileCell(latencyUs.service, 'p50')),
  latency('serviceP99', 'serv p99', 9, ({ latencyUs }) => quantileCell(latencyUs.service, 'p99')),
  latency('lagP50', 'lag p50', 9, ({ latencyUs }) => quantileCell(latencyUs.lag, 'p50')),
  latency('lagP99', 'lag p99', 9, ({ latencyUs }) => quantileCell(latencyUs.lag, 'p99')),
  column('halves', 'p50 halves', 'ms', 12, { value: halves }),
  column('warmP50', 'warm p50', 'ms', 9, {
    value: ofFlow(({ warmupUs }) => quantileCell(warmupUs, 'p50')),
    legend: LATENCY,
  }),
  column('warmP99', 'warm p99', 'ms', 9, {
    value: ofFlow(({ warmupUs }) => quantileCell(warmupUs, 'p99')),
    legend: LATENCY,
  }),
  column('unanswered', 'unanswered', 'msgs', 10, {
    value: ofFlow((flow) => figure(headlineOf(flow)?.censored ?? null, countText)),
    request: (request) => figure(headlineOf(request)?.censored ?? null, countText),
  }),
  column('backlog', 'backlog', 'msg/s', 7, {
    value: ({ overload }) => figure(overload.backlog?.perSecond ?? null, growthText),
  }),
  RSS,
].map(wide);

const COLUMNS: Readonly<Record<CellTableKind, readonly Column[]>> = {
  connections: [CONNS, HELD, ...QUANTILES, MAX, RATE, LOST, CPU, STATUS, ...WIDE],
  rate: [
    { ...ASKED, width: 6, unit: 'msg/s' },
    { ...RATE, name: 'achieved', width: 8 },
    ...QUANTILES,
    ...[MAX, LOST, CPU, STATUS, wide(HELD), ...WIDE],
  ],
  matrix: [CONNS, ASKED, ...QUANTILES, MAX, RATE, LOST, CPU, STATUS, wide(HELD), ...WIDE],
  hold: [
    ...[CONNS, HELD],
    column('rate', 'received', 'msg/s', 8, { value: ({ rate }) => figure(rate.receivedPerSecond, rateText) }),
    column('pingP50', 'ping p50', 'ms', 9, { value: ({ pingUs }) => quantileCell(pingUs, 'p50'), legend: LATENCY }),
    column('pingMax', 'ping max', 'ms', 8, { value: ({ pingUs }) => maxCell(pingUs), legend: LATENCY }),
    ...[CONN_P50, CPU, RSS, STATUS, CONN_ASKED, CONN_OPENED, CONN_MAX, ERR50, ERR99],
  ],
};

const second = (key: string, unit: string, width: number, value: Column<SecondResult>['value']): Column<SecondResult> =>
  column(key, key, unit, width, { value });

/** Also of a request, over the whole ramp. It has no quantiles there, as its cell has none. */
const counts = (key: 'planned' | 'sent' | 'answered', width: number): Column<SecondResult> =>
  column(key, key, 'msgs', width, {
    value: (of) => figure(of[key], countText),
    request: ({ messages }) => figure(messages[key], countText),
  });

const RAMP: readonly Column<SecondResult>[] = [
  second('second', '', 6, ({ second }) => figure(second, countText)),
  second('open', 'conns', 5, ({ open }) => figure(open, countText)),
  counts('planned', 7),
  counts('sent', 6),
];

const ANSWERED: readonly Column<SecondResult>[] = [
  counts('answered', 8),
  second('p50', 'ms', 7, ({ p50 }) => figure(p50, latencyText)),
  second('p90', 'ms', 7, ({ p90 }) => figure(p90, latencyText)),
  second('p99', 'ms', 7, ({ p99 }) => figure(p99, latencyText)),
  second('max', 'ms', 7, ({ max }) => figure(max, latencyText)),
];

const DELIVERED: readonly Column<SecondResult>[] = [
  column('delivered', 'delivered', '', 9, {
    value: ({ delivered = null }) => figure(delivered, countText),
    request: (_, deliveries) => figure(deliveries?.deliveries.delivered ?? null, countText),
  }),
  second('p50', 'ms', 7, ({ deliverP50 = null }) => figure(deliverP50, latencyText)),
  second('p99', 'ms', 7, ({ deliverP99 = null }) => figure(deliverP99, latencyText)),
];

/** The columns of a ramp: its rows are seconds of one cell. */
export function rampColumns(traits: readonly Trait[] = []): readonly Column<SecondResult>[] {
  return [...RAMP, ...(traits.includes('delivers') ? DELIVERED : ANSWERED)];
}

/** How long sessions took until they were ready. */
function ready(key: string, name: 'p50' | 'p99'): Column {
  return column(key, `ready ${name}`, 'ms', 9, {
    value: ({ session }) => quantileCell(session?.readyUs ?? null, name),
    legend: LATENCY,
  });
}

/** How long the messages of a request waited for what another reply brings. */
function wait(key: string, name: 'p50' | 'p99'): Column {
  return column(key, `wait ${name}`, 'ms', 9, {
    value: () => ({ text: '', gap: null }),
    request: ({ waitUs }) => (waitUs === undefined ? { text: '', gap: null } : quantileCell(waitUs, name)),
    legend: LATENCY,
  });
}

const BY_TRAIT: Readonly<Record<Exclude<Trait, 'delivers'>, readonly Column[]>> = {
  speaks: [counted('failed', 6), counted('blocked', 7)].map(wide),
  session: [ready('readyP50', 'p50'), ready('readyP99', 'p99')].map(wide),
  waits: [wait('waitP50', 'p50'), wait('waitP99', 'p99')].map(wide),
};

/** The columns of a table whose rows are cells. `traits`: of any of the cells. */
export function cellColumns(kind: CellTableKind, traits: readonly Trait[] = []): readonly Column[] {
  const own = (trait: keyof typeof BY_TRAIT) => (traits.includes(trait) ? BY_TRAIT[trait] : []);
  // How long a session took stands beside how long the connect took.
  const usual = traits.includes('delivers') && kind !== 'hold' ? deliveryColumns(COLUMNS[kind]) : COLUMNS[kind];
  const columns = usual.flatMap((each) => (each.key === CONN_MAX.key ? [each, ...own('session')] : [each]));
  return [...columns, ...own('speaks'), ...own('waits')];
}

/** What a header needs of the columns of a table. */
export function columnsOf(kind: TableKind, traits: readonly Trait[] = []): readonly ColumnHead[] {
  const columns: readonly ColumnHead[] = kind === 'ramp' ? rampColumns(traits) : cellColumns(kind, traits);
  return columns.map(({ key, name, unit, width, align, detail }) => ({ key, name, unit, width, align, detail }));
}

/** The columns to show at a level of detail, `status` last. */
export function columnsAt<T extends ColumnHead>(columns: readonly T[], detail: Detail): T[] {
  const shown = columns.filter((each) => detail === 'wide' || each.detail === 'narrow');
  return [...shown.filter(({ key }) => key !== 'status'), ...shown.filter(({ key }) => key === 'status')];
}
