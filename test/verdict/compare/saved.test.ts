import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Rng } from '../../../src/stats/rng.js';
import { type ComparedMetric, comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { givenNoise, halfWidthOfTwo, noiseOfSeries } from '../../../src/verdict/compare/noise.js';
import { betweenEnds, singleComparison, withinRuns } from '../../../src/verdict/compare/single.js';
import { unpairedComparison } from '../../../src/verdict/compare/unpaired.js';

const [p50] = comparedMetrics() as [ComparedMetric];
const LN = Math.log;

function noisy(rng: Rng, share: number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += rng.next();
  return Math.exp(share * sum);
}

test('swapping the sides turns ratio, interval and word around', () => {
  const value = fc.double({ min: 100, max: 200, noNaN: true });
  const side = fc.array(value, { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(side, side, (a, b) => {
      const there = unpairedComparison(a, b, p50);
      const back = unpairedComparison(b, a, p50);
      assert.ok(Math.abs(there.ratio! * back.ratio! - 1) < 1e-9);
      assert.ok(Math.abs(there.interval![0] * back.interval![1] - 1) < 1e-6);
      assert.equal(there.word === 'REGRESSED', back.word === 'IMPROVED');
    }),
  );
});

test('one run against several takes their spread; too few for ranks say so', () => {
  const found = unpairedComparison([100, 101, 99, 100], [150], p50);
  assert.equal(found.word, 'REGRESSED');
  assert.deepEqual(found.mannWhitney, { p: 0.4, smallest: 0.4 });
  assert.equal(found.hodgesLehmann.interval, null);
  assert.equal(found.bootstrap, null);
  assert.ok(found.noiseFloor! > 0.01 && found.noiseFloor! < 0.05);
  assert.throws(() => unpairedComparison([1], [2], p50), /two of them/);
});

test('an odd run that hides everything else is pointed to', () => {
  const a = [100, 101, 99, 100, 100, 101, 99];
  const found = unpairedComparison(a, [...a.slice(1), 400], p50);
  assert.ok(Math.abs(found.hodgesLehmann.ratio - 1) < 0.02);
  assert.ok(found.ratio! > 1.2);
  assert.equal(found.word, 'INCONCLUSIVE');
  assert.match(found.notes.join(), /it would be EQUIVALENT: look for an outlying run/);
  assert.deepEqual(unpairedComparison(a, a, p50).notes, []);
});

test('runs of one build are called different past a margin of nothing in about 5 % of comparisons', () => {
  const rng = new Rng(5);
  const bare = { ...p50, margin: 0 };
  const side = () => Array.from({ length: 4 }, () => noisy(rng, 0.04));
  const runs = 600;
  let wrong = 0;
  for (let i = 0; i < runs; i++) {
    const { word } = unpairedComparison(side(), side(), bare);
    if (word === 'REGRESSED' || word === 'IMPROVED') wrong++;
  }
  assert.ok(Math.abs(wrong / runs - 0.05) < 3 * Math.sqrt((0.05 * 0.95) / runs), `${wrong} of ${runs}`);
});

test('one run a side without noise: within the margins EQUIVALENT, apart never more than INCONCLUSIVE', () => {
  const at = (low: number, high: number, noise = null as ReturnType<typeof givenNoise> | null) =>
    singleComparison(
      {
        a: { measured: 100, lower: null },
        b: { measured: 100 * Math.exp((LN(low) + LN(high)) / 2), lower: null },
        within: [LN(low), LN(high)],
      },
      p50,
      noise,
    );
  assert.equal(at(0.99, 1.01).word, 'EQUIVALENT');
  assert.equal(at(1.5, 1.6).word, 'INCONCLUSIVE');
  assert.match(at(1.5, 1.6).notes.join(), /between-run noise unknown/);
  assert.equal(at(0.5, 0.6).word, 'INCONCLUSIVE');
  assert.equal(at(1.5, 1.6, givenNoise(0.03)).word, 'REGRESSED');
  assert.equal(at(0.5, 0.6, givenNoise(0.03)).word, 'IMPROVED');
  // The seconds alone would say EQUIVALENT; two runs that may differ by 28 % cannot.
  assert.equal(at(0.99, 1.01, givenNoise(0.1)).word, 'INCONCLUSIVE');
  assert.equal(at(0.99, 1.01).noiseFloor, null);
});

test('noise: given as known, or from the steps of a series, which a change of level hardly moves', () => {
  // 1.96 * sqrt 2 * ln 1.03.
  assert.ok(Math.abs(halfWidthOfTwo(givenNoise(0.03), 0.95) - 0.08193) < 1e-4);
  const rng = new Rng(6);
  const series = Array.from({ length: 200 }, () => 100 * noisy(rng, 0.03));
  const { deviation } = noiseOfSeries(series, 0.05)!;
  assert.ok(Math.abs(deviation - 0.03) < 0.005, String(deviation));
  const moved = noiseOfSeries(
    series.map((value, i) => (i < 100 ? value : value * 1.2)),
    0.05,
  )!;
  assert.ok(moved.deviation < 1.2 * deviation, String(moved.deviation));
  // A level of one run is no level yet, and still no noise; nor does one odd night make much of it.
  const short = series.slice(0, 12);
  const own = noiseOfSeries(short, 0.05)!.deviation;
  for (const odd of [[...short, short[11]! * 1.5], short.map((value, i) => (i === 5 ? value * 1.5 : value))]) {
    assert.ok(noiseOfSeries(odd, 0.05)!.deviation < 2.5 * own, `${noiseOfSeries(odd, 0.05)!.deviation} ${own}`);
  }
  // Steps from one level to the next are not the noise of any of them.
  const levels = series.slice(0, 40).map((value, i) => value * 1.5 ** Math.floor(i / 8));
  const within = noiseOfSeries(series.slice(0, 40), 0.05)!.deviation;
  assert.ok(
    noiseOfSeries(levels, 0.05)!.deviation < 1.2 * within,
    `${noiseOfSeries(levels, 0.05)!.deviation} ${within}`,
  );
  assert.equal(noiseOfSeries([1, 2, 3, 4], 0.05), null);
});

test('ranges of two runs: from resamples, or from both ends; none where a value is missing', () => {
  assert.deepEqual(withinRuns([100, 100], [100, 100]), [0, 0]);
  assert.equal(withinRuns([100, null], [100, 100]), null);
  assert.deepEqual(betweenEnds([1, 2], [4, 4]), [LN(2), LN(4)]);
  assert.equal(betweenEnds([0, 2], [4, 4]), null);
});
