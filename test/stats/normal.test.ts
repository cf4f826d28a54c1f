import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalCdf, normalQuantile, normalTail } from '../../src/stats/normal.js';
import { assertClose, reference } from './reference.js';

test('tails and quantiles are those of SciPy, far out too', () => {
  for (const [z, p] of reference.normal.tails) assertClose(normalTail(z), p, 1e-12);
  for (const [p, z] of reference.normal.quantiles) assertClose(normalQuantile(p), z, 1e-12);
});

test('both sides are alike, rise without a step, and the quantile undoes the distribution', () => {
  fc.assert(
    fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (z) => {
      assertClose(normalCdf(-z), normalTail(z), 1e-12);
      assert.ok(normalCdf(z + 1e-6) >= normalCdf(z));
      if (Math.abs(z) < 5) assert.ok(Math.abs(normalQuantile(normalCdf(z)) - z) < 1e-8);
    }),
  );
});
