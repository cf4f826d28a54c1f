/**
 * junit.xml of a capacity search. The answer is the only test. Steps are shown as skipped: a search must have failed
 * steps.
 */

import type { CapacityDocument, CapacityStepRow } from '../../documents/capacity-document.js';
import { EXIT } from '../../errors.js';
import { type JUnitCase, junitText } from '../shared/junit.js';
import type { ReportFile } from '../shared/report-file.js';
import { requireText, stepWord } from './model.js';

export function capacityJUnit(document: CapacityDocument): ReportFile[] {
  const { answer, search, exitCode, runId, startedAt, steps } = document;
  const outcome = exitCode === EXIT.passed ? 'passed' : exitCode === EXIT.failed ? 'failed' : 'error';
  const required = search.require === null ? '' : `required ${requireText(document)}; `;
  const result = { name: 'answer', outcome, message: `${required}${answer.text}`, seconds: null } as const;
  const text = junitText(`wsurge capacity ${runId}`, startedAt, [
    { name: 'steps', cases: steps.map(stepCase) },
    { name: 'result', cases: [result] },
  ]);
  return [{ name: 'junit.xml', text }];
}

function stepCase(step: CapacityStepRow, i: number): JUnitCase {
  const { passed, why } = step;
  const message = [stepWord(step), ...(why === null ? [] : [why])].join(': ');
  return { name: `${i + 1} ${step.cell}`, outcome: passed ? 'passed' : 'skipped', message, seconds: null };
}
