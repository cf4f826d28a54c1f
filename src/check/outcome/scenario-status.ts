import type { Check, CheckStatus, ScenarioStatus } from '../check.js';
import type { CheckResult } from '../runner.js';

/** Passed: at least one check passed, every required one among them. */
export function scenarioStatus(
  checks: readonly Pick<Check, 'id' | 'isRequired'>[],
  results: readonly Pick<CheckResult, 'id' | 'status'>[],
): ScenarioStatus {
  const has = (wanted: CheckStatus) => results.some(({ status }) => status === wanted);
  if (has('failed')) return 'failed';
  if (has('error')) return 'error';
  if (!has('passed')) return 'skipped';
  const passed = new Set(results.filter(({ status }) => status === 'passed').map(({ id }) => id));
  return checks.every(({ id, isRequired }) => isRequired !== true || passed.has(id)) ? 'passed' : 'partly';
}
