import { Totals } from '../../src/metrics/histogram.js';
import { summarize } from '../../src/metrics/quantiles.js';
import { Recording } from '../../src/metrics/recording.js';
import { intervalRanks } from '../../src/stats/quantile-interval.js';
import { Rng } from '../../src/stats/rng.js';
import { type Experiment, type Finding, finding } from './experiment.js';

const SIMULATIONS = 1000;
const SAMPLES = 10_000;
/** Ranks are whole numbers, so the probability of an interval is a little above 95 %. */
const MOST_OVER_PERCENT = 1.5;
const MEAN_US = 10_000;
const JUDGED = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;
const NO_CENSORED = { timedOut: 0, otherCensored: 0, timeoutUs: 0, seed: 0 };

export const intervalCoverage: Experiment = {
  id: 'L12',
  title: 'How often the 95 % intervals hold the truth',
  truth:
    `${SIMULATIONS} simulated runs of ${SAMPLES} exponential latencies of which the true quantiles are known. Two ranks enclose a quantile with at least 95 %, exactly; the share of intervals that do hold the truth is the probability of these ranks, ` +
    `within three standard deviations of a count out of ${SIMULATIONS}.`,
  run: async () => {
    const hits = new Map<string, number>();
    for (let seed = 1; seed <= SIMULATIONS; seed++) {
      const { ci } = summarize(sample(new Rng(seed)), NO_CENSORED);
      for (const [name, q] of JUDGED) {
        const [low, high] = ci[name]!;
        const truthUs = -Math.log(1 - q) * MEAN_US;
        if (low <= truthUs && truthUs <= high) hits.set(name, (hits.get(name) ?? 0) + 1);
      }
    }
    return JUDGED.flatMap(([name, q]) => covered(name, q, hits.get(name) ?? 0));
  },
};

function sample(rng: Rng): Totals {
  const recording = new Recording();
  for (let i = 0; i < SAMPLES; i++) recording.record(-Math.log(1 - rng.next()) * MEAN_US);
  const totals = new QuantilesOnly();
  totals.add(recording.drain());
  return totals;
}

/** Nobody looks at mean and deviation here, which would take nine tenths of the time. */
class QuantilesOnly extends Totals {
  override get mean(): null {
    return null;
  }
  override get stdev(): null {
    return null;
  }
}

function covered(name: string, q: number, hits: number): Finding[] {
  const [low, high] = intervalRanks(SAMPLES, q)!;
  const exact = binomialBetween(SAMPLES, q, low, high - 1);
  const spread = 300 * Math.sqrt((exact * (1 - exact)) / SIMULATIONS);
  const reported = (hits / SIMULATIONS) * 100;
  return [
    finding(`${name}: probability of the ranks`, '%', 95, exact * 100, { below: 0, above: MOST_OVER_PERCENT }),
    finding(`${name}: intervals with the truth`, '%', exact * 100, reported, { below: spread, above: spread }),
  ];
}

/** Probability that `low` to `high` of n trials succeed. */
function binomialBetween(n: number, p: number, low: number, high: number): number {
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= high; k++) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    if (k >= low) sum += Math.exp(logChoose + k * Math.log(p) + (n - k) * Math.log(1 - p));
  }
  return sum;
}
