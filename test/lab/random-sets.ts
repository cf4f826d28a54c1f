import { Totals } from '../../src/metrics/histogram.js';
import type { SparseCounts } from '../../src/metrics/interval.js';
import { Recording } from '../../src/metrics/recording.js';
import { rankOf } from '../../src/stats/quantile-interval.js';
import { Rng } from '../../src/stats/rng.js';
import { type Experiment, exactly, finding } from './experiment.js';

const SETS = 100;
const MOST_VALUES = 20_000;
const MOST_WORKERS = 16;
const QUANTILES = [0.001, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];
const HIGHEST_US = 3_600_000_000;
/** A bucket of three significant digits is at most 1/1024 of its values wide. */
const LARGEST_ERROR = 0.001;

export const randomSets: Experiment = {
  id: 'L3',
  title: 'Random values against exact sorting',
  truth:
    `${SETS} sets of up to ${MOST_VALUES} values from 1 us to 1 h: even, exponential, log-normal, two-peaked. Each is recorded by 1 to ${MOST_WORKERS} workers, merged in another order, encoded and decoded, ` +
    'and its quantiles compared with those of the sorted values. Splitting, merging and encoding may not move a single count.',
  run: async () => {
    let worst = 0;
    let split = 0;
    let decoded = 0;
    for (let seed = 1; seed <= SETS; seed++) {
      const outcome = compare(seed);
      worst = Math.max(worst, outcome.worstError);
      if (!outcome.sameSplit) split++;
      if (!outcome.sameDecoded) decoded++;
    }
    return [
      finding('largest error of a quantile', '%', 0, worst * 100, { below: 0, above: LARGEST_ERROR * 100 }),
      exactly('sets that splitting changed', 'sets', 0, split),
      exactly('sets that encoding changed', 'sets', 0, decoded),
    ];
  },
};

interface Outcome {
  readonly worstError: number;
  readonly sameSplit: boolean;
  readonly sameDecoded: boolean;
}

function compare(seed: number): Outcome {
  const rng = new Rng(seed);
  const values = valuesOf(rng);
  const workers = 1 + rng.below(MOST_WORKERS);
  const parts = Array.from({ length: workers }, () => new Recording());
  for (const value of values) parts[rng.below(workers)]!.record(value);
  const merged = Totals.of(...parts.map((part) => part.drain()).reverse());
  const decoded = Totals.decode(merged.encode());
  const sorted = Float64Array.from(values).sort();
  const errors = QUANTILES.map((q) => {
    const rank = rankOf(sorted.length, q);
    const truth = sorted[rank - 1]!;
    return Math.abs(decoded.valueAtRank(rank) - truth) / truth;
  });
  return {
    worstError: Math.max(...errors),
    sameSplit: same(merged.sparse(), recordedAtOnce(values)),
    sameDecoded: same(merged.sparse(), decoded.sparse()),
  };
}

function recordedAtOnce(values: readonly number[]): SparseCounts {
  const recording = new Recording();
  for (const value of values) recording.record(value);
  return recording.drain();
}

function valuesOf(rng: Rng): number[] {
  const draw = SHAPES[rng.below(SHAPES.length)]!(rng);
  return Array.from({ length: 1 + rng.below(MOST_VALUES) }, () =>
    Math.min(HIGHEST_US, Math.max(1, Math.floor(draw()))),
  );
}

/** Each makes a source of values in microseconds. */
const SHAPES: readonly ((rng: Rng) => () => number)[] = [
  (rng) => {
    const most = 10 ** (1 + rng.next() * 8.5);
    return () => rng.next() * most;
  },
  (rng) => {
    const mean = 10 ** (1 + rng.next() * 7);
    return () => -Math.log(1 - rng.next()) * mean;
  },
  (rng) => {
    const middle = 1 + rng.next() * 15;
    return () => Math.exp(middle + 2 * normal(rng));
  },
  (rng) => {
    const slow = rng.next() * 0.1;
    return () => (rng.next() < slow ? 200_000 : 2000) * (0.9 + 0.2 * rng.next());
  },
];

/** Box and Muller's transform. */
function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

function same(a: SparseCounts, b: SparseCounts): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
