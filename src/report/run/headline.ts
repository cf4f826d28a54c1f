/** The result in one line: the word, and what it is about. */

import type { ResultDocument } from '../../documents/result-document.js';
import { EXIT } from '../../errors.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount } from '../../units.js';
import { countText } from '../../verdict/doubts.js';
import { namedCells } from '../shared/doubt-lines.js';
import type { Tone } from '../shared/tone.js';
import { plural, type VerdictLine } from '../shared/verdict-line.js';

const MOST_TEXT = 300;

interface Outcome {
  readonly word: string;
  readonly text: string;
  readonly tone: Tone;
}

export function headline(document: ResultDocument): VerdictLine {
  const { word, text, tone } = outcomeOf(document);
  const aside = asides(document);
  const whole = sanitize(`${text}${aside}`, MOST_TEXT);
  return { label: 'result', word, text: `${whole} (exit code ${document.verdict.exitCode})`, tone };
}

function outcomeOf(document: ResultDocument): Outcome {
  if (document.status === 'crashed') {
    return { word: 'CRASHED', text: `partial results: ${doneText(document)}`, tone: 'bad' };
  }
  switch (document.verdict.exitCode) {
    case EXIT.passed:
      return { word: 'PASSED', text: heldText(document), tone: 'good' };
    case EXIT.failed:
      return { word: 'FAILED', text: failedText(document), tone: 'bad' };
    case EXIT.invalid:
      return unprovenOf(document);
    case EXIT.interrupted:
      return { word: 'INTERRUPTED', text: `partial results: ${doneText(document)}`, tone: 'warn' };
    case EXIT.unreachable:
      return { word: 'UNREACHABLE', text: 'the target never opened a connection', tone: 'bad' };
    default:
      return { word: 'ERROR', text: 'see the reasons', tone: 'bad' };
  }
}

function heldText({ verdict }: ResultDocument): string {
  const parts: string[] = [];
  if (verdict.gates.length > 0) parts.push(plural(verdict.gates.length, 'default gate'));
  const thresholds = verdict.thresholds.filter(({ passed }) => passed === true).length;
  if (thresholds > 0) parts.push(plural(thresholds, 'threshold'));
  const all = verdict.gates.length + thresholds;
  return all === 0 ? 'nothing was asked for' : `${parts.join(' and ')} ${all === 1 ? 'holds' : 'hold'}`;
}

function failedText(document: ResultDocument): string {
  const { verdict, abortedBy } = document;
  const parts: string[] = [];
  const gates = verdict.gates.filter(({ passed }) => !passed);
  const thresholds = verdict.thresholds.filter(({ gate, passed }) => gate && passed === false);
  if (gates.length > 0) {
    const names = [...new Set(gates.map(({ gate }) => gate))].join(', ');
    const ids = [...new Set(gates.map(({ cell }) => cell))];
    parts.push(`${plural(gates.length, 'default gate')} failed (${names}) in ${countText(ids, namedCells(document))}`);
  }
  if (thresholds.length > 0) parts.push(`${plural(thresholds.length, 'threshold')} failed`);
  if (abortedBy !== null) parts.push(`the run was ended by ${abortedBy}`);
  return parts.length === 0 ? 'a gate or threshold failed' : parts.join('; ');
}

/** The headline for exit code 98. It has four causes; the headline names the first that applies. */
function unprovenOf(document: ResultDocument): Outcome {
  const { verdict, cells, notRun } = document;
  const of = (validity: string) => cells.filter((cell) => cell.validity === validity).map(({ id }) => id);
  const invalid = of('invalid');
  if (invalid.length > 0) {
    const text = `${countText(invalid, namedCells(document))} could not be measured`;
    return { word: 'INVALID', text, tone: 'bad' };
  }
  const missing = notRun.length;
  if (missing > 0 || cells.length === 0) {
    const text = missing === 0 ? 'nothing was measured' : `${plural(missing, 'cell')} not run, ${notRun[0]!.id} first`;
    return { word: 'INCOMPLETE', text: missing === 0 ? text : `${text}: ${notRun[0]!.reason}`, tone: 'bad' };
  }
  const undecided = verdict.thresholds.filter(({ gate, passed }) => gate && passed === null).length;
  if (undecided > 0) {
    return { word: 'UNDECIDED', text: `${plural(undecided, 'threshold')} could not be decided`, tone: 'bad' };
  }
  const doubtful = of('degraded');
  const where = doubtful.length === 0 ? 'the run' : countText(doubtful, namedCells(document));
  return { word: 'DEGRADED', text: `${where} measured with doubt, which --strict does not take`, tone: 'bad' };
}

function doneText({ cells, notRun }: ResultDocument): string {
  const cut = cells.filter(({ interrupted }) => interrupted).length;
  const part = cut === 0 ? '' : `, ${formatCount(cut)} of them in part`;
  return `${formatCount(cells.length)} of ${plural(cells.length + notRun.length, 'cell')}${part}`;
}

/** Remarks that do not decide the exit code. */
function asides(document: ResultDocument): string {
  const { verdict, cells } = document;
  const { exitCode } = verdict;
  const parts: string[] = [];
  const of = (validity: string) => cells.filter((cell) => cell.validity === validity).map(({ id }) => id);
  const [invalid, degraded] = [of('invalid'), of('degraded')];
  // An INVALID cell can still decide a threshold: if both ends of its bracket are on one side of the limit.
  const isDecided = invalid.length > 0 && (exitCode === EXIT.passed || exitCode === EXIT.failed);
  const isTold = exitCode === EXIT.invalid || exitCode === EXIT.unreachable;
  if (invalid.length > 0 && !isTold) {
    const where = `${countText(invalid, namedCells(document))} INVALID`;
    parts.push(isDecided ? `decided in spite of wide brackets (${where})` : where);
  }
  if (degraded.length > 0) {
    if (invalid.length > 0) parts.push(`${formatCount(degraded.length)} more DEGRADED`);
    else if (exitCode !== EXIT.invalid) parts.push(`${countText(degraded, namedCells(document))} measured with doubt`);
  }
  // Whatever comes first in the table of exit codes, a threshold that failed is not to be overlooked.
  const failed = verdict.thresholds.filter(({ gate, passed }) => gate && passed === false).length;
  if (failed > 0 && exitCode !== EXIT.failed) parts.push(`${plural(failed, 'threshold')} failed all the same`);
  const missed = verdict.thresholds.filter(({ gate, passed }) => !gate && passed === false).length;
  if (missed > 0) parts.push(`${plural(missed, 'threshold')} missed, not gating`);
  if (verdict.target === 'failing') parts.push('the target did not pass messages on');
  if (verdict.target === 'overloaded') parts.push('the target was overloaded');
  if (verdict.target === 'down' && exitCode !== EXIT.unreachable) parts.push('the target went down');
  return parts.map((part) => `; ${part}`).join('');
}
