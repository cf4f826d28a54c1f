import type { ReconnectSpec } from '../profile/profile.js';

/**
 * How long to wait before a lost connection is tried again, ms. `attempt`: tries that failed since it was lost; `draw`:
 * a random number in [0, 1). Backoff waits for `min(cap, base 2^attempt)`, with full jitter for an even share of it
 * ("full jitter" of Marc Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015), so that many clients
 * that were lost together do not come back together. Immediate goes at once, but not without end: after a failure it
 * waits for `base`.
 */
export function reconnectDelayMs(
  { policy, baseMs, capMs, jitter }: ReconnectSpec,
  attempt: number,
  draw: number,
): number {
  if (policy === 'immediate') return attempt === 0 ? 0 : baseMs;
  const mostMs = Math.min(capMs, baseMs * 2 ** attempt);
  return jitter === 'full' ? draw * mostMs : mostMs;
}
