/** One saved run as a line of a history. */
import { cellFingerprint, environmentFingerprint } from '../compare/comparable.js';
import type { ComparedCell, ComparedRun } from '../compare/compared-run.js';
import { COMPARED_KEYS, type ComparedKey, comparedValue } from '../compare/metrics.js';
import type { TargetStatus, Validity } from '../verdict.js';
import type { HistoryCell, HistoryRun } from './series.js';

export interface HistoryLine extends HistoryRun {
  readonly labels: Record<string, string>;
  readonly cells: (HistoryCell & { readonly target: TargetStatus })[];
}

/** Ramps have no single row and are left out. An interrupted cell was not measured validly. */
export function historyLine(
  run: ComparedRun & { readonly verdict: { readonly validity: Validity } },
  of: {
    readonly commit: string | null;
    readonly branch: string | null;
    readonly labels: Readonly<Record<string, string>>;
  },
): HistoryLine {
  return {
    runId: run.runId,
    startedAt: run.startedAt,
    commit: of.commit,
    branch: of.branch,
    labels: { ...of.labels },
    environment: environmentFingerprint(run),
    validity: run.verdict.validity,
    cells: run.cells.filter(({ ramp }) => !ramp).map((cell) => cellOf(run, cell)),
  };
}

function cellOf(run: ComparedRun, cell: ComparedCell): HistoryLine['cells'][number] {
  const { id, target, interrupted } = cell;
  const metrics = Object.fromEntries(COMPARED_KEYS.map((key) => [key, comparedValue(cell, key).value]));
  return {
    ...{ id, target, load: cellFingerprint(run, cell), validity: interrupted ? 'invalid' : cell.validity },
    metrics: metrics as Record<ComparedKey, number | null>,
  };
}
