/** What the page of a check shows, as plain data: what to mend on top, then every scenario with its evidence. */

import type { CheckStatus, ScenarioStatus } from '../../check/check.js';
import type { CheckResult, ScenarioResult } from '../../check/runner.js';
import { type CheckDocument, type Tally, tally } from '../../documents/check-document.js';
import { EXIT } from '../../errors.js';
import { formatDuration } from '../../units.js';
import { type LoadPart, loadPart, type PageLoad } from '../run/page-data.js';
import type { ReasonLine } from '../shared/doubt-lines.js';
import { type Fact, machineLists, type PageAbout, type PageHead, titleOf } from '../shared/page-parts.js';
import { targetText } from '../shared/target-text.js';
import type { Tone } from '../shared/tone.js';
import type { VerdictLine } from '../shared/verdict-line.js';
import { type Cause, causesOf } from './causes.js';
import { serverWords, setAsideText } from './server-words.js';
import {
  conclusion,
  figureTexts,
  modesText,
  promisedBy,
  scenarioCount,
  scenarioTitle,
  serverEndTexts,
  tallyText,
} from './words.js';

export interface CheckPageData {
  readonly head: Omit<PageHead, 'origin'>;
  readonly startedAt: string;
  /** The server that was checked: its URL, engine and protocol. */
  readonly against: string;
  readonly scenarios: readonly PageScenario[];
  /** The security scenario, apart from the numbered ones; null if it was left out. */
  readonly security: PageScenario | null;
  /** How the server ended during checks, a text for each way. */
  readonly serverEnds: readonly string[];
  /** What the owner of the server should mend or look at, the most harmful first. */
  readonly causes: readonly Cause[];
  /** What the server is held to: key of the profile, promise, who said it. */
  readonly promises: readonly (readonly [key: string, says: string, by: string])[];
  /** Keys of what nobody promised. */
  readonly notPromised: readonly string[];
  /** What `--with-load` measured; null without it, or if nothing was measured. */
  readonly load: PageLoad | null;
  readonly about: PageAbout;
}

export interface PageScenario {
  /** `5 Closing`, `Security`. */
  readonly title: string;
  readonly status: ScenarioStatus;
  readonly took: string;
  readonly checks: readonly PageCheck[];
}

export interface PageCheck {
  readonly id: string;
  readonly title: string;
  readonly status: CheckStatus;
  readonly took: string;
  /** Why it failed, was skipped or could not be judged; null where it passed. */
  readonly reason: string | null;
  /** `tcp 0.42 ms`. */
  readonly measured: readonly string[];
  /** What was sent, expected and received; parts that are empty are left out. */
  readonly evidence: readonly Fact[];
}

export function checkPageData(document: CheckDocument): CheckPageData {
  const { scenarios, load, profile, promises, serverEnds } = document;
  const security = scenarios.find(({ number }) => number === 'security');
  const measured = load?.status === 'measured' ? loadPart(load.result) : null;
  return {
    head: headOf(document, measured),
    startedAt: document.startedAt,
    against: againstText(document),
    scenarios: scenarios.filter(({ number }) => number !== 'security').map(pageScenario),
    security: security === undefined ? null : pageScenario(security),
    serverEnds: serverEndTexts(serverEnds),
    causes: causesOf(document),
    promises: promises.flatMap(({ key, says, by }) => (by === null ? [] : [[key, says, promisedBy(by)] as const])),
    notPromised: promises.filter(({ by }) => by === null).map(({ key }) => key),
    load: measured?.page ?? null,
    about: {
      id: document.runId,
      facts: factsOf(document),
      machines: machineLists(document.environment.generators),
      profile: JSON.stringify(profile, null, 2) ?? null,
    },
  };
}

function againstText({ target, protocol, found }: CheckDocument): string {
  const engine = target.engine === null ? '' : ` · server engine ${target.engine}`;
  return `${target.url}${engine} · ${serverWords(found, protocol)}`;
}

function headOf(document: CheckDocument, measured: LoadPart | null): CheckPageData['head'] {
  const { runId, profile, scenarios } = document;
  const failures = scenarios.flatMap((scenario) => scenario.checks.flatMap((check) => failureOf(scenario, check)));
  const errors = errorsOf(scenarios);
  return {
    id: runId,
    name: titleOf('Check', profile),
    verdict: verdictOf(document, measured),
    doubts: [...errors, ...(measured?.doubts ?? [])],
    reasons: [...failures, ...errors, ...(measured?.reasons ?? [])],
  };
}

function failureOf(scenario: ScenarioResult, check: CheckResult): ReasonLine[] {
  if (check.status !== 'failed') return [];
  const { id, title, reason, expected } = check;
  const wanted =
    expected === '' ? 'the server must do what this check asks for' : `the server must answer: ${expected}`;
  const again = `--only ${id} runs this check alone; what the server is not meant to do, the key check of the profile can take back`;
  return [
    {
      ...{ code: id, where: scenarioTitle(scenario), severity: 'failed' },
      message: `${title}: ${reason}`,
      fix: `${wanted}; ${again}`,
    },
  ];
}

