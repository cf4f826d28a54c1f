/** How far two runs of one build lie apart by themselves. One run a side cannot tell; history or the user can. */
import { meanOf } from '../../stats/moments.js';
import { normalQuantile } from '../../stats/normal.js';
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

/** `share`: standard deviation of one run's value, 0.03 is 3 %. */
export function givenNoise(share: number): Noise {
  return { source: 'flag', deviation: Math.log1p(share), degrees: null };
}

/**
 * The noise of a series of runs in time order, all above zero: from the steps between neighbours, so that a change of
 * level counts once and slow drift hardly at all. Null with fewer than 5.
 */
export function noiseOfSeries(values: readonly number[]): Noise | null {
  if (values.length < FEWEST_RUNS) return null;
  const steps = values.slice(1).map((value, i) => Math.log(value / values[i]!));
  return {
    source: 'history',
    deviation: Math.sqrt(meanOf(steps.map((step) => step ** 2)) / 2),
    degrees: values.length - 1,
  };
}

/** Half the width of the interval of ln(b / a) that two single runs of one build have. */
export function halfWidthOfTwo({ deviation, degrees }: Noise, confidence: number): number {
  const p = (1 + confidence) / 2;
  return (degrees === null ? normalQuantile(p) : studentQuantile(p, degrees)) * deviation * Math.SQRT2;
}
