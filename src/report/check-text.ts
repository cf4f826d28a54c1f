/** The words for checks that every output shares. */
import type { Evidence, Measured } from '../check/check.js';
import type { ScenarioResult } from '../check/runner.js';
import { EXIT } from '../errors.js';
import { formatCount, formatDuration } from '../units.js';
import type { CheckDocument, Tally } from './check-document.js';
import { reasonsFor } from './doubt-lines.js';

/** `1 Connection`, `Security`. */
export function scenarioTitle({ number, title }: Pick<ScenarioResult, 'number' | 'title'>): string {
  return number === 'security' ? title : `${number} ${title}`;
}

/** `tcp 0.42 ms`, `lost 0`. */
export function figureTexts(measured: readonly Measured[]): string[] {
  return measured.map(({ name, value, unit }) => `${name} ${figure(value)}${unit === '' ? '' : ` ${unit}`}`);
}

/** `tcp 0.42 ms, lost 0`. */
export function figuresText(measured: readonly Measured[]): string {
  return figureTexts(measured).join(', ');
}

/** About three figures; whole numbers whole. */
function figure(value: number): string {
  if (Number.isInteger(value)) return formatCount(value);
  const size = Math.abs(value);
  return size < 10 ? String(Number(value.toFixed(2))) : size < 100 ? value.toFixed(1) : formatCount(value);
}

/** `sent ...; expected ...; received ...`, without the parts that are empty. */
export function evidenceText({ sent, expected, received }: Pick<Evidence, 'sent' | 'expected' | 'received'>): string {
  return Object.entries({ sent, expected, received })
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name} ${text}`)
    .join('; ');
}

/** `58 passed, 0 failed, 3 skipped`. */
export function tallyText({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** `7/8 scenarios`. */
export function scenariosText({ passed, failed, skipped }: Tally): string {
  return `${passed}/${passed + failed + skipped} scenarios`;
}

/** What the owner of the server should mend or look at, the most urgent first, each once. */
export function recommendations({ scenarios, load }: CheckDocument): string[] {
  const all = scenarios.flatMap(({ checks }) => checks);
  const failures = all.flatMap((check) =>
    check.status === 'failed' ? [`Fix ${check.id} (${check.title}): ${check.reason}.`] : [],
  );
  const advice = all.flatMap(({ advice }) => advice);
  const measured = load?.status === 'measured' ? reasonsFor(load.result) : [];
  const fixes = measured
    .filter(({ side, fix }) => side === 'target' && fix !== null)
    .map(({ cell, message, fix }) => {
      return `Under load${cell === null ? '' : ` (${cell})`}: ${message}; ${fix}.`;
    });
  return [...new Set([...failures, ...advice, ...fixes])];
}

/** The conclusion in one line. */
export function conclusion({ verdict, status, target, scenarios, tookMs }: CheckDocument): string {
  const took = formatDuration(tookMs);
  const done = `${scenariosText(verdict.scenarios)} passed (checks: ${tallyText(verdict.checks)}) in ${took}`;
  if (status === 'interrupted') return `Interrupted: ${done}; no judgement on ${target.url}.`;
  const broken = scenarios.filter((each) => each.status === 'failed').map(scenarioTitle);
  if (broken.length > 0) return `${target.url} does not do what it promises (${broken.join(', ')}): ${done}.`;
  if (verdict.checks.passed === 0) return `Nothing was found out about ${target.url}: every check was skipped.`;
  if (!verdict.passed) {
    const how = verdict.exitCode === EXIT.invalid ? 'cannot be trusted' : 'did not pass';
    return `${target.url} does what it promises, but the measurement under load ${how}: ${done}.`;
  }
  const rest = verdict.checks.skipped === 0 ? '' : '; what was skipped is not known to work';
  return `${target.url} does what it promises: ${done}${rest}.`;
}
