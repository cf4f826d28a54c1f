/** Was a rate kept, and if not, who is to blame? Pure functions, so that tests can try every case. */

import { formatCount, formatDuration } from '../units.js';
import { cannotJudge, type Evidence, judged, type Outcome } from './check.js';
import { ratePerSecond } from './paced.js';
import type { Standstill } from './standstill.js';

/** The server keeps a rate if it reaches this share of it, from the first message to the last. */
export const KEPT_SHARE = 0.8;
/** This machine did its part if it sent at this share of the rate. */
const OWN_SHARE = 0.95;

/** Why a rate was not kept. `client`: this machine was too slow, so nothing can be said about the server. */
export interface Shortfall {
  readonly side: 'client' | 'server';
  readonly reason: string;
}

/** Null if it took no longer than the limit, otherwise `reason`. */
export function lateness(tookMs: number, limitMs: number, reason: string, stood: Standstill): Shortfall | null {
  if (tookMs <= limitMs) return null;
  return tookMs - stood.totalMs > limitMs
    ? { side: 'server', reason }
    : { side: 'client', reason: ours(reason, stood) };
}

/**
 * Failed if the server is to blame. If only this machine was too slow, the check is not judged. `problems`: what is
 * wrong with the messages themselves.
 */
export function judgedFairly(
  problems: readonly (string | null)[],
  shortfalls: readonly (Shortfall | null)[],
  evidence: Partial<Evidence>,
): Outcome {
  const short = shortfalls.filter((each) => each !== null);
  const theirs = short.filter(({ side }) => side === 'server').map(({ reason }) => reason);
  const own = short.find(({ side }) => side === 'client');
  const outcome = judged([...problems, ...theirs], evidence);
  return outcome.status === 'passed' && own !== undefined ? cannotJudge(own.reason, evidence) : outcome;
}

function ours(reason: string, { totalMs }: Standstill): string {
  return `${reason}; this machine itself stood still for ${formatDuration(totalMs)}`;
}

/** Null if this machine sent at the rate, or nearly so. */
export function sendingShortfall(rate: number, sentAtMs: readonly number[]): Shortfall | null {
  const own = ratePerSecond(sentAtMs);
  if (own >= OWN_SHARE * rate) return null;
  return { side: 'client', reason: `this machine sent only ${perSecond(own)} a second, not ${perSecond(rate)}` };
}

/** Null if the messages came at the rate. `what` as in `replies came at 168 a second`. */
export function receivingShortfall(
  what: string,
  rate: number,
  cameAtMs: readonly number[],
  stood: Standstill,
): Shortfall | null {
  const spanMs = (cameAtMs.at(-1) ?? 0) - (cameAtMs[0] ?? 0);
  // Too few messages have no rate. That they are too few is judged elsewhere.
  if (cameAtMs.length < 2) return null;
  const reached = ratePerSecond(cameAtMs);
  const isKept = (overMs: number) => (cameAtMs.length - 1) * 1000 >= KEPT_SHARE * rate * overMs;
  if (isKept(spanMs)) return null;
  const reason = `${what} came at ${perSecond(reached)} a second, not ${perSecond(rate)}`;
  if (!isKept(Math.max(0, spanMs - stood.totalMs))) return { side: 'server', reason };
  return { side: 'client', reason: ours(reason, stood) };
}

function perSecond(rate: number): string {
  return rate < 10 ? String(Number(rate.toFixed(1))) : formatCount(Math.round(rate));
}
