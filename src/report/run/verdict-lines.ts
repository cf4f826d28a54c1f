/** The verdict of a run in a few lines: measurement, target, gates, thresholds, result. And what to try next. */

import type { ResultDocument } from '../../documents/result-document.js';
import { flowOf } from '../../metrics/flow.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount } from '../../units.js';
import { REFUSALS } from '../../verdict/target-status.js';
import type { ThresholdResult } from '../../verdict/verdict.js';
import { plural, type VerdictLine } from '../shared/verdict-line.js';
import { headline } from './headline.js';

const MOST_TEXT = 300;

export function verdictLines(document: ResultDocument): VerdictLine[] {
  return [...cellVerdicts(document), thresholds(document), headline(document)];
}

/** The lines that follow from the cells alone, so that they are known before the end of a run. */
export function cellVerdicts(document: ResultDocument): VerdictLine[] {
  return [measurement(document), target(document), gates(document)];
}

function measurement({ verdict, cells, notRun }: ResultDocument): VerdictLine {
  const valid = cells.filter(({ validity }) => validity === 'valid').length;
  const missing = notRun.length === 0 ? '' : `; ${formatCount(notRun.length)} not run`;
  const checked = cells.some(({ client }) => client.instrumentErrorUs !== null);
  const check = cells.length === 0 || checked ? '' : '; instrument check off';
  const older = verdict.accuracy === undefined ? '; judged by a version that kept no brackets' : '';
  const text = `${formatCount(valid)} of ${plural(cells.length, 'cell')} measured without doubt${missing}${check}${older}`;
  const tone = verdict.validity === 'valid' ? 'good' : verdict.validity === 'degraded' ? 'warn' : 'bad';
  return { label: 'measurement', word: verdict.validity.toUpperCase(), text, tone };
}

function target({ verdict, target }: ResultDocument): VerdictLine {
  const engine = target.engine === null ? '' : ` (${target.engine})`;
  const text = sanitize(`${target.url}${engine}`, MOST_TEXT);
  return { label: 'target', word: verdict.target.toUpperCase(), text, tone: verdict.target === 'ok' ? 'good' : 'bad' };
}

function gates({ verdict }: ResultDocument): VerdictLine {
  const all = verdict.gates.length;
  const failed = verdict.gates.filter(({ passed }) => !passed).length;
  if (all === 0) return { label: 'gates', word: 'OFF', text: 'no default gate was judged', tone: 'plain' };
  const text = `${formatCount(all - failed)} of ${plural(all, 'default gate')} hold`;
  return { label: 'gates', word: failed === 0 ? 'PASS' : 'FAIL', text, tone: failed === 0 ? 'good' : 'bad' };
}

function thresholds({ verdict, abortedBy }: ResultDocument): VerdictLine {
  const all = verdict.thresholds;
  const count = (of: (threshold: ThresholdResult) => boolean) => all.filter(of).length;
  const failed = count(({ gate, passed }) => gate && passed === false);
  const undecided = count(({ gate, passed }) => gate && passed === null);
  const missed = count(({ gate, passed }) => !gate && passed === false);
  const unknown = count(({ gate, passed }) => !gate && passed === null);
  if (all.length === 0) return { label: 'thresholds', word: 'NONE', text: 'none were set', tone: 'plain' };
  const parts = [`${formatCount(count(({ passed }) => passed === true))} of ${formatCount(all.length)} hold`];
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  if (undecided > 0) parts.push(`${formatCount(undecided)} undecided`);
  if (missed > 0) parts.push(`${formatCount(missed)} missed (shown, not gating)`);
  if (unknown > 0) parts.push(`${formatCount(unknown)} without a value (shown, not gating)`);
  if (abortedBy !== null) parts.push(`the run was ended by ${sanitize(abortedBy, MOST_TEXT)}`);
  const word = failed > 0 ? 'FAIL' : undecided > 0 ? 'UNDECIDED' : missed + unknown > 0 ? 'MISSED' : 'PASS';
  const tone = failed > 0 ? 'bad' : word === 'PASS' ? 'good' : 'warn';
  return { label: 'thresholds', word, text: parts.join(', '), tone };
}

/** What to try next, most useful first. */
export function nextSteps(document: ResultDocument): string[] {
  const { verdict, cells, target } = document;
  const steps: string[] = [];
  if (verdict.target === 'overloaded' && isFull(document)) {
    steps.push('lower the rate or the connections until no row says OVERLOAD');
  }
  if (verdict.target === 'down') steps.push('look into the log of the target: it stopped answering');
  const short = cells.some((cell) => !cell.ramp && hasTooFew(flowOf(cell).latencyUs.service));
  if (short) steps.push('measure longer, for every percentile: add -d 60s');
  if (target.engine !== null && verdict.passed) {
    const isRestarted = cells.some(({ events = [] }) => events.some(({ kind }) => kind === 'restart'));
    steps.push(
      isRestarted
        ? 'your own server: target: { command: ..., url: ... } in the profile'
        : 'your own server: this command with --target ws://host:port/path',
    );
  }
  return steps;
}

function isFull({ verdict }: ResultDocument): boolean {
  const own = verdict.reasons.filter(({ side }) => side === 'target');
  return own.length === 0 || own.some(({ code }) => !REFUSALS.has(code));
}

function hasTooFew(quantiles: ResultDocument['cells'][number]['sessionUs'] | null): boolean {
  return (
    quantiles !== null && (['p50', 'p95', 'p99'] as const).some((name) => quantiles.reasons[name] === 'few_samples')
  );
}
