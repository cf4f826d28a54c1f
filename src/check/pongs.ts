import { formatDuration } from '../units.js';
import type { CheckSocket } from './check-socket.js';
import type { CheckContext } from './context.js';
import { lateness, type Shortfall } from './kept-rate.js';
import type { Standstill } from './standstill.js';

const PING_EVERY_MS = 100;
/** After so many unanswered pings in a row the server is taken to answer none. */
const UNANSWERED_ENOUGH = 3;

/** Sends one ping after the other until `traffic` ends. The time that each pong took, ms; null if none came. */
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

/** A text about pings without a pong; null if there are none. `waitedMs`: how long each pong was waited for. */
export function unansweredProblem(tookMs: readonly (number | null)[], waitedMs: number): string | null {
  const none = tookMs.filter((each) => each === null).length;
  return none === 0 ? null : `${none} of ${tookMs.length} pings had no pong within ${formatDuration(waitedMs)}`;
}

/** A text about pongs that took longer than the limit; null if there are none. */
export function pongLateness(tookMs: readonly (number | null)[], limitMs: number, stood: Standstill): Shortfall | null {
  const late = tookMs.filter((each) => each !== null && each > limitMs) as number[];
  const slowestMs = Math.max(0, ...late);
  const limit = formatDuration(limitMs);
  const reason = `${late.length} of ${tookMs.length} pongs took longer than ${limit}, the slowest ${formatDuration(slowestMs)}`;
  return lateness(slowestMs, limitMs, reason, stood);
}
