export interface ClimbOptions {
  readonly from: number;
  /** Factor from step to step: up, or down if the first rate fails. */
  readonly factor: number;
  /** The search ends when the highest rate that holds and the lowest that fails are closer than this share. */
  readonly precision: number;
  /** Rates outside are not tried. */
  readonly least: number;
  readonly most: number;
}

/**
 * The highest rate that holds: climbs by a factor until a rate fails, then halves the gap. 0 if not even the lowest
 * rate holds. Assumes that every rate below one that holds would hold, too.
 */
export async function highestThatHolds(
  holds: (rate: number) => Promise<boolean>,
  { from, factor, precision, least, most }: ClimbOptions,
): Promise<number> {
  let good = 0;
  let bad = Number.POSITIVE_INFINITY;
  let rate = from;
  while (good === 0 || bad === Number.POSITIVE_INFINITY) {
    if (await holds(rate)) {
      good = rate;
      if (rate >= most) return rate;
      if (bad === Number.POSITIVE_INFINITY) rate = Math.min(most, Math.round(rate * factor));
    } else {
      bad = rate;
      if (rate <= least) return 0;
      if (good === 0) rate = Math.max(least, Math.round(rate / factor));
    }
  }
  while (bad - good > good * precision) {
    const middle = Math.round((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
