import type { Reason } from './verdict.js';

/** What no busy machine causes: counters that contradict each other, and a worker that died. */
const NEVER_NOISE: readonly string[] = ['conservation', 'worker_lost'];

/**
 * Whether this reason may come and go with what else the machine does. Nearly every doubt about the client may: a stall of
 * 50 ms is enough for `client_lag`. So a test that runs real load must allow these, and may allow no others.
 */
export function isClientNoise({ side, code }: Pick<Reason, 'side' | 'code'>): boolean {
  return side === 'client' && !NEVER_NOISE.includes(code);
}
