/**
 * The columns of a fan-out table, each with its value and with what its signs owe the reader. The narrow ones fit 80
 * columns together.
 */
import type { JudgedCell } from '../../documents/result-document.js';
import type { QuantileName } from '../../metrics/cell-result.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import { countText, NOT_AVAILABLE, rateText, reachText } from '../../text/number-text.js';
import { reachesOneEach } from '../../verdict/deliver-times.js';
import { NOBODY_OWED } from '../../verdict/deliveries-text.js';
import { type CellText, figure, maxCell, quantileCell } from './cell-text.js';
import { type Column, column, type Legend } from './column.js';
import { deliverCell } from './delivery-columns.js';

/** One request that reaches others, in one cell. */
export interface FanoutSource {
  readonly cell: JudgedCell;
  readonly fanout: FanoutResult;
}

type FanoutColumn = Column<FanoutSource>;

const TIME: Legend = { bracket: 'bracket', atLeast: 'missed', atMost: 'atMost' };

/** How many connections a message is for: the mean over its messages, gone ones included; null without messages. */
export function subscribersPerMessage({ messages, deliveries }: FanoutResult): number | null {
  return messages.sent === 0 ? null : deliveries.expected / messages.sent;
}

const wide = (one: FanoutColumn): FanoutColumn => ({ ...one, detail: 'wide' });

function counted(key: keyof FanoutResult['deliveries'], width: number): FanoutColumn {
  return column(key, key, '', width, { value: ({ fanout }) => figure(fanout.deliveries[key], countText) });
}

function deliver(name: 'p50' | 'p99'): FanoutColumn {
  const value = ({ fanout }: FanoutSource) => deliverCell(fanout, name);
  return column(`deliver_${name}`, name, 'ms', 9, { value, legend: TIME });
}

/** What is said of deliveries and messages that have no time. */
const WITHOUT = {
  ...{ deliver: 'missed', service: 'missed', first: 'reached nobody' },
  ...{ last: 'did not reach all', spread: 'did not reach all' },
} as const;

const ONE_EACH: CellText = { text: NOT_AVAILABLE, gap: 'each message is for one connection' };
const NOBODY: CellText = { text: NOT_AVAILABLE, gap: NOBODY_OWED };

const TIMES = {
  service: ({ fanout }: FanoutSource) => fanout.serviceUs,
  first: ({ fanout }: FanoutSource) => fanout.firstUs,
  last: ({ fanout }: FanoutSource) => fanout.lastUs,
  spread: ({ fanout }: FanoutSource) => fanout.spreadUs,
} as const;

function time(of: keyof typeof TIMES, name: QuantileName, title: string, width = 9): FanoutColumn {
  const value = (source: FanoutSource) =>
    of === 'spread' && reachesOneEach(source.fanout) ? ONE_EACH : quantileCell(TIMES[of](source), name, WITHOUT[of]);
  return column(`${of}_${name}`, title, 'ms', width, { value, legend: TIME });
}

const ALWAYS: readonly FanoutColumn[] = [
  column('subs', 'subs', '', 5, { value: ({ fanout }) => figure(subscribersPerMessage(fanout), subscribersText) }),
  wide(column('conns', 'conns', '', 5, { value: ({ cell }) => figure(cell.axes.connections, countText) })),
  column('sent', 'sent', 'msg/s', 5, { value: ({ fanout }) => figure(fanout.perSecond.sent, rateText) }),
  column('delivered', 'deliv', '/s', 5, { value: ({ fanout }) => figure(fanout.perSecond.delivered, rateText) }),
  column('reach', 'reach', '%', 6, {
    value: ({ fanout }) => (fanout.reach === null ? NOBODY : figure(fanout.reach, reachText)),
  }),
  ...[deliver('p50'), deliver('p99')],
  ...[wide(time('first', 'p50', 'first p50')), wide(time('first', 'p99', 'first p99'))],
  ...[time('last', 'p50', 'last p50', 8), time('last', 'p99', 'last p99', 8)],
  wide(column('last_max', 'last max', 'ms', 8, { value: ({ fanout }) => maxCell(fanout.lastUs), legend: TIME })),
  ...[wide(time('spread', 'p50', 'spread p50', 10)), time('spread', 'p99', 'spread p99', 10)],
  ...[wide(time('service', 'p50', 'serv p50')), wide(time('service', 'p99', 'serv p99'))],
  wide(counted('expected', 8)),
  counted('missed', 6),
  wide(counted('redelivered', 11)),
];

/** Columns that stand only where there was any. */
const IF_ANY: readonly (FanoutColumn & { readonly key: string })[] = [
  wide(counted('late', 5)),
  wide(counted('gone', 5)),
  wide(counted('replayed', 8)),
];

/** The columns of a table of these rows. */
export function fanoutColumns(sources: readonly FanoutSource[]): readonly FanoutColumn[] {
  const any = (key: string) =>
    sources.some(({ fanout }) => fanout.deliveries[key as keyof FanoutResult['deliveries']] > 0);
  return [...ALWAYS, ...IF_ANY.filter(({ key }) => any(key))];
}

/** At most 5 characters: `100`, `9.5`. */
function subscribersText(count: number): string {
  return Number.isInteger(count) || count >= 1000 ? countText(count) : String(Number(count.toFixed(1)));
}
