/** Figures over the rounds of a contestant. */

/** The middle of `values`, or the mean of the two middle ones; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far the rounds lie apart, as a share of their median: (largest - smallest) / median. 0 for one round. */
export function spread(values: readonly number[]): number {
  const range = Math.max(...values) - Math.min(...values);
  return range === 0 ? 0 : range / Math.abs(median(values));
}

/** A figure of two contestants, with the lowest and highest of any one round. */
export interface Paired {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The ratio of medians a / b; beside it, round i of `a` over round i of `b`. */
export function ratio(a: readonly number[], b: readonly number[]): Paired {
  return paired(a, b, (x, y) => x / y);
}

/** The difference of medians a - b; beside it, round i of `a` less round i of `b`. */
export function difference(a: readonly number[], b: readonly number[]): Paired {
  return paired(a, b, (x, y) => x - y);
}

function paired(a: readonly number[], b: readonly number[], of: (x: number, y: number) => number): Paired {
  const each = a.slice(0, b.length).map((x, round) => of(x, b[round]!));
  return { value: of(median(a), median(b)), low: Math.min(...each), high: Math.max(...each) };
}
