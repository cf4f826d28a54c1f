/**
 * junit.xml of a check: a suite for each scenario, a test case for each check; then the load where one was measured,
 * and the result.
 */
import type { CheckResult } from '../../check/runner.js';
import type { CheckDocument } from '../../documents/check-document.js';
import { EXIT } from '../../errors.js';
import { runSuites } from '../run/junit.js';
import { type JUnitCase, type JUnitSuite, junitText, resultCase } from '../shared/junit.js';
import { conclusion, evidenceBeside, figuresText, resultWord, scenarioTitle } from './words.js';

export function checkJunit(document: CheckDocument): string {
  const scenarios = document.scenarios.map((scenario) => ({
    name: scenarioTitle(scenario),
    cases: scenario.checks.map(caseOf),
  }));
  const suites = [...scenarios, ...loadSuites(document)];
  const { exitCode } = document.verdict;
  const outcome = exitCode === EXIT.passed ? 'passed' : exitCode === EXIT.failed ? 'failed' : 'error';
  const said = conclusion(document);
  const own = resultCase('result', outcome, said, suites);
  // The result has a case of its own, the first, only if no other case says it. So usually every case is a check.
  const isNeeded =
    own.outcome === 'failed' || own.outcome === 'error' || suites.every(({ cases }) => cases.length === 0);
  const all = isNeeded ? [{ name: 'result', cases: [own] }, ...suites] : suites;
  return junitText('wsurge check', document.startedAt, all, { result: `${resultWord(document)}: ${said}` });
}

function caseOf(check: CheckResult): JUnitCase {
  const { id, title, status, tookMs } = check;
  const message =
    check.status === 'passed'
      ? figuresText(check.measured)
      : [check.reason, check.status === 'skipped' ? '' : evidenceBeside(check.reason, check)]
          .filter((part) => part !== '')
          .join('; ');
  return { name: `${id} ${title}`, outcome: status, message, seconds: tookMs / 1000 };
}

function loadSuites({ load }: CheckDocument): JUnitSuite[] {
  if (load === null) return [];
  if (load.status === 'measured') {
    return runSuites(load.result).map(({ name, cases }) => ({ name: `Load: ${name}`, cases }));
  }
  return [{ name: 'Load', cases: [{ name: 'load tables', outcome: 'error', message: load.reason, seconds: null }] }];
}