/** What could not be judged, each reason once. */
function errorsOf(scenarios: readonly ScenarioResult[]): ReasonLine[] {
  const ids = new Map<string, string[]>();
  for (const check of scenarios.flatMap(({ checks }) => checks)) {
    if (check.status === 'error') ids.set(check.reason, [...(ids.get(check.reason) ?? []), check.id]);
  }
  return [...ids].map(([message, checks]): ReasonLine => {
    return { code: checks.join(', '), where: 'not judged', severity: 'invalid', message, fix: null };
  });
}

function verdictOf(document: CheckDocument, measured: LoadPart | null): VerdictLine[] {
  const { verdict, scenarios } = document;
  const { passed, failed, partly } = verdict.scenarios;
  const all = scenarioCount(verdict.scenarios);
  const security = scenarios.find(({ number }) => number === 'security');
  return [
    {
      ...{ label: 'scenarios', word: `${passed}/${all}` },
      text: `${tallyText(verdict.scenarios)}${partly === 0 ? '' : `, ${partly} in part`}`,
      tone: failed > 0 ? 'bad' : passed < all ? 'warn' : 'good',
    },
    { ...{ label: 'checks', text: tallyText(verdict.checks) }, ...judged(verdict.checks) },
    security === undefined
      ? { label: 'security', word: 'NOT CHECKED', text: 'left out', tone: 'plain' }
      : { ...{ label: 'security', text: tallyText(tally(security.checks)) }, ...SCENARIO_WORD[security.status] },
    loadLine(document, measured),
    { label: 'result', ...resultWord(document), text: conclusion(document) },
  ];
}

interface Word {
  readonly word: string;
  readonly tone: Tone;
}

const SCENARIO_WORD: Readonly<Record<ScenarioStatus, Word>> = {
  passed: { word: 'PASS', tone: 'good' },
  failed: { word: 'FAIL', tone: 'bad' },
  error: { word: 'NOT JUDGED', tone: 'warn' },
  partly: { word: 'PARTLY', tone: 'plain' },
  skipped: { word: 'SKIPPED', tone: 'plain' },
};

function judged({ passed, failed, error }: Tally): Word {
  if (failed > 0) return SCENARIO_WORD.failed;
  if (error > 0) return SCENARIO_WORD.error;
  return passed === 0 ? SCENARIO_WORD.skipped : SCENARIO_WORD.passed;
}

function loadLine({ load }: CheckDocument, measured: LoadPart | null): VerdictLine {
  if (measured !== null) return { ...measured.result, label: 'load' };
  if (load === null) return { label: 'load', word: 'NOT ASKED FOR', text: '--with-load measures it', tone: 'plain' };
  const reason = load.status === 'failed' ? load.reason : '';
  return { label: 'load', word: 'NOT MEASURED', text: reason, tone: 'bad' };
}

function resultWord({ status, verdict }: CheckDocument): Word {
  if (status === 'crashed') return { word: 'CRASHED', tone: 'bad' };
  if (status === 'interrupted') return { word: 'INTERRUPTED', tone: 'warn' };
  if (verdict.passed) return { word: 'PASSED', tone: 'good' };
  return verdict.exitCode === EXIT.invalid ? { word: 'UNDECIDED', tone: 'warn' } : { word: 'FAILED', tone: 'bad' };
}

function pageScenario(scenario: ScenarioResult): PageScenario {
  const { status, tookMs, checks } = scenario;
  return { title: scenarioTitle(scenario), status, took: formatDuration(tookMs), checks: checks.map(pageCheck) };
}

function pageCheck(check: CheckResult): PageCheck {
  const { id, title, status, tookMs, measured, sent, expected, received } = check;
  const evidence: Fact[] = [
    ['Sent', sent],
    ['Expected', expected],
    ['Received', received],
  ];
  return {
    ...{ id, title, status, took: formatDuration(tookMs) },
    reason: check.status === 'passed' ? null : check.reason,
    measured: figureTexts(measured),
    evidence: evidence.filter(([, text]) => text !== ''),
  };
}

function factsOf(document: CheckDocument): Fact[] {
  const { status, startedAt, endedAt, tookMs, target, tool, protocol, found, seed, labels } = document;
  const aside = found == null ? null : setAsideText(found);
  return [
    ['Status', status],
    ['Started', startedAt],
    ['Ended', endedAt],
    ['Time of all checks', `${formatDuration(tookMs)}${modesText(document)}`],
    ['Target', targetText(target)],
    ...(target.engine === null ? [] : [['Server engine', target.engine] satisfies Fact]),
    ['Server', serverWords(found, protocol)],
    ...(found == null ? [] : [['What was found', found.sentence] satisfies Fact]),
    ...(aside === null ? [] : [['Set aside', aside] satisfies Fact]),
    ...(found?.next == null ? [] : [['More', found.next] satisfies Fact]),
    ['Tested with', `${tool.name} ${tool.version}, client ${tool.engine}`],
    ['Seed', String(seed)],
    ...Object.entries(labels).map(([name, value]): Fact => [`Label ${name}`, value]),
  ];
}
