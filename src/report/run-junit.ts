/** junit.xml of a run: validity, gates, thresholds and the result as test cases. */
import { EXIT } from '../errors.js';
import type { ThresholdResult } from '../verdict/verdict.js';
import { type JUnitCase, type JUnitSuite, junitText } from './junit.js';
import type { ResultDocument } from './result-document.js';
import type { ReportFile, SavedRun } from './saved-run.js';
import { verdictLines } from './verdict-lines.js';

export function junitFiles({ document }: SavedRun): ReportFile[] {
  const text = junitText(`wsurge ${document.runId}`, document.startedAt, runSuites(document));
  return [{ name: 'junit.xml', text }];
}

/** The last suite has a case whatever happened. */
export function runSuites(document: ResultDocument): JUnitSuite[] {
  return [
    { name: 'validity', cases: document.cells.map((cell) => validityCase(document, cell)) },
    { name: 'gates', cases: document.verdict.gates.map(gateCase) },
    { name: 'thresholds', cases: document.verdict.thresholds.map(thresholdCase) },
    { name: 'not run', cases: document.notRun.map(({ id, reason }) => plainCase(id, 'error', reason)) },
    { name: 'result', cases: [resultCase(document)] },
  ];
}

function plainCase(name: string, outcome: JUnitCase['outcome'], message: string): JUnitCase {
  return { name, outcome, message, seconds: null };
}

/** A degraded measurement passes, as it does for the exit code, and says what is doubtful. */
function validityCase({ verdict }: ResultDocument, cell: ResultDocument['cells'][number]): JUnitCase {
  const doubts = verdict.reasons.filter((reason) => reason.cell === cell.id && reason.severity !== 'note');
  const message = doubts.map(({ code, message }) => `${code}: ${message}`).join('; ');
  const seconds = (cell.phases.at(-1)?.toMs ?? 0) / 1000;
  const outcome = cell.validity === 'invalid' ? 'error' : 'passed';
  return { name: cell.id, outcome, message: message === '' ? '' : `${cell.validity}: ${message}`, seconds };
}

function gateCase({ gate, cell, passed, message }: ResultDocument['verdict']['gates'][number]): JUnitCase {
  return plainCase(`${cell} ${gate}`, passed ? 'passed' : 'failed', message);
}

function thresholdCase(threshold: ThresholdResult): JUnitCase {
  const { metric, selector, expression, title, gate, passed, note } = threshold;
  const picked = Object.entries(selector).map(([key, value]) => `${key}:${value}`);
  const rule = `${metric}${picked.length === 0 ? '' : `{${picked.join(',')}}`} ${expression}`;
  const name = title === null ? rule : `${title}: ${rule}`;
  const said = passed === true ? 'holds' : passed === false ? 'does not hold' : 'is undecided';
  const message = note === null ? said : `${said}: ${note}`;
  if (passed === true) return plainCase(name, 'passed', note ?? '');
  if (!gate) return plainCase(name, 'skipped', `${message} (shown, does not gate)`);
  return plainCase(name, passed === false ? 'failed' : 'error', message);
}

function resultCase(document: ResultDocument): JUnitCase {
  const { exitCode } = document.verdict;
  const said = verdictLines(document).at(-1)!;
  const outcome = exitCode === EXIT.passed ? 'passed' : exitCode === EXIT.failed ? 'failed' : 'error';
  return plainCase('result', outcome, `${said.word}: ${said.text}`);
}
