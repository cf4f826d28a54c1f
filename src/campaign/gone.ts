import type { CellResult } from '../metrics/cell-result.js';

/**
 * True where the target took none of the connections that were tried: whatever comes next would only wait for
 * time-outs.
 */
export function isGone({ connections }: CellResult): boolean {
  return connections.opened === 0 && connections.attempts > 0;
}
