/** One saved run as a line of a history. */
import { hasFanout } from '../cell-facts.js';
import { cellFingerprint, environmentFingerprint } from '../compare/comparable.js';
import type { ComparedCell, ComparedRun } from '../compare/compared-run.js';
import { COMPARED_KEYS, type ComparedKey, isDeliverKey } from '../compare/metrics.js';
import { isToldOfRequests, withRequestCells } from '../compare/request-cells.js';
import { isUsable } from '../compare/usable.js';
import { comparedValue } from '../compare/values.js';
import type { TargetStatus, Validity } from '../verdict.js';
import { BOUNDED_KEYS, type BoundedKey, type HistoryCell, type HistoryRun } from './series.js';

export interface HistoryLine extends HistoryRun {
  readonly labels: Record<string, string>;
  readonly cells: (HistoryCell & { readonly target: TargetStatus })[];
}

/**
 * Each request is a cell of its own, behind its cell. Ramps have no single row, so they are left out. An interrupted
 * cell counts as not validly measured.
 */
export function historyLine(
  run: ComparedRun & { readonly verdict: { readonly validity: Validity } },
  of: {
    readonly commit: string | null;
    readonly branch: string | null;
    readonly labels: Readonly<Record<string, string>>;
  },
): HistoryLine {
  const told = withRequestCells(run);
  return {
    runId: run.runId,
    startedAt: run.startedAt,
    commit: of.commit,
    branch: of.branch,
    labels: { ...of.labels },
    environment: environmentFingerprint(run),
    validity: run.verdict.validity,
    cells: told.cells.filter(({ ramp }) => !ramp).map((cell) => cellOf(told, cell)),
  };
}

function cellOf(run: ComparedRun, cell: ComparedCell): HistoryLine['cells'][number] {
  const { id, target, ofCell } = cell;
  const keys = COMPARED_KEYS.filter((key) => hasFanout(cell) || !isDeliverKey(key));
  const measured = Object.fromEntries(keys.map((key) => [key, measuredOf(cell, key)]));
  const bounded = BOUNDED_KEYS.filter((key) => keys.includes(key));
  const lower = Object.fromEntries(bounded.map((key) => [key, endOf(cell, key)]));
  return {
    ...{ id, target, load: cellFingerprint(run, cell), validity: validityFor(run, cell) },
    ...(ofCell === undefined ? {} : { ofCell }),
    metrics: measured as HistoryLine['cells'][number]['metrics'],
    ...(Object.values(lower).every((end) => end === null) ? {} : { lower: lower as HistoryCell['lower'] }),
  };
}

/** Null for a request where the metric is one of its cell. */
function measuredOf(cell: ComparedCell, key: ComparedKey): number | null {
  return cell.ofCell !== undefined && !isToldOfRequests(key) ? null : comparedValue(cell, key).measured;
}

/** The lower end if it is above zero, else null. */
function endOf(cell: ComparedCell, key: BoundedKey): number | null {
  return comparedValue(cell, key).lower || null;
}

/**
 * If a cell is INVALID only because of wide brackets, its lower ends say which part of its values counts: it is kept.
 */
function validityFor(run: ComparedRun, cell: ComparedCell): Validity {
  if (!isUsable(run, cell)) return 'invalid';
  return cell.validity === 'invalid' ? 'degraded' : cell.validity;
}
