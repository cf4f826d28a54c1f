import type { SavedRun } from '../../documents/saved-run.js';
import type { VerdictLine } from '../shared/verdict-line.js';
import { type PageData, type PageRun, pageData } from './page-data.js';
import { verdictLines } from './verdict-lines.js';

/** Lines of the verdict that are known before the end of a run. Thresholds and the result are not. */
const JUDGED = ['measurement', 'target', 'gates'];

/**
 * The page of a running run with `done` of `all` cells finished. The next cell is the running one; it is shown but not
 * judged.
 */
export function runningPageData(saved: SavedRun, done: number, all: number): PageData {
  const running = saved.document.cells[done]?.id ?? null;
  // It has not ended, and a threshold says nothing before the end: neither makes a note.
  const cells = saved.document.cells.map((cell) => (cell.id === running ? { ...cell, interrupted: false } : cell));
  const { runs } = pageData([{ ...saved, document: { ...saved.document, cells, benchmark: [] } }]);
  return {
    runs: runs.map((run) => ({
      ...run,
      ...inProgress(run, running),
      facts: run.facts
        .map(([name, value]) => [name, name === 'Status' ? 'running' : value] as const)
        .filter(([name]) => name !== 'Ended'),
      verdict: verdictSoFar(saved, done, all),
      doubts: run.doubts.filter(({ where }) => where !== 'run'),
      reasons: run.reasons.filter(({ where }) => where !== 'run'),
    })),
  };
}

function verdictSoFar({ document }: SavedRun, done: number, all: number): VerdictLine[] {
  const over = verdictLines({ ...document, cells: document.cells.slice(0, done) });
  return [
    ...(done === 0 ? [] : over.filter(({ label }) => JUDGED.includes(label))),
    { label: 'result', word: 'RUNNING', text: `${done} of ${all} cells done`, tone: 'plain' },
  ];
}

const STILL_RUNNING = 'n/a: still running';

/** Marks the row of the running cell as running, in place of a status, and its note as what it is so far. */
function inProgress(
  { tables, cells, notes }: PageRun,
  running: string | null,
): Pick<PageRun, 'tables' | 'cells' | 'notes'> {
  const rows = tables.filter(({ kind }) => kind !== 'ramp').flatMap((table) => table.rows);
  const row = rows.find(({ cell }) => cell === running);
  const others = notes.filter(({ number }) => rows.some(({ cell, note }) => cell !== running && note === number));
  const note =
    row === undefined || row.gaps.length === 0 ? null : 1 + Math.max(0, ...others.map(({ number }) => number));
  const marked = { status: 'RUNNING', note, gaps: note === null ? [] : [STILL_RUNNING] } as const;
  return {
    tables: tables.map((table) => ({
      ...table,
      rows: table.rows.map((each) => (each.cell === running ? { ...each, ...marked } : each)),
      remark: table.kind === 'ramp' && table.cells.some((id) => id === running) ? 'running' : table.remark,
    })),
    notes: note === null ? others : [...others, { number: note, text: STILL_RUNNING }],
    cells: cells.map((cell) => (cell.id === running ? { ...cell, status: 'RUNNING' } : cell)),
  };
}
