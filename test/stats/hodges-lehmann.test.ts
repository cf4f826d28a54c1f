import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { oneSampleShift, type Shift, twoSampleShift } from '../../src/stats/hodges-lehmann.js';
import { Rng } from '../../src/stats/rng.js';
import { assertClose, assertCloseEnds, reference } from './reference.js';

const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 });

test('estimates and intervals are those of NumPy and of counting everything', () => {
  assert.ok(reference.hodgesLehmann.some(({ interval }) => interval === null));
  for (const { differences, a, b, confidence, estimate, interval } of reference.hodgesLehmann) {
    const found = differences ? oneSampleShift(differences, confidence) : twoSampleShift(a!, b!, confidence);
    assertClose(found?.estimate, estimate);
    assertCloseEnds(found!.interval, interval);
  }
});

test('moving the values moves estimate and interval; swapping sides turns them around', () => {
  const moved = ({ estimate, interval }: Shift, by: number): Shift => ({
    estimate: estimate + by,
    interval: interval && [interval[0] + by, interval[1] + by],
  });
  const turned = ({ estimate, interval }: Shift): Shift => ({
    estimate: 0 - estimate,
    interval: interval && [0 - interval[1], 0 - interval[0]],
  });
  fc.assert(
    fc.property(values, values, fc.integer({ min: -9, max: 9 }), (a, b, by) => {
      const shift = (x: number) => x + by;
      assert.deepEqual(twoSampleShift(a, b.map(shift), 0.9), moved(twoSampleShift(a, b, 0.9)!, by));
      assert.deepEqual(oneSampleShift(a.map(shift), 0.9), moved(oneSampleShift(a, 0.9)!, by));
      assert.deepEqual(twoSampleShift(b, a, 0.9), turned(twoSampleShift(a, b, 0.9)!));
    }),
  );
});

test('one value gone astray hardly moves the estimate', () => {
  const calm = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  assert.ok(oneSampleShift([...calm, 1e9], 0.95)!.estimate < 7);
  assert.ok(twoSampleShift(calm, [...calm.slice(1), 1e9], 0.95)!.estimate < 3);
});

test('beyond 50 values the interval is approximate and still covers: 95 % of 300 within 3 sigma', () => {
  const rng = new Rng(4);
  const draw = (n: number) => Array.from({ length: n }, () => rng.next() + rng.next());
  const runs = 300;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const [low, high] = twoSampleShift(draw(26), draw(30), 0.95)!.interval!;
    if (low <= 0 && high >= 0) covered++;
  }
  assert.ok(Math.abs(covered / runs - 0.95) < 3 * Math.sqrt((0.95 * 0.05) / runs), `${covered} of ${runs}`);
});

test('no values, no shift', () => {
  assert.equal(oneSampleShift([], 0.95), null);
  assert.equal(twoSampleShift([1], [], 0.95), null);
});
