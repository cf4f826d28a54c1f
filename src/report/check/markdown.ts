/**
 * report.md of a check, in the shape of a test report that somebody signs: summary, what was promised, every scenario
 * with what was measured, load, security, recommendations, one conclusion.
 */

import type { ScenarioStatus } from '../../check/check.js';
import type { CheckResult, ScenarioResult } from '../../check/runner.js';
import { type CheckDocument, tally } from '../../documents/check-document.js';
import { formatDuration } from '../../units.js';
import { runSections } from '../run/markdown.js';
import { fitting, folded, machinesTable, plain, sectionTexts, table } from '../shared/markdown.js';
import { targetText } from '../shared/target-text.js';
import { type Cause, causesOf } from './causes.js';
import { serverWords, setAsideText } from './server-words.js';
import {
  causeText,
  conclusion,
  evidenceBeside,
  figuresText,
  modesText,
  promisedBy,
  resultWord,
  scenariosText,
  scenarioTitle,
  serverEndTexts,
  tallyText,
} from './words.js';

export function checkMarkdown(document: CheckDocument): string {
  const numbered = document.scenarios.filter(({ number }) => number !== 'security');
  const security = document.scenarios.filter(({ number }) => number === 'security');
  const last = [
    recommended(document),
    ['## Conclusion', '', plain(conclusion(document), 700)],
    ['## Signed', '', ...table(['tested by', 'date', 'signature'], [['', '', '']])],
  ];
  const sections = [
    ['# wsurge test report'],
    serverEndTexts(document.serverEnds).map((text) => `**${plain(text, 500)}**`),
    summary(document),
    promised(document),
    overview(numbered),
    ...numbered.map(scenarioSection),
    ...loadSections(document),
    ...security.map(scenarioSection),
  ];
  const machines = folded('Environment', machinesTable(document.environment.generators));
  return fitting(sectionTexts([...sections, ...last, machines]), new Set(sectionTexts(last)));
}

const WORD: Readonly<Record<ScenarioStatus, string>> = {
  passed: 'PASS',
  failed: '**FAIL**',
  error: '**NOT JUDGED**',
  partly: 'PARTLY',
  skipped: 'skipped',
};

function summary(document: CheckDocument): string[] {
  const { verdict, startedAt, endedAt, tookMs, target, tool, protocol, labels, seed } = document;
  const rows: [string, string][] = [
    ['Result', `**${resultWord(document)}**: ${scenariosText(verdict.scenarios)}`],
    ['Checks', tallyText(verdict.checks)],
    ['Target', plain(targetText(target))],
    [
      'Server',
      plain(`${target.engine === null ? '' : `engine ${target.engine}, `}${serverWords(document.found, protocol)}`),
    ],
    ...foundRows(document),
    ['Started', plain(startedAt)],
    ['Ended', plain(endedAt)],
    ['Time of all checks', `${formatDuration(tookMs)}${modesText(document)}`],
    ['Tested with', plain(`${tool.name} ${tool.version}, client ${tool.engine}, seed ${seed}`)],
    ...Object.entries(labels).map(([name, value]): [string, string] => [plain(`Label ${name}`), plain(value)]),
  ];
  return ['## Summary', '', ...table(['', ''], rows)];
}

/** What kind of server it is, and what it said unasked. */
function foundRows({ found }: CheckDocument): [string, string][] {
  if (found == null) return [];
  const aside = setAsideText(found);
  return [
    ['What was found', plain(found.sentence, 500)],
    ...(aside === null ? [] : [['Set aside', plain(aside, 500)] as [string, string]]),
    ...(found.next === null ? [] : [['More', plain(found.next)] as [string, string]]),
  ];
}

/** What the server is held to, and who said so; then what nobody promised. */
function promised({ promises }: CheckDocument): string[] {
  const rows = promises.flatMap(({ key, says, by }) =>
    by === null ? [] : [[plain(key), plain(says, 160), promisedBy(by)]],
  );
  const open = promises.filter(({ by }) => by === null).map(({ key }) => key);
  return [
    '## What was promised',
    '',
    ...table(['key of the profile', 'promise', 'by'], rows),
    ...(open.length === 0 ? [] : ['', plain(`Not promised, so not checked: ${open.join(', ')}.`, 1000)]),
  ];
}

