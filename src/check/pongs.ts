import { formatDuration } from '../units.js';
import type { CheckSocket } from './check-socket.js';
import type { CheckContext } from './context.js';

const PING_EVERY_MS = 100;
/** A server that left so many unanswered in a row answers none. */
const UNANSWERED_ENOUGH = 3;

/** Pings one after the other until `traffic` is over; the time each pong took, ms, null where none came. */
export async function pongsWhile(
  context: CheckContext,
  socket: CheckSocket,
  traffic: Promise<unknown>,
): Promise<(number | null)[]> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  traffic.then(over, over);
  const tookMs: (number | null)[] = [];
  while (!isOver && !unansweredEnough(tookMs)) {
    tookMs.push(await socket.ping(context.replyMs));
    await context.sleep(PING_EVERY_MS);
  }
  return tookMs;
}

function unansweredEnough(tookMs: readonly (number | null)[]): boolean {
  return tookMs.length >= UNANSWERED_ENOUGH && tookMs.slice(-UNANSWERED_ENOUGH).every((each) => each === null);
}

/** What is wrong with these pongs, or null. `waitedMs`: how long each was waited for. */
export function pongProblem(tookMs: readonly (number | null)[], limitMs: number, waitedMs: number): string | null {
  const answered = tookMs.filter((each) => each !== null);
  const none = tookMs.length - answered.length;
  if (none > 0) return `${none} of ${tookMs.length} pings had no pong within ${formatDuration(waitedMs)}`;
  const late = answered.filter((each) => each > limitMs);
  if (late.length === 0) return null;
  const slowest = formatDuration(Math.max(...late));
  return `${late.length} of ${tookMs.length} pongs took longer than ${formatDuration(limitMs)}, the slowest ${slowest}`;
}
