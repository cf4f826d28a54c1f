import type { Reason } from './verdict.js';

/** Reasons that a busy machine never causes: contradicting counters, and a worker that died. */
const NEVER_NOISE: readonly string[] = ['conservation', 'worker_lost'];

/**
 * Whether a busy machine may cause this reason. It may cause nearly every doubt about the client: a stall of 50 ms is enough
 * for `client_lag`. A test with real load must allow these reasons and may allow no others.
 */
export function isClientNoise({ side, code }: Pick<Reason, 'side' | 'code'>): boolean {
  return side === 'client' && !NEVER_NOISE.includes(code);
}
