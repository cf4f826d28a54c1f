/** The checks of a run before any of them is done. */
import { skipped, titleOf } from './check.js';
import { scenarioStatus } from './outcome/scenario-status.js';
import { leftOut, type RunnerOptions, type ScenarioResult } from './runner.js';

/** Every check that is to run, skipped for `reason`; one that the user left out says so instead. */
export function notRun(
  options: Pick<RunnerOptions, 'scenarios' | 'skip' | 'gentle' | 'context'>,
  reason: string,
): ScenarioResult[] {
  return options.scenarios.map(({ number, name, title, checks: all }) => {
    const checks = all.map((check) => {
      const outcome = leftOut(check, options) ?? skipped(reason);
      return { id: check.id, title: titleOf(check, options.context), tookMs: 0, ...outcome };
    });
    return { number, name, title, status: scenarioStatus(all, checks), tookMs: 0, checks };
  });
}

/** Ids of the checks that a scenario needs to pass. */
export function requiredOf({ scenarios }: Pick<RunnerOptions, 'scenarios'>): string[] {
  return scenarios.flatMap(({ checks }) => checks.filter(({ isRequired }) => isRequired === true).map(({ id }) => id));
}
