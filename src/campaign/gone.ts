import type { CellResult } from '../metrics/cell-result.js';

/**
 * True if the target accepted none of the connections that were tried. Further cells would only wait for time-outs.
 */
export function isGone({ connections }: CellResult): boolean {
  return connections.opened === 0 && connections.attempts > 0;
}
