/**
 * Change points of a series: where its mean moves for good. Candidates come from the energy distance of the values
 * before and after, a Student's t-test decides. Long series are looked at through overlapping windows with a lenient p,
 * then all points found are tested anew between their neighbours with the strict one, weakest first. A change that
 * hangs on one value is none: an odd night moves the mean of the last two. Sources: D. S. Matteson and N. A. James, A
 * nonparametric approach for multiple change point analysis of multivariate data, Journal of the American Statistical
 * Association 109 (2014), equations 5-7 with alpha = 1; the two passes as in P. Fleming et al., Hunter: using change
 * point detection to hunt for performance regressions, ICPE 2023.
 */
import { meanOf, spreadOf } from './moments.js';
import { equalMeansP } from './student-t.js';

export interface ChangePoint {
  /** Of the first value after the change. */
  readonly index: number;
  /** Means of the stretches before and after, up to the neighbouring change points. */
  readonly before: number;
  readonly after: number;
  /** Two-sided. */
  readonly p: number;
}

export interface ChangePointOptions {
  /** Values looked at together; they move on by half of it. */
  readonly window: number;
  readonly p: number;
  /** Of the first pass. */
  readonly firstPassP: number;
  /** Smallest change worth reporting, as a share of the value before. */
  readonly minimumShare: number;
}

/** One value by itself is an outlier, not a change: either side has at least two. */
const SHORTEST = 2;

/** Change points in order. Same series, same answer: nothing is drawn at random. */
export function changePoints(series: readonly number[], options: ChangePointOptions): ChangePoint[] {
  const found = new Set<number>();
  const step = Math.max(1, options.window >> 1);
  for (let start = 0; start < series.length; ) {
    const inWindow = divide(series.slice(start, start + options.window), options.firstPassP);
    for (const index of inWindow) found.add(start + index);
    if (start + options.window >= series.length) break;
    start = Math.max(start + (inWindow.at(-1) ?? 0), start + step);
  }
  return keepStrong(
    series,
    [...found].sort((a, b) => a - b),
    options,
  );
}

/** Splits at the best candidate of all segments for as long as the t-test agrees; indices in order. */
function divide(values: readonly number[], p: number): number[] {
  const energy = new EnergyTable(values);
  const bounds = [0, values.length];
  for (;;) {
    let best: Candidate | null = null;
    for (let i = 1; i < bounds.length; i++) best = better(best, bestSplit(energy, bounds[i - 1]!, bounds[i]!));
    if (best === null || meansP(values, best) >= p) return bounds.slice(1, -1);
    bounds.push(best.at);
    bounds.sort((a, b) => a - b);
  }
}

interface Candidate {
  readonly from: number;
  readonly at: number;
  readonly to: number;
  readonly q: number;
}

function better(a: Candidate | null, b: Candidate | null): Candidate | null {
  return a === null || (b !== null && b.q > a.q) ? b : a;
}

function meansP(values: readonly number[], { from, at, to }: Omit<Candidate, 'q'>): number {
  return equalMeansP(spreadOf(values.slice(from, at)), spreadOf(values.slice(at, to)));
}

/**
 * The split of [from, to) with the largest divergence; the right side may end before `to`, where a further change is.
 */
function bestSplit(energy: EnergyTable, from: number, to: number): Candidate | null {
  let best: Candidate | null = null;
  for (let at = from + SHORTEST; at <= to - SHORTEST; at++) {
    for (let end = at + SHORTEST; end <= to; end++) {
      const q = energy.divergence(from, at, end);
      if (best === null || q > best.q) best = { from, at, to, q };
    }
  }
  return best;
}

/** Distances between all pairs of values as sums over rectangles, so that a divergence costs a few additions. */
class EnergyTable {
  readonly #side: number;
  readonly #sums: Float64Array;

  constructor(values: readonly number[]) {
    const side = values.length + 1;
    this.#side = side;
    this.#sums = new Float64Array(side * side);
    for (let row = 1; row < side; row++) {
      for (let column = 1; column < side; column++) {
        const distance = Math.abs(values[row - 1]! - values[column - 1]!);
        const at = row * side + column;
        this.#sums[at] = distance + this.#sums[at - 1]! + this.#sums[at - side]! - this.#sums[at - side - 1]!;
      }
    }
  }

  /** Scaled energy distance of [from, at) and [at, to), which have at least two values each. */
  divergence(from: number, at: number, to: number): number {
    const [m, n] = [at - from, to - at];
    const between = this.#rectangle(from, at, at, to) / (m * n);
    const left = this.#rectangle(from, at, from, at) / (m * (m - 1));
    const right = this.#rectangle(at, to, at, to) / (n * (n - 1));
    return ((m * n) / (m + n)) * (2 * between - left - right);
  }

  #rectangle(fromRow: number, toRow: number, fromColumn: number, toColumn: number): number {
    const sum = (row: number, column: number) => this.#sums[row * this.#side + column]!;
    return sum(toRow, toColumn) - sum(fromRow, toColumn) - sum(toRow, fromColumn) + sum(fromRow, fromColumn);
  }
}

/** Takes out the weakest point until all pass: the largest p first, then the smallest change. */
function keepStrong(
  series: readonly number[],
  candidates: readonly number[],
  options: ChangePointOptions,
): ChangePoint[] {
  let kept = [...candidates];
  for (;;) {
    const points = kept.map((index, i) => pointAt(series, kept[i - 1] ?? 0, index, kept[i + 1] ?? series.length));
    const doubtful = points.filter(({ p }) => p >= options.p);
    const small = points.filter((point) => shareOf(point) < options.minimumShare);
    const weakest = doubtful.length > 0 ? most(doubtful, ({ p }) => p) : most(small, (point) => -shareOf(point));
    if (weakest === null) return points;
    kept = kept.filter((index) => index !== weakest.index);
  }
}

function pointAt(series: readonly number[], from: number, index: number, to: number): ChangePoint {
  const [left, right] = [series.slice(from, index), series.slice(index, to)];
  const [before, after] = [spreadOf(left), spreadOf(right)];
  const hangs = hangsOnOne(left, after.mean) || hangsOnOne(right, before.mean);
  return { index, before: before.mean, after: after.mean, p: hangs ? 1 : equalMeansP(before, after) };
}

/** True where less than half of the distance to the other side's mean is left without the value farthest from it. */
function hangsOnOne(values: readonly number[], otherMean: number): boolean {
  const distance = (of: readonly number[]) => meanOf(of) - otherMean;
  const farthest = values.reduce((far, x) => (Math.abs(x - otherMean) > Math.abs(far - otherMean) ? x : far));
  const rest = values.toSpliced(values.indexOf(farthest), 1);
  return rest.length === 0 || distance(rest) / distance(values) < 0.5;
}

function shareOf({ before, after }: ChangePoint): number {
  return before === after ? 0 : Math.abs(after - before) / Math.abs(before);
}

function most(points: readonly ChangePoint[], of: (point: ChangePoint) => number): ChangePoint | null {
  return points.reduce<ChangePoint | null>((top, point) => (top === null || of(point) > of(top) ? point : top), null);
}
