import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changePoints } from '../../src/stats/e-divisive.js';
import { spreadOf } from '../../src/stats/moments.js';
import { Rng } from '../../src/stats/rng.js';
import { equalMeansP } from '../../src/stats/student-t.js';
import { assertClose, reference } from './reference.js';

const OPTIONS = { window: 50, p: 0.001, firstPassP: 0.01, minimumShare: 0 };

/** Roughly normal: twelve uniform numbers. */
function noise(rng: Rng): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += rng.next();
  return sum;
}

/** Stretches of [length, level], with noise of 1. */
function seriesOf(seed: number, ...stretches: readonly (readonly [length: number, level: number])[]): number[] {
  const rng = new Rng(seed);
  return stretches.flatMap(([length, level]) => Array.from({ length }, () => level + noise(rng)));
}

function indicesOf(series: readonly number[], options = OPTIONS): number[] {
  return changePoints(series, options).map(({ index }) => index);
}

/** The definition, pair by pair, in a single window. */
function bruteForce(series: readonly number[], p: number): number[] {
  const bounds = [0, series.length];
  for (;;) {
    let best = { q: Number.NEGATIVE_INFINITY, at: -1, from: 0, to: 0 };
    for (let i = 1; i < bounds.length; i++) {
      const [from, to] = [bounds[i - 1]!, bounds[i]!];
      for (let at = from + 2; at <= to - 2; at++) {
        for (let end = at + 2; end <= to; end++) {
          const q = divergence(series.slice(from, at), series.slice(at, end));
          if (q > best.q + 1e-9) best = { q, at, from, to };
        }
      }
    }
    const { at, from, to } = best;
    if (at < 0 || equalMeansP(spreadOf(series.slice(from, at)), spreadOf(series.slice(at, to))) >= p) {
      return bounds.slice(1, -1);
    }
    bounds.push(at);
    bounds.sort((a, b) => a - b);
  }
}

function divergence(a: readonly number[], b: readonly number[]): number {
  const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const within = (xs: readonly number[]) =>
    mean(xs.flatMap((x, i) => xs.filter((_, k) => k !== i).map((y) => Math.abs(x - y))));
  const between = mean(a.flatMap((x) => b.map((y) => Math.abs(x - y))));
  return ((a.length * b.length) / (a.length + b.length)) * (2 * between - within(a) - within(b));
}

/** True if the means come closer than half of their distance as soon as one value, of either side, is left out. */
function isBorneByOne(series: readonly number[], at: number): boolean {
  const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const distance = (left: readonly number[], right: readonly number[]) => mean(right) - mean(left);
  const [left, right] = [series.slice(0, at), series.slice(at)];
  const whole = distance(left, right);
  const shares = [
    ...left.map((_, i) => distance(left.toSpliced(i, 1), right) / whole),
    ...right.map((_, i) => distance(left, right.toSpliced(i, 1)) / whole),
  ];
  return Math.min(...shares) < 0.5;
}

test('finds what the definition finds, pair by pair', () => {
  const stretch = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 12 }));
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 4 }), fc.integer(), (stretches, seed) => {
      const series = seriesOf(seed, ...stretches);
      // With one p for both passes the second takes nothing out that its neighbours do not contradict.
      const expected = bruteForce(series, OPTIONS.p);
      const found = indicesOf(series, { ...OPTIONS, firstPassP: OPTIONS.p });
      assert.ok(found.every((index) => expected.includes(index)));
      const borne = expected.length === 1 && !isBorneByOne(series, expected[0]!) ? expected : [];
      if (expected.length <= 1) assert.deepEqual(found, borne);
    }),
    {
      numRuns: 60,
      examples: [
        [
          [
            [3, 9],
            [8, 10],
            [1, 2],
            [1, 7],
          ],
          6,
        ],
      ],
    },
  );
});

test('changes, levels and p are those of the same steps taken with SciPy', () => {
  assert.ok(reference.changePoints.some(({ changes }) => changes.length === 0));
  for (const { series, minimumShare, changes } of reference.changePoints) {
    const found = changePoints(series, { ...OPTIONS, minimumShare });
    assert.deepEqual(
      found.map(({ index }) => index),
      changes.map(({ index }) => index),
    );
    found.forEach((change, i) => {
      for (const key of ['before', 'after', 'p'] as const) assertClose(change[key], changes[i]![key]);
    });
  }
});

test('finds each change of a series with known ones, where it is; beside them at most 2 in 20 series', () => {
  let beside = 0;
  for (let seed = 0; seed < 20; seed++) {
    const found = indicesOf(seriesOf(seed, [30, 100], [30, 110], [20, 100], [40, 93]));
    for (const truth of [30, 60, 80])
      assert.ok(
        found.some((index) => Math.abs(index - truth) <= 1),
        `seed ${seed}: ${found}`,
      );
    beside += found.length - 3;
  }
  assert.ok(beside <= 2, `${beside} beside the true ones`);
});

test('finds a change in the last values of a long series, and beyond many windows', () => {
  for (const length of [10, 49, 50, 51, 74, 75, 76, 120, 300]) {
    assert.deepEqual(indicesOf(seriesOf(length, [length, 100], [4, 112])), [length]);
  }
});

test('is not fooled by one odd value', () => {
  for (let seed = 0; seed < 20; seed++) {
    const series = seriesOf(seed, [40, 100]);
    assert.deepEqual(indicesOf(series.with(20, 150)), [], `seed ${seed}`);
    assert.deepEqual(indicesOf(series.with(39, 150)), [], `seed ${seed}`);
  }
});

test('steady noise is hardly ever a change: at most 5 series of 200, of 60 values each', () => {
  let alarms = 0;
  for (let seed = 0; seed < 200; seed++) alarms += indicesOf(seriesOf(seed, [60, 100])).length > 0 ? 1 : 0;
  assert.ok(alarms <= 5, `${alarms} of 200`);
});

test('changes below the minimum are left out, and what is around them measured as one', () => {
  const series = seriesOf(4, [40, 1000], [40, 1020], [40, 1100]);
  assert.deepEqual(indicesOf(series), [40, 80]);
  const points = changePoints(series, { ...OPTIONS, minimumShare: 0.05 });
  assert.deepEqual(
    points.map(({ index, before, after }) => [index, Math.round(before / 10), Math.round(after / 10)]),
    [[80, 101, 110]],
  );
});

test('stretching a series or turning it upside down leaves its changes where they are', () => {
  const series = seriesOf(5, [25, 100], [25, 106], [25, 100]);
  const found = indicesOf(series);
  assert.equal(found.length, 2);
  assert.deepEqual(indicesOf(series.map((x) => 3 * x + 7)), found);
  assert.deepEqual(indicesOf(series.map((x) => -x)), found);
});

test('a step without any noise is certain; nothing is found in a constant or in next to nothing', () => {
  assert.deepEqual(indicesOf([5, 5, 5, 5, 7, 7, 7]), [4]);
  assert.deepEqual(indicesOf(new Array<number>(200).fill(0.1)), []);
  for (const short of [[], [1], [1, 9], [1, 9, 9]]) assert.deepEqual(indicesOf(short), []);
});
