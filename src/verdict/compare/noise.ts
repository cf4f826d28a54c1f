/** How far two runs of one build lie apart by themselves. One run a side cannot tell; history or the user can. */
import { changePoints } from '../../stats/e-divisive.js';
import { meanOf } from '../../stats/moments.js';
import { normalQuantile } from '../../stats/normal.js';
import { drawnIn } from '../../stats/outliers.js';
import { studentQuantile } from '../../stats/student-t.js';

export interface Noise {
  readonly source: 'flag' | 'history';
  /** Standard deviation of ln(value) of a single run. */
  readonly deviation: number;
  /** What the deviation rests on; null where it is given as known. */
  readonly degrees: number | null;
}

/** From fewer runs of a series nothing is said. */
const FEWEST_RUNS = 5;
/** When a series of nights has changed its level, for noise and trends alike. */
export const LEVEL_CHANGES = { window: 50, p: 0.001, firstPassP: 0.01 } as const;

/** `share`: standard deviation of one run's value, 0.03 is 3 %. */
export function givenNoise(share: number): Noise {
  return { source: 'flag', deviation: Math.log1p(share), degrees: null };
}

/**
 * The noise of a series of runs in time order, all above zero: from the steps between neighbours within each of its levels,
 * so that a change of level does not count, and slow drift hardly at all. Levels end at change points of at least `margin`;
 * a step that stands apart from all others, as into a new level of one run, counts as the furthest that does not. Null with
 * fewer than 5 runs.
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

/** Half the width of the interval of ln(b / a) that two single runs of one build have. */
export function halfWidthOfTwo({ deviation, degrees }: Noise, confidence: number): number {
  const p = (1 + confidence) / 2;
  return (degrees === null ? normalQuantile(p) : studentQuantile(p, degrees)) * deviation * Math.SQRT2;
}
