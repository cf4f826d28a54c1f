/** JUnit XML as CI servers read it. Foreign text is escaped twice over: made printable, then made XML. */
import { sanitize } from '../../text/sanitize.js';

export interface JUnitCase {
  readonly name: string;
  /** `failed`: what was tested does not hold. `error`: it could not be tested. `skipped`: shown, without a say. */
  readonly outcome: 'passed' | 'failed' | 'error' | 'skipped';
  /** One line; '' for a passed case without more to say. */
  readonly message: string;
  /** How long the case took; null where that means nothing. */
  readonly seconds: number | null;
}

export interface JUnitSuite {
  readonly name: string;
  readonly cases: readonly JUnitCase[];
}

/**
 * The result as a case of its own, so that every report has a case. It fails only if no other case does, so that each
 * failure is counted once.
 */
export function resultCase(
  name: string,
  outcome: JUnitCase['outcome'],
  message: string,
  others: readonly JUnitSuite[],
): JUnitCase {
  const isCounted = others.some(({ cases }) =>
    cases.some((each) => each.outcome === 'failed' || each.outcome === 'error'),
  );
  const own = outcome !== 'passed' && isCounted ? 'skipped' : outcome;
  return { name, outcome: own, message, seconds: null };
}

/** Longer than any reason. */
const MOST_TEXT = 8000;
const ELEMENT = { failed: 'failure', error: 'error', skipped: 'skipped' } as const;

/**
 * Suites without cases are left out; the first one has the properties. Throws if no case is left: CI would take an
 * empty report for a pass.
 */
export function junitText(
  name: string,
  startedAt: string,
  suites: readonly JUnitSuite[],
  properties: Readonly<Record<string, string>> = {},
): string {
  const shown = suites.filter(({ cases }) => cases.length > 0);
  if (shown.length === 0) throw new Error('a JUnit report without a test case');
  const all = shown.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(name)}" ${countsOf(all)}>`,
    ...shown.flatMap((suite, index) => suiteLines(suite, startedAt, index === 0 ? properties : {})),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines(
  { name, cases }: JUnitSuite,
  startedAt: string,
  properties: Readonly<Record<string, string>>,
): string[] {
  const named = Object.entries(properties).map(([key, value]) => {
    return `      <property name="${attribute(key)}" value="${attribute(value)}"/>`;
  });
  return [
    `  <testsuite name="${attribute(name)}" timestamp="${attribute(startedAt.slice(0, 19))}" ${countsOf(cases)}>`,
    ...(named.length === 0 ? [] : ['    <properties>', ...named, '    </properties>']),
    ...cases.flatMap((each) => caseLines(name, each)),
    '  </testsuite>',
  ];
}

function caseLines(suite: string, { name, outcome, message, seconds }: JUnitCase): string[] {
  const head = `    <testcase name="${attribute(name)}" classname="${attribute(suite)}" time="${(seconds ?? 0).toFixed(3)}"`;
  if (outcome !== 'passed') {
    return [`${head}>`, `      <${ELEMENT[outcome]} message="${attribute(message)}"/>`, '    </testcase>'];
  }
  if (message === '') return [`${head}/>`];
  return [`${head}>`, `      <system-out>${escaped(message)}</system-out>`, '    </testcase>'];
}

function countsOf(cases: readonly JUnitCase[]): string {
  const count = (wanted: JUnitCase['outcome']) => cases.filter(({ outcome }) => outcome === wanted).length;
  const seconds = cases.reduce((sum, each) => sum + (each.seconds ?? 0), 0);
  const numbers = { failures: count('failed'), errors: count('error'), skipped: count('skipped') };
  const counts = Object.entries({ tests: cases.length, ...numbers }).map(([key, value]) => `${key}="${value}"`);
  return `${counts.join(' ')} time="${seconds.toFixed(3)}"`;
}

function attribute(text: string): string {
  return escaped(text).replaceAll('"', '&quot;');
}

function escaped(text: string): string {
  return sanitize(text, MOST_TEXT).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
