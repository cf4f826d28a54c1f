/** How far apart two runs of the same build are. One run per side cannot tell; a history or the user can. */
import { changePoints } from '../../stats/e-divisive.js';
import { meanOf } from '../../stats/moments.js';
import { normalQuantile } from '../../stats/normal.js';
import { drawnIn } from '../../stats/outliers.js';
import { studentQuantile } from '../../stats/student-t.js';
import { COMPARED_KEYS, type ComparedKey } from './metrics.js';

export interface Noise {
  readonly source: 'flag' | 'history';
  /** Standard deviation of ln(value) for a single run. */
  readonly deviation: number;
  /** Degrees of freedom of the deviation; null if it is given as known. */
  readonly degrees: number | null;
}

/** A series with fewer runs gives no estimate. */
const FEWEST_RUNS = 5;
/** When a series of nights counts as having changed its level. Used for noise and for trends. */
export const LEVEL_CHANGES = { window: 50, p: 0.001, firstPassP: 0.01 } as const;

/**
 * One share for all metrics that say how fast something was. The reach is none of them: 3 % of all deliveries is no
 * noise, but a loss. Its noise is given by its name.
 */
export function evenNoise(share: number): Partial<Record<ComparedKey, number>> {
  return Object.fromEntries(COMPARED_KEYS.filter((key) => key !== 'reach').map((key) => [key, share]));
}

/** `share`: standard deviation of the value of one run; 0.03 is 3 %. */
export function givenNoise(share: number): Noise {
  return { source: 'flag', deviation: Math.log1p(share), degrees: null };
}

/**
 * The noise of a series of runs in order of time, all above zero. It is estimated from the steps between neighbours
 * within each level of the series, so a change of level does not count, and slow drift hardly counts. Change points of
 * at least `margin` separate the levels. An outlying step (such as a level of a single run) counts as the largest step
 * that is not an outlier. Null with fewer than 5 runs.
 */
export function noiseOfSeries(values: readonly number[], margin: number): Noise | null {
  if (values.length < FEWEST_RUNS) return null;
  const ends = changePoints(values, { ...LEVEL_CHANGES, minimumShare: margin }).map(({ index }) => index);
  const isEnd = new Set(ends);
  const steps = values.slice(1).flatMap((value, i) => (isEnd.has(i + 1) ? [] : [Math.log(value / values[i]!)]));
  if (steps.length < FEWEST_RUNS - 1) return null;
  const drawn = drawnIn(steps);
  return {
    source: 'history',
    deviation: Math.sqrt(meanOf(drawn.map((step) => step ** 2)) / 2),
    degrees: drawn.filter((step, i) => step === steps[i]).length,
  };
}

/** Half the width of the interval of ln(b / a) for two single runs of one build. */
export function halfWidthOfTwo({ deviation, degrees }: Noise, confidence: number): number {
  const p = (1 + confidence) / 2;
  return (degrees === null ? normalQuantile(p) : studentQuantile(p, degrees)) * deviation * Math.SQRT2;
}
