import type { SavedRun } from '../../documents/saved-run.js';
import { sanitize } from '../../text/sanitize.js';
import { type AgentNow, agentTexts } from '../shared/agents-now.js';
import type { VerdictLine } from '../shared/verdict-line.js';
import { type PageAgentNow, type PageData, type PageRun, pageData } from './page-data.js';
import { cellVerdicts } from './verdict-lines.js';

/**
 * The page of a running run with `done` of `all` cells finished. The next cell is the running one; it is shown but not
 * judged. `agents`: as they are now, the worst first; empty where this machine makes the load.
 */
export function runningPageData(
  saved: SavedRun,
  done: number,
  all: number,
  agents: readonly AgentNow[] = [],
): PageData {
  const running = saved.document.cells[done]?.id ?? null;
  // No note says that the running cell ended early, and thresholds are left out: they are judged at the end.
  const cells = saved.document.cells.map((cell) => (cell.id === running ? { ...cell, interrupted: false } : cell));
  const { verdict } = saved.document;
  // What is about the whole run is judged at its end.
  const judged = { ...verdict, thresholds: [], reasons: verdict.reasons.filter(({ cell }) => cell !== null) };
  const document = { ...saved.document, cells, benchmark: [], verdict: judged };
  const { runs } = pageData([{ ...saved, document }], true);
  return {
    runs: runs.map((run) => ({
      ...run,
      ...inProgress(run, running),
      verdict: verdictSoFar(saved, done, all),
      ...(agents.length === 0 ? {} : { agentsNow: agents.map(agentNow) }),
    })),
  };
}

function agentNow(agent: AgentNow): PageAgentNow {
  const why = agent.why === null ? null : sanitize(agent.why, 200);
  return { agent: sanitize(agent.agent, 48), state: agent.state, why, ...agentTexts(agent) };
}

function verdictSoFar({ document }: SavedRun, done: number, all: number): VerdictLine[] {
  return [
    ...(done === 0 ? [] : cellVerdicts({ ...document, cells: document.cells.slice(0, done) })),
    { label: 'result', word: 'RUNNING', text: `${done} of ${all} cells done`, tone: 'plain' },
  ];
}

const STILL_RUNNING = 'n/a: still running';

/** Gives the row of the running cell the status RUNNING and one note, which says that the cell still runs. */
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
