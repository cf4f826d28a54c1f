/** report.md of a check, in the shape of a test report: summary, environment, scenarios with what was measured, security, conclusion. */

import type { CheckResult, ScenarioResult } from '../check/runner.js';
import { EXIT } from '../errors.js';
import { formatDuration } from '../units.js';
import type { CheckDocument } from './check-document.js';
import { setAsideText } from './check-found.js';
import {
  conclusion,
  evidenceText,
  figuresText,
  recommendations,
  scenariosText,
  scenarioTitle,
  tallyText,
} from './check-text.js';
import {
  benchmarkSection,
  doubtsTable,
  environmentSection,
  fitting,
  folded,
  plain,
  table,
  tableSection,
  verdictLine,
} from './markdown.js';
import { reportModel } from './tables.js';
import { targetText } from './target-facts.js';

export function checkMarkdown(document: CheckDocument): string {
  const numbered = document.scenarios.filter(({ number }) => number !== 'security');
  const security = document.scenarios.filter(({ number }) => number === 'security');
  const isFailed = ({ status }: ScenarioResult) => status === 'failed';
  const fine = [...numbered, ...security].filter((scenario) => !isFailed(scenario));
  const sections = [
    ['# wsurge test report'],
    summary(document),
    overview(numbered),
    ...[...numbered, ...security].filter(isFailed).map(scenarioSection),
    ...loadSections(document),
    recommended(document),
    ['## Conclusion', '', plain(conclusion(document), 500)],
    folded(
      'Scenarios without a failure',
      fine.flatMap((scenario) => [...scenarioSection(scenario), '']),
    ),
    folded('Environment', environmentSection(document)),
  ];
  return fitting(sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')));
}

const WORD = { passed: 'PASS', failed: '**FAIL**', skipped: 'skipped' } as const;

function summary(document: CheckDocument): string[] {
  const { verdict, status, startedAt, endedAt, tookMs, target, tool, quick, protocol, labels, seed } = document;
  const word = status === 'interrupted' ? 'INTERRUPTED' : verdict.passed ? 'PASS' : 'FAIL';
  const rows: [string, string][] = [
    ['Result', `**${verdict.exitCode === EXIT.invalid ? 'UNDECIDED' : word}**: ${scenariosText(verdict.scenarios)}`],
    ['Checks', tallyText(verdict.checks)],
    ['Target', plain(targetText(target))],
    [
      'Server',
      plain(target.engine === null ? `protocol ${protocol}` : `engine ${target.engine}, protocol ${protocol}`),
    ],
    ...foundRows(document),
    ['Started', plain(startedAt)],
    ['Ended', plain(endedAt)],
    ['Time of all checks', `${formatDuration(tookMs)}${quick ? ' (quick: shorter waits and streams)' : ''}`],
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

function overview(scenarios: readonly ScenarioResult[]): string[] {
  const rows = scenarios.map((scenario) => {
    const count = (wanted: CheckResult['status']) =>
      String(scenario.checks.filter(({ status }) => status === wanted).length);
    return [
      plain(scenarioTitle(scenario)),
      WORD[scenario.status],
      count('passed'),
      count('failed'),
      count('skipped'),
      formatDuration(scenario.tookMs),
    ];
  });
  const heads = ['scenario', 'result', 'passed', 'failed', 'skipped', 'time'];
  return table(heads, rows, [false, false, true, true, true, true]);
}

function scenarioSection(scenario: ScenarioResult): string[] {
  const rows = scenario.checks.map((check) => [
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
  return [
    `## ${scenario.number === 'security' ? plain(scenario.title) : `Scenario ${plain(scenarioTitle(scenario))}`}`,
    '',
    ...table(heads, rows, [false, false, false, false, false, false, false, true]),
    ...reasonLines(scenario.checks),
  ];
}

const MOST_CELL = 160;

/** Failures with all their evidence, then what was skipped and why. */
function reasonLines(checks: readonly CheckResult[]): string[] {
  const lines = checks.flatMap((check) => {
    if (check.status === 'passed') return [];
    const evidence = check.status === 'failed' ? evidenceText(check) : '';
    const text = `${check.reason}${evidence === '' ? '' : ` (${evidence})`}`;
    return [`- ${check.id} ${check.status === 'failed' ? 'failed' : 'skipped'}: ${plain(text, 700)}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

function loadSections({ load }: CheckDocument): string[][] {
  if (load === null) return [];
  if (load.status === 'failed') return [['## Load', '', `Not measured: ${plain(load.reason, 500)}`]];
  const model = reportModel(load.result);
  return [
    ['## Load', '', verdictLine(model)],
    ...model.tables.map((table) => tableSection(table)),
    benchmarkSection(model.benchmark),
    doubtsTable(model),
  ];
}

function recommended(document: CheckDocument): string[] {
  const all = recommendations(document);
  const lines =
    all.length === 0 ? ['None: nothing was seen that asks for a change.'] : all.map((text) => `- ${plain(text, 500)}`);
  return ['## Recommendations', '', ...lines];
}
