import type { SavedRun } from '../saved-run.js';
import type { VerdictLine } from '../verdict-line.js';
import { verdictLines } from '../verdict-lines.js';
import { type PageData, type PageRun, pageData } from './page-data.js';

/** Lines of the verdict that are known before the end of a run. Thresholds and the result are not. */
const JUDGED = ['measurement', 'target', 'gates'];

/**
 * The page of a running run with `done` of `all` cells finished. The next cell is the running one; it is shown but not
 * judged.
 */
export function runningPageData(saved: SavedRun, done: number, all: number): PageData {
  const { runs } = pageData([saved]);
  const running = saved.document.cells[done]?.id ?? null;
  return {
    runs: runs.map((run) => ({
      ...run,
      ...inProgress(run, running),
      facts: run.facts
        .map(([name, value]) => [name, name === 'Status' ? 'running' : value] as const)
        .filter(([name]) => name !== 'Ended'),
      benchmark: [],
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

/** Marks the row of the running cell as running, in place of a status. */
function inProgress({ tables, cells }: PageRun, running: string | null): Pick<PageRun, 'tables' | 'cells'> {
  return {
    tables: tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => (row.cell === running ? { ...row, status: 'RUNNING' } : row)),
    })),
    cells: cells.map((cell) => (cell.id === running ? { ...cell, status: 'RUNNING' } : cell)),
  };
}
