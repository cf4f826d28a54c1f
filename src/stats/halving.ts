/** After this many steps the bracket is narrower than the precision of a double. */
const MOST_STEPS = 200;

/** Finds by bisection the x in [low, high] at which a rising function reaches `target`, to about the last bit. */
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
