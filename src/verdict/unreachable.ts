/** Is there a target at all? Cells against none would only wait for time-outs. */
import type { CellResult } from '../metrics/cell-result.js';

/** True if the target accepted none of the connections that were tried. */
export function isUnreachable({ connections }: Pick<CellResult, 'connections'>): boolean {
  return connections.opened === 0 && connections.attempts > 0;
}

/** True if the target died while connections opened: those that had opened are lost, and the rest was refused. */
export function diedWhileConnecting({ connections, errors }: Pick<CellResult, 'connections' | 'errors'>): boolean {
  const isRefused = errors.some(({ phase, code }) => phase === 'connect' && code === 'ECONNREFUSED');
  return connections.held === 0 && isRefused;
}
