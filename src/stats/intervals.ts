/** A closed interval [low, high], in the form in which it is written to JSON. */
export type Range = readonly [low: number, high: number];

export function width(range: Range): number {
  return range[1] - range[0];
}

/** True if the intervals have no point in common. Touching ends count as common. */
export function disjoint(a: Range, b: Range): boolean {
  return a[1] < b[0] || b[1] < a[0];
}

/** The wider of the two; the first on a tie. */
export function wider(a: Range, b: Range): Range {
  return width(b) > width(a) ? b : a;
}
