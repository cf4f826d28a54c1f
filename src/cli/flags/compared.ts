/** The metrics of comparisons, as the help of several commands lists them. */
import { formatPercent } from '../../units.js';
import { comparedMetrics } from '../../verdict/compare/metrics.js';

/** `p50=5%, p99=10%`. */
export const MARGINS = comparedMetrics()
  .map(({ key, margin }) => `${key}=${formatPercent(margin).replace(' ', '')}`)
  .join(', ');

/** `p50, p99`. */
export const GATES = comparedMetrics()
  .filter(({ gate }) => gate)
  .map(({ key }) => key)
  .join(', ');
