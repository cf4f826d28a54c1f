/** A comparison as test cases: one for each metric of each cell, and one for each gate that failed somewhere. */

import type { ComparisonCell, ComparisonDocument, ComparisonMetric } from '../../documents/comparison-schema.js';
import { type JUnitCase, type JUnitSuite, junitText, resultCase } from '../shared/junit.js';
import { comparisonModel } from './model.js';

export function comparisonJUnit(document: ComparisonDocument): string {
  const suites = document.cells.map((cell) => suiteOf(cell));
  const { text } = comparisonModel(document).verdict.at(-1)!;
  const { word } = document.outcome;
  const outcome = word === 'PASSED' ? 'passed' : word === 'INVALID' || word === 'INCONCLUSIVE' ? 'error' : 'failed';
  const result = { name: 'result', cases: [resultCase('result', outcome, text, suites)] };
  return junitText('wsurge comparison', document.createdAt, [...suites, result]);
}

function suiteOf({ id, metrics, gates, leftOut }: ComparisonCell): JUnitSuite {
  if (leftOut !== null) {
    return { name: id, cases: [{ name: 'compared', outcome: 'skipped', message: leftOut, seconds: null }] };
  }
  const gateCases = gates.map(
    ({ gate, worse, message }): JUnitCase => ({
      name: `gate ${gate}`,
      outcome: worse ? 'failed' : 'skipped',
      message,
      seconds: null,
    }),
  );
  return { name: id, cases: [...metrics.map(caseOf), ...gateCases] };
}

/** The case of one metric. An open metric passes, as it does for the exit code, and its message says so. */
function caseOf({ title, word, gate, ratio, interval, notes }: ComparisonMetric): JUnitCase {
  const numbers = ratio === null ? '' : `B / A ${ratio.toFixed(3)}`;
  const range = interval === null ? '' : `, from ${interval[0].toFixed(3)} to ${interval[1].toFixed(3)}`;
  const message = [`${word ?? 'not compared'}: ${numbers}${range}`, ...notes].join(' ');
  const outcome = word === 'REGRESSED' && gate ? 'failed' : word === null ? 'skipped' : 'passed';
  return { name: title, outcome, message, seconds: null };
}
