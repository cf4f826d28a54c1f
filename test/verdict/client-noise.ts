import { REASONS, type ReasonCode } from '../../src/verdict/reasons.js';
import type { Reason } from '../../src/verdict/verdict.js';

/**
 * Whether a busy machine may cause this reason. It may cause nearly every doubt about the client: a stall of 50 ms is
 * enough for `client_lag`. A test with real load must allow these reasons and may allow no others.
 */
export function isClientNoise({ side, code }: Pick<Reason, 'side' | 'code'>): boolean {
  return side === 'client' && REASONS[code as ReasonCode]?.isNeverNoise !== true;
}
