/** Steps after which the bracket is narrower than a double can tell. */
const MOST_STEPS = 200;

/** The x in [low, high] at which a rising function reaches `target`, to the last bit or so: found by halving. */
export function whereRisingReaches(rising: (x: number) => number, target: number, low: number, high: number): number {
  let below = low;
  let above = high;
  for (let step = 0; step < MOST_STEPS; step++) {
    const middle = (below + above) / 2;
    if (middle === below || middle === above) break;
    if (rising(middle) < target) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}
