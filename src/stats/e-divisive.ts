/**
 * Change points of a series: positions where its mean changes for good. The energy distance of the values before and
 * after finds candidates; Student's t-test decides. A long series is searched in overlapping windows with a lenient p.
 * Then all points found are tested again between their neighbours with the strict p, weakest first. A change that
 * depends on one value is not reported: one odd night moves the mean of the last two.
 *
 * Sources: D. S. Matteson and N. A. James, A nonparametric approach for multiple change point analysis of multivariate
 * data, Journal of the American Statistical Association 109 (2014), equations 5-7 with alpha = 1. The two passes: P.
 * Fleming et al., Hunter: using change point detection to hunt for performance regressions, ICPE 2023.
 */
import { meanOf, spreadOf } from './moments.js';
import { equalMeansP } from './student-t.js';

export interface ChangePoint {
  /** Index of the first value after the change. */
  readonly index: number;
  /** Means of the values before and after, up to the neighbouring change points. */
  readonly before: number;
  readonly after: number;
  /** Two-sided. */
  readonly p: number;
}

export interface ChangePointOptions {
  /** Values in one window. Windows move on by half of this. */
  readonly window: number;
  readonly p: number;
  /** Limit of p in the first pass. */
  readonly firstPassP: number;
  /** Smallest change that is reported, as a share of the value before. */
  readonly minimumShare: number;
}

/** A single value is an outlier, not a change: each side needs at least two. */
const SHORTEST = 2;

/** Change points in order. The result is deterministic: nothing is drawn at random. */
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

/** Splits at the best candidate of all segments until the t-test no longer agrees. Returns indices in order. */
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

/** The split of [from, to) with the largest divergence. The right side may end before `to`, at a further change. */
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

/** Sums of the distances between all pairs of values over rectangles, so that a divergence costs a few additions. */
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

  /** Scaled energy distance of [from, at) and [at, to). Each has at least two values. */
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

/** Removes the weakest point until all pass: the largest p first, then the smallest change. */
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

/** True if removing the farthest value leaves less than half of the distance to the other side's mean. */
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
