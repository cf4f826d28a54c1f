/** The throughput of a target within the measured time. */
import type { CellResult } from '../metrics/cell-result.js';
import { isUnmatched, unansweredOf } from '../metrics/censored.js';
import { flowOf } from '../metrics/flow.js';
import { hasFanout, measuredMs } from './cell-facts.js';
import { keptUpPerSecond, slowingFanout } from './overload.js';

/** Whether what the target does is counted in deliveries: its messages reach others and ask for no reply. */
export function countsDeliveries(cell: CellResult): boolean {
  return hasFanout(cell) && isUnmatched(flowOf(cell).messages);
}

/**
 * Answers per second that came within the measured time; deliveries per second where no reply is asked for.
 * `rate.answeredPerSecond` also counts answers that came in the drain: a target that does 820 of 1,000 a second answers
 * the rest later. Meanwhile the messages in flight grow by 180 a second, so that growth is subtracted.
 */
export function donePerSecond(cell: CellResult): number {
  if (countsDeliveries(cell)) {
    const slowing = slowingFanout(cell);
    return cell.fanout!.reduce((sum, each) => sum + keptUpPerSecond(each, each.name === slowing?.name), 0);
  }
  const { answeredPerSecond } = cell.rate;
  const seconds = measuredMs(cell) / 1000;
  const { messages } = flowOf(cell);
  if (seconds <= 0 || messages.answered === 0 || isUnmatched(messages)) return answeredPerSecond;
  const neverPerSecond = unansweredOf(messages) / seconds;
  return Math.max(0, answeredPerSecond - Math.max(0, growthPerSecond(cell) - neverPerSecond));
}

/**
 * Growth of the messages in flight, from the end of the first second to the end of the last; 0 with fewer than two
 * seconds.
 */
function growthPerSecond({ seconds }: CellResult): number {
  const known = seconds.filter(({ phase, inFlight }) => phase === 'measure' && inFlight !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || last.second === first.second) return 0;
  return (last.inFlight! - first.inFlight!) / (last.second - first.second);
}
