/** A closed interval [low, high]; shaped so that it can stand in JSON as it is. */
export type Range = readonly [low: number, high: number];

export function width(range: Range): number {
  return range[1] - range[0];
}

/** True where the two have no point in common; touching ends count as common. */
export function disjoint(a: Range, b: Range): boolean {
  return a[1] < b[0] || b[1] < a[0];
}

/** The one with the larger width, the first on a tie. */
export function wider(a: Range, b: Range): Range {
  return width(b) > width(a) ? b : a;
}
