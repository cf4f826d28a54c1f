/** The words for checks that every output shares. */
import type { Evidence, Measured, ScenarioStatus } from '../../check/check.js';
import { isOfLook, lookEndText, type ServerEnd } from '../../check/outcome/server-end.js';
import { isShutOut } from '../../check/outcome/shut-out.js';
import type { PromisedBy } from '../../check/promises.js';
import type { ScenarioResult } from '../../check/runner.js';
import type { CheckDocument, ScenarioTally, Tally } from '../../documents/check-document.js';
import { EXIT } from '../../errors.js';
import { amountText } from '../../text/number-text.js';
import { capital, listed, withoutStop } from '../../text/sentence.js';
import { formatDuration } from '../../units.js';
import { type Cause, shutOutText } from './causes.js';

/** `1 Connection`, `Security`. */
export function scenarioTitle({ number, title }: Pick<ScenarioResult, 'number' | 'title'>): string {
  return number === 'security' ? title : `${number} ${title}`;
}

/** `tcp 0.42 ms`, `lost 0`. */
export function figureTexts(measured: readonly Measured[]): string[] {
  return measured.map(({ name, value, unit }) => `${name} ${amountText(value)}${unit === '' ? '' : ` ${unit}`}`);
}

/** `tcp 0.42 ms, lost 0`. */
export function figuresText(measured: readonly Measured[]): string {
  return figureTexts(measured).join(', ');
}

