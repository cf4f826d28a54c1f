import { isErrorKnown } from '../accuracy.js';
import { isUndelivered } from '../validity.js';
import type { ComparedCell, ComparedRun } from './compared-run.js';

/**
 * Whether a cell counts in a comparison: its load was delivered and counted whole. How wide its brackets are does not
 * matter here, since the comparison weighs that itself; where they are not known, its validity decides.
 */
export function isUsable({ verdict }: Pick<ComparedRun, 'verdict'>, cell: ComparedCell): boolean {
  if (cell.interrupted) return false;
  if (cell.validity !== 'invalid') return true;
  return isErrorKnown(cell) && !isUndelivered(verdict.reasons.filter((reason) => reason.cell === cell.id));
}
