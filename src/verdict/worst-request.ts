import type { CellResult, RequestResult } from '../metrics/cell-result.js';
import type { CounterName } from '../metrics/counters.js';
import { formatCount } from '../units.js';
import { percent } from './cell-facts.js';

/**
 * Which request has the most of something bad: `, most of them login: 480 of its 500 (96 %)`. Empty if the cell has no
 * requests, or none of them has any.
 */
export function worstRequestText({ requests = [] }: CellResult, of: CounterName | 'lost'): string {
  const [first, ...others] = requests.filter(({ messages }) => messages[of] > 0).sort(byMost(of));
  if (first === undefined) return '';
  const { name, messages } = first;
  const share = messages.planned === 0 ? '' : ` (${percent(messages[of] / messages.planned)})`;
  const which = others.length === 0 ? `all of them ${name}` : `most of them ${name}`;
  return `, ${which}: ${formatCount(messages[of])} of its ${formatCount(messages.planned)}${share}`;
}

function byMost(of: CounterName | 'lost') {
  return (a: RequestResult, b: RequestResult) => b.messages[of] - a.messages[of];
}
