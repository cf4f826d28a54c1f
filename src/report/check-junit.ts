/** junit.xml of a check: a suite for each scenario, a test case for each check. */
import type { CheckResult } from '../check/runner.js';
import type { CheckDocument } from './check-document.js';
import { evidenceText, figuresText, scenarioTitle } from './check-text.js';
import { type JUnitCase, junitText } from './junit.js';

export function checkJunit(document: CheckDocument): string {
  const suites = document.scenarios.map((scenario) => ({
    name: scenarioTitle(scenario),
    cases: scenario.checks.map(caseOf),
  }));
  if (document.load?.status === 'failed') {
    const message = document.load.reason;
    suites.push({ name: 'Load', cases: [{ name: 'load tables', outcome: 'error', message, seconds: null }] });
  }
  return junitText('wsurge check', document.startedAt, suites);
}

function caseOf(check: CheckResult): JUnitCase {
  const { id, title, status, tookMs } = check;
  const message =
    check.status === 'passed'
      ? figuresText(check.measured)
      : [check.reason, check.status === 'failed' ? evidenceText(check) : ''].filter((part) => part !== '').join('; ');
  return { name: `${id} ${title}`, outcome: status, message, seconds: tookMs / 1000 };
}
