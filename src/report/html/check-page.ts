/** report.html of a check: what failed on top, then every scenario with what was measured and its evidence. */

import type { CheckResult, ScenarioResult } from '../../check/runner.js';
import { EXIT } from '../../errors.js';
import { formatDuration } from '../../units.js';
import type { CheckDocument, Tally } from '../check-document.js';
import { setAsideText } from '../check-found.js';
import { conclusion, figureTexts, scenarioTitle, tallyText } from '../check-text.js';
import type { ReasonLine } from '../doubt-lines.js';
import type { ReportFile } from '../saved-run.js';
import { type ReportModel, reportModel } from '../tables.js';
import { targetText } from '../target-facts.js';
import type { Tone, VerdictLine } from '../verdict-line.js';
import { chartLoads, type LoadCurve } from './curves.js';
import { pageText } from './html.js';
import type { PageAssets } from './page-assets.js';
import { type Fact, machineFacts, type PageAbout, type PageHead, titleOf } from './page-parts.js';

export interface CheckPageData {
  readonly head: Omit<PageHead, 'origin'>;
  readonly startedAt: string;
  /** The server that was checked: its URL, engine and protocol. */
  readonly against: string;
  readonly scenarios: readonly PageScenario[];
  /** The security scenario, apart from the numbered ones; null if it was left out. */
  readonly security: PageScenario | null;
  /** What the owner of the server should look at, although no check failed. */
  readonly advice: readonly string[];
  /** What `--with-load` measured; null without it, or if nothing was measured. */
  readonly load: PageLoad | null;
  readonly about: PageAbout;
}

export interface PageScenario {
  /** `5 Closing`, `Security`. */
  readonly title: string;
  readonly status: CheckResult['status'];
  readonly took: string;
  readonly checks: readonly PageCheck[];
}

export interface PageCheck {
  readonly id: string;
  readonly title: string;
  readonly status: CheckResult['status'];
  readonly took: string;
  /** Why it failed or was skipped; null where it passed. */
  readonly reason: string | null;
  /** `tcp 0.42 ms`. */
  readonly measured: readonly string[];
  /** What was sent, expected and received; parts that are empty are left out. */
  readonly evidence: readonly Fact[];
}

/** The tables of a run; it has no page of its own, so that no row leads to charts. */
export interface PageLoad extends Pick<ReportModel, 'tables' | 'benchmark' | 'notes' | 'legend'> {
  readonly curves: readonly LoadCurve[];
}

export function checkHtml(document: CheckDocument, assets: PageAssets): ReportFile[] {
  const page = { kind: 'check', title: document.runId, data: checkPageData(document) } as const;
  return [{ name: 'report.html', text: pageText(page, assets) }];
}

function checkPageData(document: CheckDocument): CheckPageData {
  const { scenarios, load, profile } = document;
  const security = scenarios.find(({ number }) => number === 'security');
  return {
    head: headOf(document),
    startedAt: document.startedAt,
    against: againstText(document),
    scenarios: scenarios.filter(({ number }) => number !== 'security').map(pageScenario),
    security: security === undefined ? null : pageScenario(security),
    advice: adviceOf(scenarios),
    load: load?.status === 'measured' ? loadOf(reportModel(load.result), chartLoads(load.result.cells)) : null,
    about: {
      id: document.runId,
      facts: factsOf(document),
      machines: document.environment.generators.map(machineFacts),
      profile: JSON.stringify(profile, null, 2) ?? null,
    },
  };
}

function againstText({ target, protocol }: CheckDocument): string {
  const engine = target.engine === null ? '' : ` · server engine ${target.engine}`;
  return `${target.url}${engine} · protocol ${protocol}`;
}

/** Advice of checks that did not fail, each once. A failed check has its advice beside it. */
function adviceOf(scenarios: readonly ScenarioResult[]): string[] {
  const checks = scenarios.flatMap((scenario) => scenario.checks).filter(({ status }) => status !== 'failed');
  return [...new Set(checks.flatMap(({ advice }) => advice))];
}

