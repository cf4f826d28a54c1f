/** A straight line through points. `r2` is the share of the variance of y that it explains, 0 to 1. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  readonly r2: number;
}

/** Ordinary least squares of y over x. Null with fewer than two distinct x. If all y are equal, r2 is 1. */
export function leastSquares(points: readonly (readonly [x: number, y: number])[]): Line | null {
  const n = points.length;
  if (n < 2) return null;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  if (xx === 0) return null;
  const slope = xy / xx;
  return { slope, intercept: meanY - slope * meanX, r2: yy === 0 ? 1 : (xy * xy) / (xx * yy) };
}
