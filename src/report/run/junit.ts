/** junit.xml of a run: validity, gates, thresholds and the result as test cases. */

import { valueBesideLimit } from '../../documents/benchmark.js';
import type { ResultDocument } from '../../documents/result-document.js';
import type { SavedRun } from '../../documents/saved-run.js';
import { EXIT } from '../../errors.js';
import type { Quantiles } from '../../metrics/cell-result.js';
import { reachText } from '../../text/number-text.js';
import { formatCount } from '../../units.js';
import { NOBODY_OWED } from '../../verdict/deliveries-text.js';
import type { ThresholdResult } from '../../verdict/verdict.js';
import { doubtLines, MOST_DOUBTS, type ReasonLine } from '../shared/doubt-lines.js';
import { type JUnitCase, type JUnitSuite, junitText, resultCase } from '../shared/junit.js';
import type { ReportFile } from '../shared/report-file.js';
import { quantileCell } from './cell-text.js';
import { verdictLines } from './verdict-lines.js';

export function junitFiles({ document }: SavedRun): ReportFile[] {
  const text = junitText(`wsurge ${document.runId}`, document.startedAt, runSuites(document));
  return [{ name: 'junit.xml', text }];
}

/** The suites of a run. The last one always has a case. */
export function runSuites(document: ResultDocument): JUnitSuite[] {
  const suites: JUnitSuite[] = [
    { name: 'validity', cases: validityCases(document) },
    { name: 'gates', cases: document.verdict.gates.map(gateCase) },
    { name: 'deliveries', cases: document.cells.flatMap(deliveryCases) },
    { name: 'thresholds', cases: document.verdict.thresholds.map(thresholdCase) },
    { name: 'not run', cases: document.notRun.map(({ id, reason }) => plainCase(id, 'error', reason)) },
  ];
  const { exitCode } = document.verdict;
  const said = verdictLines(document).at(-1)!;
  const outcome = exitCode === EXIT.passed ? 'passed' : exitCode === EXIT.failed ? 'failed' : 'error';
  const result = resultCase('result', outcome, `${said.word}: ${said.text}`, suites);
  return [...suites, { name: 'result', cases: [result] }];
}

function plainCase(name: string, outcome: JUnitCase['outcome'], message: string): JUnitCase {
  return { name, outcome, message, seconds: null };
}

/**
 * A case for each cell, and a case for each reason to doubt cells. A reason counts once, however many cells it is
 * about. A degraded measurement passes, as it does for the exit code, and its case names the doubt.
 */
function validityCases(document: ResultDocument): JUnitCase[] {
  const { reasons } = document.verdict;
  const ofClient = new Set(reasons.filter(({ side }) => side === 'client').map(({ code }) => code));
  const doubts = doubtLines(document).filter(({ code, severity }) => ofClient.has(code) && severity !== 'note');
  return [...document.cells.map((cell) => cellCase(document, cell)), ...doubts.slice(0, MOST_DOUBTS).map(doubtCase)];
}

function cellCase({ verdict }: ResultDocument, cell: ResultDocument['cells'][number]): JUnitCase {
  const doubts = verdict.reasons.filter((reason) => reason.cell === cell.id && reason.severity !== 'note');
  const codes = [...new Set(doubts.map(({ code }) => code))].join(', ');
  const seconds = (cell.phases.at(-1)?.toMs ?? 0) / 1000;
  const outcome = cell.validity === 'invalid' ? 'skipped' : 'passed';
  return { name: cell.id, outcome, message: codes === '' ? '' : `${cell.validity}: ${codes}`, seconds };
}

function doubtCase({ code, where, severity, message, fix }: ReasonLine): JUnitCase {
  const outcome = severity === 'invalid' ? 'error' : 'passed';
  return plainCase(code, outcome, `${severity}: ${code}: ${where}: ${message}${fix === null ? '' : `; fix: ${fix}`}`);
}

function gateCase({ gate, cell, passed, message }: ResultDocument['verdict']['gates'][number]): JUnitCase {
  return plainCase(`${cell} ${gate}`, passed ? 'passed' : 'failed', message);
}

/**
 * A case for each request that reaches others, with its figures. Where some were missed or came twice, a gate fails; the
 * case itself is skipped, so that nothing fails twice.
 */
function deliveryCases({ id, fanout = [] }: ResultDocument['cells'][number]): JUnitCase[] {
  return fanout.map(({ name, deliveries, reach, deliverUs, lastUs }) => {
    const { delivered, missed, redelivered } = deliveries;
    const times = [quantilesText('deliver', deliverUs, 'missed'), quantilesText('last', lastUs, 'did not reach all')];
    const parts = [`${formatCount(delivered)} of ${formatCount(delivered + missed)} deliveries came`, ...times];
    if (reach === null) return plainCase(`${id} ${name}`, 'skipped', NOBODY_OWED);
    if (redelivered > 0) parts.splice(1, 0, `${formatCount(redelivered)} came again`);
    const outcome = missed + redelivered === 0 ? 'passed' : 'skipped';
    return plainCase(`${id} ${name}`, outcome, `reach ${reachText(reach)} %: ${parts.join('; ')}`);
  });
}

/** `deliver p50 1.38 ms, p99 2.48 ms`. */
function quantilesText(of: string, quantiles: Quantiles, without: string): string {
  const at = (name: 'p50' | 'p99') => {
    const { text, gap } = quantileCell(quantiles, name, without);
    return gap === null ? `${name} ${text} ms` : `${name} ${text} (${gap})`;
  };
  return `${of} ${at('p50')}, ${at('p99')}`;
}

function thresholdCase(threshold: ThresholdResult): JUnitCase {
  const { metric, selector, expression, title, gate, passed } = threshold;
  const picked = Object.entries(selector).map(([key, value]) => `${key}:${value}`);
  const rule = `${metric}${picked.length === 0 ? '' : `{${picked.join(',')}}`} ${expression}`;
  const name = title === null ? rule : `${title}: ${rule}`;
  const said = passed === true ? 'holds' : passed === false ? 'does not hold' : 'is undecided';
  const message = `${said}: ${valueBesideLimit(threshold)}`;
  if (passed === true) return plainCase(name, 'passed', valueBesideLimit(threshold));
  if (!gate) return plainCase(name, 'skipped', `${message} (shown, does not gate)`);
  return plainCase(name, passed === false ? 'failed' : 'error', message);
}