function headOf(document: CheckDocument): CheckPageData['head'] {
  const { runId, profile, scenarios, load } = document;
  const measured = load?.status === 'measured' ? reportModel(load.result) : { doubts: [], reasons: [] };
  const failures = scenarios.flatMap(failuresOf);
  return {
    id: runId,
    name: titleOf('Check', profile),
    verdict: verdictOf(document),
    doubts: [...failures, ...measured.doubts],
    reasons: [...failures, ...measured.reasons],
  };
}

function failuresOf(scenario: ScenarioResult): ReasonLine[] {
  return scenario.checks.flatMap((check): ReasonLine[] => {
    if (check.status !== 'failed') return [];
    const { id, title, reason, expected, advice } = check;
    const wanted =
      expected === '' ? 'the server must do what this check asks for' : `the server must answer: ${expected}`;
    const again = `--only ${id} runs this check alone; what the server is not meant to do, the key check of the profile can take back`;
    return [
      {
        ...{ code: id, where: scenarioTitle(scenario), severity: 'failed' },
        message: `${title}: ${reason}`,
        fix: [wanted, ...advice, again].join('; '),
      },
    ];
  });
}

function verdictOf(document: CheckDocument): VerdictLine[] {
  const { verdict, scenarios } = document;
  const { passed, failed, skipped } = verdict.scenarios;
  const all = passed + failed + skipped;
  const security = scenarios.find(({ number }) => number === 'security');
  return [
    {
      ...{ label: 'scenarios', word: `${passed}/${all}`, text: tallyText(verdict.scenarios) },
      tone: failed > 0 ? 'bad' : passed < all ? 'warn' : 'good',
    },
    { ...{ label: 'checks', text: tallyText(verdict.checks) }, ...judged(verdict.checks) },
    security === undefined
      ? { label: 'security', word: 'NOT CHECKED', text: 'left out', tone: 'plain' }
      : { ...{ label: 'security', text: tallyText(tallyOf(security)) }, ...judged(tallyOf(security)) },
    loadLine(document),
    { label: 'result', ...resultWord(document), text: conclusion(document) },
  ];
}

function tallyOf({ checks }: ScenarioResult): Tally {
  const count = (wanted: CheckResult['status']) => checks.filter(({ status }) => status === wanted).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

function judged({ passed, failed }: Tally): { readonly word: string; readonly tone: Tone } {
  if (failed > 0) return { word: 'FAIL', tone: 'bad' };
  return passed === 0 ? { word: 'SKIPPED', tone: 'plain' } : { word: 'PASS', tone: 'good' };
}

function loadLine({ load }: CheckDocument): VerdictLine {
  if (load === null) return { label: 'load', word: 'NOT ASKED FOR', text: '--with-load measures it', tone: 'plain' };
  if (load.status === 'failed') return { label: 'load', word: 'NOT MEASURED', text: load.reason, tone: 'bad' };
  const { word, text, tone } = reportModel(load.result).verdict.at(-1)!;
  return { label: 'load', word, text, tone };
}

function resultWord({ status, verdict }: CheckDocument): { readonly word: string; readonly tone: Tone } {
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

function loadOf({ tables, benchmark, notes, legend }: ReportModel, curves: readonly LoadCurve[]): PageLoad {
  return { tables, benchmark, notes, legend, curves };
}

function factsOf(document: CheckDocument): Fact[] {
  const { status, startedAt, endedAt, tookMs, target, tool, protocol, found, quick, seed, labels } = document;
  const aside = found == null ? null : setAsideText(found);
  return [
    ['Status', status],
    ['Started', startedAt],
    ['Ended', endedAt],
    ['Time of all checks', `${formatDuration(tookMs)}${quick ? ' (quick: shorter waits and streams)' : ''}`],
    ['Target', targetText(target)],
    ...(target.engine === null ? [] : [['Server engine', target.engine] satisfies Fact]),
    ['Protocol', protocol],
    ...(found == null ? [] : [['What was found', found.sentence] satisfies Fact]),
    ...(aside === null ? [] : [['Set aside', aside] satisfies Fact]),
    ...(found?.next == null ? [] : [['More', found.next] satisfies Fact]),
    ['Tested with', `${tool.name} ${tool.version}, client ${tool.engine}`],
    ['Seed', String(seed)],
    ...Object.entries(labels).map(([name, value]): Fact => [`Label ${name}`, value]),
  ];
}
