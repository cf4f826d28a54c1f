/**
 * The columns of a load in which no message has a reply and messages reach others: what it does is deliver. The latencies
 * of replies give way to deliver times, the rate to deliveries a second, and `lost` to `missed`.
 */
import type { FanoutResult } from '../../metrics/fanout-result.js';
import { type PooledDeliveries, pooledDeliveries } from '../../metrics/pooled-deliveries.js';
import { countText, rateText } from '../../text/number-text.js';
import { type CellText, figure, headlineCell, maxCell, quantileCell } from './cell-text.js';
import { type Column, column, type Legend, type RowCell } from './column.js';

/** Of deliveries. */
const LEGEND: Legend = { bracket: 'bracket', atLeast: 'missed', atMost: 'atMost' };
const NONE: CellText = { text: '', gap: null };

/** The same of a cell and of one of its requests. Empty for a request that reaches nobody. */
function ofDeliveries(key: string, name: string, unit: string, width: number, of: (all: PooledDeliveries) => CellText) {
  const told = (fanouts: readonly FanoutResult[]) => {
    const all = pooledDeliveries(fanouts);
    return all === null ? NONE : of(all);
  };
  return column<RowCell>(key, name, unit, width, {
    value: ({ fanout = [] }) => told(fanout),
    request: (_, fanout) => told(fanout === undefined ? [] : [fanout]),
    legend: LEGEND,
  });
}

/**
 * A quantile of the deliver time, with its own bracket. Its 95 % interval is not shown: it takes deliveries as if each
 * came by itself, but all deliveries of one message are late together.
 */
export function deliverCell(
  { deliverUs, serviceUs, brackets }: Pick<PooledDeliveries, 'deliverUs' | 'serviceUs' | 'brackets'>,
  name: 'p50' | 'p95' | 'p99',
): CellText {
  const cell = headlineCell({ latencyUs: { response: deliverUs, service: serviceUs, lag: null } }, name, brackets);
  return cell.gap === null ? cell : quantileCell(deliverUs, name, 'missed');
}

const quantile = (name: 'p50' | 'p95' | 'p99') => ofDeliveries(name, name, 'ms', 9, (all) => deliverCell(all, name));
const service = (key: string, name: 'p50' | 'p99') =>
  ofDeliveries(key, `serv ${name}`, 'ms', 9, ({ serviceUs }) => quantileCell(serviceUs, name, 'missed'));

/** By the key of the column that each takes the place of; null: nothing does. */
const INSTEAD: Readonly<Record<string, Column | null>> = {
  ...{ p50: quantile('p50'), p95: quantile('p95'), p99: quantile('p99') },
  ...{ ci50: null, ci95: null, ci99: null },
  max: ofDeliveries('max', 'max', 'ms', 7, ({ deliverUs }) => maxCell(deliverUs)),
  rate: ofDeliveries('rate', 'deliv', '/s', 5, ({ perSecond }) => figure(perSecond, rateText)),
  lost: ofDeliveries('missed', 'missed', '', 6, ({ missed }) => figure(missed, countText)),
  ...{ serviceP50: service('serviceP50', 'p50'), serviceP99: service('serviceP99', 'p99') },
  ...{ halves: null, warmP50: null, warmP99: null, unanswered: null, backlog: null },
};

/** The columns of such a load, made from those of others. */
export function deliveryColumns(columns: readonly Column[]): Column[] {
  return columns.flatMap((each) => {
    const own = INSTEAD[each.key];
    if (own === null) return [];
    return [own === undefined ? each : { ...own, detail: each.detail }];
  });
}