function overview(scenarios: readonly ScenarioResult[]): string[] {
  const rows = scenarios.map(({ checks, status, tookMs, ...scenario }) => {
    const { passed, failed, error, skipped } = tally(checks);
    const counts = [passed, failed, error, skipped].map(String);
    return [plain(scenarioTitle(scenario)), WORD[status], ...counts, formatDuration(tookMs)];
  });
  const heads = ['scenario', 'result', 'passed', 'failed', 'not judged', 'skipped', 'time'];
  return ['## Scenarios', '', ...table(heads, rows, [false, false, true, true, true, true, true])];
}

/** A row for each check that was made; those that were not stand below with the reason. */
function scenarioSection(scenario: ScenarioResult): string[] {
  const made = scenario.checks.filter(({ status }) => status !== 'skipped');
  const rows = made.map((check) => [
    check.id,
    plain(check.title),
    WORD[check.status],
    plain(check.sent, MOST_CELL),
    plain(check.expected, MOST_CELL),
    plain(check.received, MOST_CELL),
    plain(figuresText(check.measured), MOST_CELL),
    formatDuration(check.tookMs),
  ]);
  const heads = ['', 'check', 'result', 'sent', 'expected', 'received', 'measured', 'time'];
  const title = scenario.number === 'security' ? plain(scenario.title) : `Scenario ${plain(scenarioTitle(scenario))}`;
  return [
    `### ${title}: ${WORD[scenario.status]}`,
    ...(rows.length === 0 ? [] : ['', ...table(heads, rows, [false, false, false, false, false, false, false, true])]),
    ...reasonLines(scenario.checks),
  ];
}

const MOST_CELL = 160;

/** Failures with all their evidence, then what could not be judged, then what was skipped: one line for each reason. */
function reasonLines(checks: readonly CheckResult[]): string[] {
  const failures = checks.flatMap((check) => {
    if (check.status !== 'failed') return [];
    const evidence = evidenceBeside(check.reason, check);
    return [`- ${check.id} failed: ${plain(`${check.reason}${evidence === '' ? '' : ` (${evidence})`}`, 700)}`];
  });
  const lines = [
    ...failures,
    ...sameReasons(checks, 'error', 'not judged'),
    ...sameReasons(checks, 'skipped', 'skipped'),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

/** `- 1.2, 1.6 skipped: left out`. */
function sameReasons(checks: readonly CheckResult[], status: 'error' | 'skipped', word: string): string[] {
  const ids = new Map<string, string[]>();
  for (const check of checks) {
    if (check.status === status) ids.set(check.reason, [...(ids.get(check.reason) ?? []), check.id]);
  }
  return [...ids].map(([reason, same]) => `- ${same.join(', ')} ${word}: ${plain(reason, 700)}`);
}

function loadSections({ load }: CheckDocument): string[][] {
  if (load === null) return [];
  if (load.status === 'failed') return [['## Load', '', `Not measured: ${plain(load.reason, 500)}`]];
  const [verdict = [], ...rest] = runSections(load.result);
  return [['## Load', '', ...verdict], ...rest];
}

function recommended(document: CheckDocument): string[] {
  const causes = causesOf(document);
  if (causes.length === 0) return ['## Recommendations', '', 'None: nothing was seen that asks for a change.'];
  const line = (cause: Cause, index: number) => `${index + 1}. ${plain(causeText(cause), 700)}`;
  const more = causes.length - MOST_CAUSES;
  const rest = more > 0 ? ['', `${more} more are in report.html and result.json.`] : [];
  return ['## Recommendations', '', ...causes.slice(0, MOST_CAUSES).map(line), ...rest];
}

const MOST_CAUSES = 20;
