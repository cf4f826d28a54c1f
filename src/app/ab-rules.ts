import type { Problem } from '../errors.js';
import type { Threshold } from '../profile/profile.js';

const EVERY_TURN = 'every turn of both builds is the same cells for the same time';

/**
 * A problem for each threshold with `abortOnFail`: a turn that ends early measures less than the others, and the seed would
 * decide which build's. `where`: what the user calls the threshold of a metric.
 */
export function abortingProblems(
  thresholds: readonly Threshold[],
  where: (metric: string) => string = (metric) => metric,
): Problem[] {
  return thresholds
    .filter(({ abortOnFail }) => abortOnFail)
    .map(({ metric, expression }) => ({
      where: where(metric),
      message: `abortOnFail does not go with ab: ${EVERY_TURN}`,
      hint: `leave it out: the comparison counts the turns that miss "${expression}" and says so`,
    }));
}
