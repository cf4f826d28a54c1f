import { normalQuantile } from '../../stats/normal.js';
import { studentQuantile } from '../../stats/student-t.js';

/** Nobody runs more rounds than this: the difference is too close to the margin to be decided. */
const MOST_ROUNDS = 1000;

/**
 * How many rounds make the interval of a mean narrow enough to lie clear of both margins, if mean and spread stay the
 * same. Null above 1,000. `worsening` and `margin` are logarithms; `deviation` is that of one round.
 */
export function roundsNeeded(worsening: number, deviation: number, margin: number, confidence: number): number | null {
  const gap = Math.abs(margin - Math.abs(worsening));
  const p = (1 + confidence) / 2;
  // The normal distribution needs fewer rounds than Student's, so this is a start from below.
  let rounds = Math.max(2, Math.floor((normalQuantile(p) * deviation) / gap) ** 2);
  while (rounds <= MOST_ROUNDS) {
    if (studentQuantile(p, rounds - 1) * deviation <= gap * Math.sqrt(rounds)) return rounds;
    rounds++;
  }
  return null;
}
