import { isErrorKnown } from '../accuracy.js';
import { isUndelivered } from '../validity.js';
import type { ComparedCell, ComparedRun } from './compared-run.js';

/**
 * Whether a cell counts in a comparison: its load was delivered and counted in full. The width of its brackets does not
 * matter here, because the comparison takes it into account. If the brackets are unknown, the validity of the cell
 * decides.
 */
export function isUsable({ verdict }: Pick<ComparedRun, 'verdict'>, cell: ComparedCell): boolean {
  if (cell.interrupted) return false;
  if (cell.validity !== 'invalid') return true;
  return isErrorKnown(cell) && !isUndelivered(verdict.reasons.filter((reason) => reason.cell === cell.id));
}
