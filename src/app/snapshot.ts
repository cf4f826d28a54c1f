import type { ResultDocument } from '../documents/result-document.js';
import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import type { Verdict } from '../verdict/verdict.js';
import { judgeRun, type MeasureRequest } from './measure.js';
import { runDocument } from './run-documents.js';

/** What a run is so far: its finished cells judged, the running one (null between cells) only shown. */
export type Snapshot = (done: readonly CellResult[], running: CellResult | null) => ResultDocument;

export function snapshotOf({ parts, session, rules }: Omit<MeasureRequest, 'conduct'>): Snapshot {
  const document = (outcome: RunOutcome, verdict: Verdict) => runDocument(parts, session, outcome, verdict);
  return (done, running) => {
    const outcome: RunOutcome = { cells: done, notRun: [], interrupted: false, abortedBy: null };
    const verdict = judgeRun(parts, outcome, rules);
    if (running === null) return document(outcome, verdict);
    // The running cell is shown but not judged: laws and limits hold for finished cells.
    const cells = [...verdict.cells, { id: running.id, validity: 'valid', target: 'ok' } as const];
    const shown = { ...running, pacing: parts.plan.pacing, laws: [] };
    return document({ ...outcome, cells: [...done, shown] }, { ...verdict, cells });
  };
}