/** `sent ...; expected ...; received ...`, without the parts that are empty. */
export function evidenceText({ sent, expected, received }: Pick<Evidence, 'sent' | 'expected' | 'received'>): string {
  return Object.entries({ sent, expected, received })
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name} ${text}`)
    .join('; ');
}

/** The evidence beside a reason, without what the reason says already. */
export function evidenceBeside(
  reason: string,
  { sent, expected, received }: Parameters<typeof evidenceText>[0],
): string {
  return evidenceText({ sent, expected, received: reason.includes(received) ? '' : received });
}

/** `58 passed, 0 failed, 2 not judged, 3 skipped`; what wsurge could not judge is named only where there is some. */
export function tallyText({ passed, failed, error, skipped }: Tally): string {
  const errors = error === 0 ? '' : `, ${error} not judged`;
  return `${passed} passed, ${failed} failed${errors}, ${skipped} skipped`;
}

/** `7/8 scenarios`. */
export function scenariosText(tally: ScenarioTally): string {
  return `${tally.passed}/${scenarioCount(tally)} scenarios`;
}

export function scenarioCount({ passed, failed, error, partly, skipped }: ScenarioTally): number {
  return passed + failed + error + partly + skipped;
}

/** `Checks 5.6 and 5.7 ended the server: it exited with code 1. wsurge started it again.`, once for each way to end. */
export function serverEndTexts(ends: readonly ServerEnd[]): string[] {
  const groups = new Map<string, ServerEnd[]>();
  for (const end of ends) {
    const key = JSON.stringify([isOfLook(end), end.isRough, end.how, end.after]);
    groups.set(key, [...(groups.get(key) ?? []), end]);
  }
  return [...groups.values()].map((same) => {
    const [first] = same;
    const checks = `${same.length === 1 ? 'check' : 'checks'} ${listed(same.map(({ check }) => check))}`;
    if (isOfLook(first!)) return `${lookEndText(first!)}. ${nextText(same)}.`;
    const what = first!.isRough ? `${capital(checks)} ended the server` : `The server ended during ${checks}`;
    return `${what}: ${first!.how}. ${nextText(same)}.`;
  });
}

/** What became of a server that ended, each time in the same way. */
function nextText(same: readonly ServerEnd[]): string {
  const { after, isRough } = same[0]!;
  if (after === 'restarted') return 'wsurge started it again';
  if (after === 'gone') {
    return `It did not come back: nothing after that was judged${isRough ? ' (--gentle leaves such checks out)' : ''}`;
  }
  const longest = formatDuration(Math.max(...same.map(({ backMs }) => backMs ?? 0)));
  return same.length === 1 ? `It was back ${longest} later` : `It was back each time, after ${longest} at most`;
}

/** ` (quick: shorter waits and streams)`; empty where all was done. */
export function modesText({ quick, gentle }: Pick<CheckDocument, 'quick' | 'gentle'>): string {
  const modes = [
    quick ? 'quick: shorter waits and streams' : null,
    gentle ? 'gentle: nothing that breaks the protocol or abuses the server' : null,
  ].filter((mode) => mode !== null);
  return modes.length === 0 ? '' : ` (${modes.join('; ')})`;
}

/** Who promised it. */
export function promisedBy(by: NonNullable<PromisedBy>): string {
  return { profile: 'the profile', recognised: 'recognised', default: 'default' }[by];
}

/**
 * One cause as one line: `Replies are not what was sent (2.1, 2.2 and 34 more), e.g. ...: send the content back ...`.
 */
export function causeText({ what, example, checks, fix }: Cause): string {
  const where = checks.length === 0 ? '' : ` (${checksText(checks)})`;
  const seen = example === '' ? '' : `; seen: ${example}`;
  return `${what}${where}${seen}. ${fix === '' ? '' : `${capital(fix)}.`}`.trimEnd();
}

/** The same for a screen, without the example: the checks above it show that already. */
export function causeLine(cause: Cause): string {
  return causeText({ ...cause, example: '' });
}

const MOST_CHECKS = 6;

function checksText(checks: readonly string[]): string {
  const more = checks.length - MOST_CHECKS;
  return `${checks.slice(0, MOST_CHECKS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `PASS`, `FAIL`, `UNDECIDED`, `INTERRUPTED` or `CRASHED`. */
export function resultWord({ status, verdict }: Pick<CheckDocument, 'status' | 'verdict'>): string {
  if (status === 'crashed') return 'CRASHED';
  if (status === 'interrupted') return 'INTERRUPTED';
  if (verdict.passed) return 'PASS';
  return verdict.exitCode === EXIT.invalid ? 'UNDECIDED' : 'FAIL';
}

/** The conclusion in one line; an end of the server comes first. */
export function conclusion(document: CheckDocument): string {
  return [...serverEndTexts(document.serverEnds), finding(document)].join(' ');
}

function finding({ verdict, status, target, scenarios, serverEnds, found, tookMs }: CheckDocument): string {
  const took = formatDuration(tookMs);
  const done = `${scenariosText(verdict.scenarios)} passed (checks: ${tallyText(verdict.checks)}) in ${took}`;
  if (status === 'crashed') {
    return `Crashed: wsurge was killed, died of an error, or is still running: ${done}; no judgement on ${target.url}.`;
  }
  if (status === 'interrupted') return `Interrupted: ${done}; no judgement on ${target.url}.`;
  const named = (wanted: ScenarioStatus) => scenarios.filter((each) => each.status === wanted).map(scenarioTitle);
  const broken = named('failed');
  if (broken.length > 0) return `${target.url} does not do what it promises (${broken.join(', ')}): ${done}.`;
  if (serverEnds.some(isOfLook)) return `${target.url} does not survive a valid message: ${done}.`;
  if (verdict.checks.error > 0) {
    const open = named('error').join(', ');
    return `Nothing failed on ${target.url}, but not everything could be judged (${open}): ${done}.`;
  }
  if (verdict.checks.passed === 0) return `Nothing was found out about ${target.url}: every check was skipped.`;
  if (isShutOut(found?.kind ?? null, scenarios)) {
    return `Nothing was found out about ${target.url} beyond the handshake: ${shutOutText(found!)}. ${capital(done)}.`;
  }
  if (!verdict.passed) {
    const how = verdict.exitCode === EXIT.invalid ? 'cannot be trusted' : 'did not pass';
    return `${target.url} does what it promises, but the measurement under load ${how}: ${done}.`;
  }
  const partly = named('partly');
  const parts = partly.length === 0 ? '' : `; only in part checked: ${partly.join(', ')}`;
  const open = scenarios.filter((each) => each.number !== 'security' && each.status === 'skipped').map(scenarioTitle);
  if (open.length > 0) {
    const why = found == null ? '' : ` (${withoutStop(found.sentence)})`;
    return `Nothing is wrong with what could be checked of ${target.url}: ${done}${parts}; not found out: ${open.join(', ')}${why}.`;
  }
  const rest = verdict.checks.skipped === 0 ? '' : '; what was skipped is not known to work';
  return `${target.url} does what it promises: ${done}${parts}${rest}.`;
}
