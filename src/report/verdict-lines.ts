/** What the run amounts to, in a few lines: measurement, target, gates, thresholds, result; reasons; what to do next. */
import { EXIT } from '../errors.js';
import { formatCount } from '../units.js';
import type { ThresholdResult } from '../verdict/verdict.js';
import type { ResultDocument } from './result-document.js';
import { sanitize } from './sanitize.js';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

export interface VerdictLine {
  readonly label: string;
  readonly word: string;
  readonly text: string;
  readonly tone: Tone;
}

export interface ReasonLine {
  /** `client_lag`, a gate's or a threshold's name. */
  readonly code: string;
  /** Cell id, or `run`. */
  readonly where: string;
  readonly severity: 'invalid' | 'degraded' | 'failed' | 'note';
  readonly message: string;
  /** One thing to do about it, or null. */
  readonly fix: string | null;
}

const MOST_TEXT = 300;

export function verdictLines(document: ResultDocument): VerdictLine[] {
  return [measurement(document), target(document), gates(document), thresholds(document), result(document)];
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

const RESULTS: ReadonlyMap<number, readonly [word: string, text: string, tone: Tone]> = new Map([
  [EXIT.passed, ['PASSED', 'everything asked for holds', 'good']],
  [EXIT.failed, ['FAILED', 'a gate or threshold failed', 'bad']],
  [EXIT.invalid, ['INVALID', 'the measurement is invalid or incomplete, or a threshold undecided', 'bad']],
  [EXIT.interrupted, ['INTERRUPTED', 'partial results', 'warn']],
  [EXIT.unreachable, ['UNREACHABLE', 'the target never opened a connection', 'bad']],
]);

function result({ verdict }: ResultDocument): VerdictLine {
  const [word, text, tone] = RESULTS.get(verdict.exitCode) ?? ['ERROR', 'see the reasons', 'bad'];
  return { label: 'result', word, text: `${text} (exit code ${verdict.exitCode})`, tone };
}

/** Why: what fails first, then what makes the measurement doubtful, then notes. */
export function reasonLines({ verdict, notRun }: ResultDocument): ReasonLine[] {
  const failedGates = verdict.gates.filter(({ passed }) => !passed);
  const lines: ReasonLine[] = verdict.reasons.map(({ code, cell, severity, message, fix }) => ({
    code,
    where: cell ?? 'run',
    severity,
    message,
    fix: fix === '' ? null : fix,
  }));
  for (const { gate, cell, message } of failedGates) {
    lines.push({ code: gate, where: cell, severity: 'failed', message, fix: null });
  }
  for (const { metric, expression, gate, passed, note } of verdict.thresholds) {
    if (!gate || passed === true) continue;
    const message = `${metric} ${expression} ${passed === false ? 'does not hold' : 'is undecided'}`;
    const because = note === null ? message : `${message}: ${note}`;
    lines.push({
      code: metric,
      where: 'run',
      severity: passed === false ? 'failed' : 'invalid',
      message: because,
      fix: null,
    });
  }
  for (const { id, reason } of notRun) {
    lines.push({ code: 'not_run', where: id, severity: 'note', message: reason, fix: null });
  }
  return lines.map(clean).sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

const RANK: Readonly<Record<ReasonLine['severity'], number>> = { failed: 0, invalid: 1, degraded: 2, note: 3 };

function clean({ code, where, severity, message, fix }: ReasonLine): ReasonLine {
  return {
    code: sanitize(code, 60),
    where: sanitize(where, 80),
    severity,
    message: sanitize(message, MOST_TEXT),
    fix: fix === null ? null : sanitize(fix, MOST_TEXT),
  };
}

/** What to try next, most useful first. */
export function nextSteps(document: ResultDocument): string[] {
  const { verdict, cells, target } = document;
  const steps: string[] = [];
  const invalid = verdict.reasons.find(({ severity }) => severity === 'invalid');
  if (invalid !== undefined && invalid.fix !== '') steps.push(sanitize(invalid.fix, MOST_TEXT));
  if (verdict.target === 'overloaded') steps.push('lower the rate or the connections until no row says OVERLOAD');
  if (verdict.target === 'down') steps.push('look into the log of the target: it stopped answering');
  const short = cells.some(({ flows, ramp }) => !ramp && flows.some(({ latencyUs }) => hasTooFew(latencyUs.service)));
  if (short) steps.push('measure longer, so that every percentile can be printed: add -d 60s');
  if (target.engine !== null && verdict.passed) {
    const isRestarted = cells.some(({ events = [] }) => events.some(({ kind }) => kind === 'restart'));
    steps.push(
      isRestarted
        ? 'measure your own server: target: { command: ..., url: ... } in the profile'
        : 'measure your own server: the same command with --target ws://host:port/path',
    );
  }
  steps.push('see every column: add --wide, or open report.html');
  return steps;
}

function hasTooFew(quantiles: ResultDocument['cells'][number]['sessionUs'] | null): boolean {
  return (
    quantiles !== null && (['p50', 'p95', 'p99'] as const).some((name) => quantiles.reasons[name] === 'few_samples')
  );
}

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
