/**
 * p values adjusted for asking many questions at once: if all with an adjusted p up to q are called true, a share of at
 * most q of them is false on average. Source: Y. Benjamini and Y. Hochberg, Controlling the false discovery rate,
 * Journal of the Royal Statistical Society B 57 (1995).
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[b]! - ps[a]!);
  const adjusted = new Array<number>(ps.length);
  let smallest = 1;
  order.forEach((index, fromLargest) => {
    smallest = Math.min(smallest, ps[index]! * (ps.length / (ps.length - fromLargest)));
    adjusted[index] = smallest;
  });
  return adjusted;
}
