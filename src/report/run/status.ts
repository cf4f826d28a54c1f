/** The status of a row: the one word that the reader must know first. */
import type { GateResult, TargetStatus, Validity } from '../../verdict/verdict.js';

export type Status = 'VALID' | 'DEGRADED' | 'INVALID' | 'OVERLOAD' | 'DOWN' | 'FAIL' | 'RUNNING';

/** The sign of a status in a grid, where a word has no room. */
export const STATUS_MARK: Readonly<Record<Status, string>> = {
  VALID: ' ',
  DEGRADED: '~',
  INVALID: '!',
  OVERLOAD: '^',
  DOWN: 'x',
  FAIL: '#',
  RUNNING: ' ',
};

export interface Judged {
  readonly validity: Validity;
  readonly target: TargetStatus;
}

/**
 * INVALID comes first, since such a measurement says nothing about the target; then the target's state, then its gates.
 */
export function statusOf({ validity, target }: Judged, failedGates: readonly GateResult[]): Status {
  if (validity === 'invalid') return 'INVALID';
  if (validity === 'valid' && target === 'down') return 'DOWN';
  if (validity === 'valid' && target === 'overloaded') return 'OVERLOAD';
  if (failedGates.length > 0 || target === 'failing') return 'FAIL';
  return validity === 'degraded' ? 'DEGRADED' : 'VALID';
}
