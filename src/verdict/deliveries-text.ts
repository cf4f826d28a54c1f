import type { CellResult } from '../metrics/cell-result.js';
import type { CounterName } from '../metrics/counters.js';
import type { FanoutResult } from '../metrics/fanout-result.js';
import { flowOf } from '../metrics/flow.js';
import { formatCount } from '../units.js';
import { percent } from './cell-facts.js';

type Kind = Extract<CounterName, 'missed' | 'redelivered' | 'gone' | 'deliveredLate' | 'replayed' | 'misdelivered'>;

const WORDS: Readonly<Record<Kind, string>> = {
  missed: 'missed',
  redelivered: 'came twice',
  gone: 'went to connections that had closed',
  deliveredLate: 'came after the timeout',
  replayed: 'were of messages sent before their connection was open',
  misdelivered: 'came to connections that they were not for',
};

/**
 * `12 of 100,000 deliveries missed (0.01 %), most of them say: 10; worst: connection 7, with 495 of 500`. With its share
 * and the worst connection only if it is `missed`.
 */
export function deliveriesText(cell: CellResult, kind: Kind): string {
  const { messages } = flowOf(cell);
  const count = messages[kind];
  const unit = count === 1 ? 'delivery' : 'deliveries';
  if (kind !== 'missed') return `${formatCount(count)} ${unit} ${WORDS[kind]}${worstText(cell, kind, count)}`;
  return `${missedText(cell)}${worstText(cell, kind, count)}${count === 0 ? '' : worstConnection(cell)}`;
}

/** A share of nothing is none: no connection was open when a message was sent, or all had closed before it came. */
export const NOBODY_OWED = 'no connection was owed a delivery';

/** `12 of 100,000 deliveries missed (0.01 %)`. */
export function missedText(cell: CellResult): string {
  const { missed, delivered } = flowOf(cell).messages;
  const owed = delivered + missed;
  if (owed === 0) return NOBODY_OWED;
  const share = missed === 0 ? '' : ` (${percent(missed / owed)})`;
  return `${formatCount(missed)} of ${formatCount(owed)} deliveries missed${share}`;
}

/** Which request has the most of them; empty if only one reaches others. */
function worstText({ fanout = [] }: CellResult, kind: Kind, all: number): string {
  const name = FIELDS[kind];
  if (fanout.length < 2 || name === undefined || all === 0) return '';
  const worst = fanout.reduce((a, b) => (b.deliveries[name] > a.deliveries[name] ? b : a));
  const count = worst.deliveries[name];
  return count === 0 ? '' : `, ${count === all ? 'all' : 'most'} of them ${worst.name}: ${formatCount(count)}`;
}

const FIELDS: Readonly<Partial<Record<Kind, keyof FanoutResult['deliveries']>>> = {
  missed: 'missed',
  redelivered: 'redelivered',
  gone: 'gone',
  deliveredLate: 'late',
  replayed: 'replayed',
};

function worstConnection({ subscribers }: CellResult): string {
  const [worst] = subscribers?.worst ?? [];
  if (worst === undefined) return '';
  return `; worst: connection ${worst.connection}, with ${formatCount(worst.delivered)} of ${formatCount(worst.owed)}`;
}
