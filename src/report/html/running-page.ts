import type { SavedRun } from '../saved-run.js';
import type { VerdictLine } from '../verdict-line.js';
import { verdictLines } from '../verdict-lines.js';
import { type PageData, type PageRun, pageData } from './page-data.js';

/** What a run has judged before its end; thresholds and the result wait for it. */
const JUDGED = ['measurement', 'target', 'gates'];

/**
 * The page of a run that is still on, `done` of `all` cells over: nothing is judged before its time. The cell after those
 * that are over is the running one.
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

/** The row of the running cell says that it is running, where any other says how it was judged. */
function inProgress({ tables, cells }: PageRun, running: string | null): Pick<PageRun, 'tables' | 'cells'> {
  return {
    tables: tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => (row.cell === running ? { ...row, status: 'RUNNING' } : row)),
    })),
    cells: cells.map((cell) => (cell.id === running ? { ...cell, status: 'RUNNING' } : cell)),
  };
}
