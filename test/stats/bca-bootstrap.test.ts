import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bcaEnds, bcaInterval } from '../../src/stats/bca-bootstrap.js';
import { width } from '../../src/stats/intervals.js';
import { meanOf } from '../../src/stats/moments.js';
import { Rng } from '../../src/stats/rng.js';
import { assertCloseEnds, reference } from './reference.js';

/** The mean of one sample, the difference of two. */
function statistic(samples: readonly (readonly number[])[]): number {
  return samples.length === 1 ? meanOf(samples[0]!) : meanOf(samples[1]!) - meanOf(samples[0]!);
}

test("from SciPy's bootstrap distribution come SciPy's ends", () => {
  for (const { samples, distribution, interval } of reference.bca) {
    const leftOut = samples.map((runs, which) =>
      runs.map((_, gone) => statistic(samples.map((all, i) => (i === which ? all.toSpliced(gone, 1) : all)))),
    );
    assertCloseEnds(bcaEnds(distribution, statistic(samples), leftOut, 0.95), interval, 1e-9);
  }
});

test("its own resamples give the interval of SciPy's 20,000 within 8 % of its width", () => {
  for (const { samples, manyResamples } of reference.bca) {
    const found = bcaInterval(samples, statistic, new Rng(3), 0.95)!;
    found.forEach((end, i) => {
      assert.ok(Math.abs(end - manyResamples[i]!) < 0.08 * width(manyResamples), `${found} against ${manyResamples}`);
    });
  }
});

test('same generator state, same interval; more confidence, a wider one', () => {
  const { samples } = reference.bca[1]!;
  const at = (confidence: number) => bcaInterval(samples, statistic, new Rng(8), confidence, 400)!;
  assert.deepEqual(at(0.9), at(0.9));
  assert.ok(width(at(0.99)) > width(at(0.9)));
});

test('moving and stretching every run moves and stretches the interval', () => {
  const side = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 7 });
  // Means of these are exact, so that a resample that equals the estimate still does when it is stretched.
  const exact = fc.oneof(
    ...[2, 4].map((n) => fc.array(fc.integer({ min: 1, max: 99 }), { minLength: n, maxLength: n })),
  );
  fc.assert(
    fc.property(side, exact, fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 }), (a, b, by, times) => {
      const interval = (of: (x: number) => number) => bcaInterval([b.map(of)], statistic, new Rng(5), 0.9, 100);
      const [plain, moved] = [interval((x) => x), interval((x) => times * x + by)];
      assert.equal(plain === null, moved === null);
      plain?.forEach((end, i) => {
        assert.ok(Math.abs(times * end + by - moved![i]!) < 1e-6);
      });
      const two = bcaInterval([a, b], statistic, new Rng(5), 0.9, 100);
      assert.ok(two === null || two[0] <= two[1]);
    }),
    { numRuns: 50 },
  );
});

test('a sample is drawn from by itself, run by run', () => {
  const seen = new Set<string>();
  const note = (samples: readonly (readonly string[])[]) => {
    seen.add(samples.map((runs) => `${runs.length}${[...new Set(runs)].sort().join('')}`).join(' '));
    return 0;
  };
  bcaInterval(
    [
      ['a', 'b'],
      ['c', 'd', 'e'],
    ],
    note,
    new Rng(1),
    0.95,
    300,
  );
  assert.ok([...seen].every((text) => /^[12][ab]+ [23][cde]+$/.test(text)));
  assert.ok(seen.has('2a 3c') && seen.has('2ab 3cde'));
});

test('one run a side gives none, runs all alike no width', () => {
  assert.equal(bcaInterval([[1], [2, 3]], statistic, new Rng(1), 0.95), null);
  assert.deepEqual(
    bcaInterval(
      [
        [2, 2],
        [5, 5],
      ],
      statistic,
      new Rng(1),
      0.95,
      50,
    ),
    [3, 3],
  );
});
