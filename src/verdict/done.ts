/** What a target really did while it was measured. */
import type { CellResult } from '../metrics/cell-result.js';
import { measuredMs } from './cell-facts.js';

/**
 * Answers a second that came within the measured time. `rate.answeredPerSecond` counts the answers to all that was due in
 * that time, also those of the drain: a target that does 820 a second of 1,000 answers the rest later. What is in flight
 * grows by that difference, so the growth is taken off; what was never answered is in no count of answers.
 */
export function donePerSecond(cell: CellResult): number {
  const { answeredPerSecond } = cell.rate;
  const seconds = measuredMs(cell) / 1000;
  const total = (name: 'planned' | 'answered' | 'unmatched') =>
    cell.flows.reduce((sum, { messages }) => sum + messages[name], 0);
  if (seconds <= 0 || total('answered') === 0 || total('unmatched') > 0) return answeredPerSecond;
  const neverPerSecond = Math.max(0, total('planned') - total('answered')) / seconds;
  return Math.max(0, answeredPerSecond - Math.max(0, growthPerSecond(cell) - neverPerSecond));
}

/** From the end of the first second to that of the last: 0 where there are no two of them. */
function growthPerSecond({ seconds }: CellResult): number {
  const known = seconds.filter(({ phase, inFlight }) => phase === 'measure' && inFlight !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || last.second === first.second) return 0;
  return (last.inFlight! - first.inFlight!) / (last.second - first.second);
}
