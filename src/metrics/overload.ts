/** How far the target fell behind: the growth of the messages in flight, and the messages never answered. */
import { type Cell, isMatched, isRamp } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import { leastSquares } from '../stats/least-squares.js';
import type { Overload } from './cell-result.js';
import { awaitedOf, unansweredOf } from './censored.js';
import type { CounterName } from './counters.js';
import type { SecondResult } from './second-result.js';

/** A line through fewer seconds says little. */
const FEWEST_SECONDS = 5;

/** `counters` and `seconds` of the measure phase. */
export function overloadOf(
  cell: Cell,
  counters: Readonly<Record<CounterName, number>>,
  seconds: readonly SecondResult[],
): Overload {
  const awaited = awaitedOf(counters);
  if (awaited === 0 || !isMatched(cell)) return { backlog: null, unanswered: null };
  return {
    backlog: MODELS[cell.model].growsBacklog && !isRamp(cell) ? backlogOf(seconds) : null,
    unanswered: unansweredOf(counters) / awaited,
  };
}

function backlogOf(seconds: readonly SecondResult[]): Overload['backlog'] {
  const points = seconds.flatMap(({ second, inFlight }) => (inFlight === null ? [] : [[second, inFlight] as const]));
  if (points.length < FEWEST_SECONDS) return null;
  const whole = leastSquares(points);
  const late = leastSquares(points.slice(Math.floor(points.length / 2)));
  if (whole === null || late === null) return null;
  return { perSecond: whole.slope, r2: whole.r2, latePerSecond: late.slope };
}
