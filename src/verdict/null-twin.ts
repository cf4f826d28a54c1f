/** Is the null twin of a cell a valid floor, and how far are the cell's figures above it? */
import type { CellResult, NullTwin } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import { plain } from './cell-facts.js';
import { FLOOR_MULTIPLE } from './limits.js';
import { judgeCell } from './validity.js';

/** The floor of a cell. A twin is no floor if its measurement is INVALID or its echo did not keep up. */
export function judgeTwin(result: CellResult): NullTwin {
  if (result.interrupted) return { status: 'none', reason: 'interrupted' };
  const { validity, target, reasons } = judgeCell(result, []);
  const doubts = reasons.filter(({ side, severity }) => side === 'client' && severity !== 'note');
  const worst = doubts.find(({ severity }) => severity === 'invalid') ?? doubts[0];
  const reason = worst === undefined ? null : `${worst.code}: ${worst.message}`;
  if (validity === 'invalid') return { status: 'invalid', reason: reason ?? 'not measured' };
  if (target !== 'ok') {
    const own = reasons.find(({ side }) => side === 'target');
    return { status: 'invalid', reason: `the null echo is ${target}: ${own?.message ?? 'it did not answer'}` };
  }
  return { status: 'measured', validity, engine: result.server.engine, latencyUs: flowOf(result).latencyUs, reason };
}

/** The median of a cell as a multiple of its floor; null if one of them is no plain number. */
export function timesFloor(cell: CellResult): number | null {
  const { nullTwin } = cell;
  if (nullTwin?.status !== 'measured') return null;
  const [own, floor] = [headlineOf(flowOf(cell)), nullTwin.latencyUs.response];
  const p50 = own === null ? null : plain(own, 'p50');
  const floorP50 = floor === null ? null : plain(floor, 'p50');
  return p50 === null || floorP50 === null || floorP50 === 0 ? null : p50 / floorP50;
}

/** Notes on a floor: the figures are near it, it is in doubt, or there is none. */
export function twinNotes(cell: CellResult): string[] {
  const { nullTwin } = cell;
  if (nullTwin === undefined) return [];
  if (nullTwin.status !== 'measured') {
    return [`no floor: ${nullTwin.status === 'invalid' ? 'the null twin is INVALID: ' : ''}${nullTwin.reason}`];
  }
  const times = timesFloor(cell);
  const isNear = times !== null && times < FLOOR_MULTIPLE;
  const near = `p50 is ${times?.toFixed(1)} times its floor: the figures are mostly the tool's and the machine's own`;
  const doubt = `the floor is in doubt: ${nullTwin.reason}`;
  return [...(isNear ? [near] : []), ...(nullTwin.validity === 'degraded' ? [doubt] : [])];
}
