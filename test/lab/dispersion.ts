const BIN_US = 10_000;

/** Variance over mean of the counts in bins of 10 ms: 1 of Poisson arrivals, 0 of evenly spaced ones. */
export function dispersion(instantsUs: readonly number[], seconds: number): number {
  const bins = new Float64Array((seconds * 1e6) / BIN_US);
  for (const instantUs of instantsUs) {
    const bin = Math.floor(instantUs / BIN_US);
    if (bin < bins.length) bins[bin]!++;
  }
  const mean = bins.reduce((sum, count) => sum + count, 0) / bins.length;
  return bins.reduce((sum, count) => sum + (count - mean) ** 2, 0) / bins.length / mean;
}
