/** Beside what everybody else got: what those got who read slowly on purpose. */
import type { SlowResult } from '../../metrics/fanout-result.js';
import { countText, reachText } from '../../text/number-text.js';
import { formatCount } from '../../units.js';
import { type CellText, figure, quantileCell } from './cell-text.js';
import { deliverCell } from './delivery-columns.js';

const EMPTY: CellText = { text: '', gap: null };

/** What stands in their row of a fan-out table, by the key of a column. Columns that say nothing of them are empty. */
export function slowCell(key: string, slow: SlowResult): CellText {
  const { delivered, missed } = slow;
  switch (key) {
    case 'subs':
      return { text: 'slow', gap: null };
    case 'reach':
      return figure(delivered + missed === 0 ? null : delivered / (delivered + missed), reachText);
    case 'deliver_p50':
      return timeCell(slow, 'p50');
    case 'deliver_p99':
      return timeCell(slow, 'p99');
    case 'missed':
      return figure(missed, countText);
    default:
      return EMPTY;
  }
}

/** With its bracket, as the row above it; a result of an older version has none. */
function timeCell({ deliverUs, serviceUs, brackets }: SlowResult, name: 'p50' | 'p99'): CellText {
  return serviceUs === undefined
    ? quantileCell(deliverUs, name, 'missed')
    : deliverCell({ deliverUs, serviceUs, brackets }, name);
}

/** `slow: 4 connections that read 10 messages a second at most; the row above it is of the others`. */
export function slowText({ connections, ratePerSecond }: SlowResult): string {
  const who = `${formatCount(connections)} ${connections === 1 ? 'connection' : 'connections'}`;
  const verb = connections === 1 ? 'reads' : 'read';
  const rate = formatCount(ratePerSecond ?? 0);
  const how =
    ratePerSecond === null ? `${verb} nothing` : `${verb} ${rate} message${rate === '1' ? '' : 's'} a second at most`;
  return `slow: ${who} that ${how}; the row above it is of the others`;
}
