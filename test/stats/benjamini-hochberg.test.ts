import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { benjaminiHochberg } from '../../src/stats/benjamini-hochberg.js';
import { assertClose, reference } from './reference.js';

const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });

test('adjusted p values are those of SciPy', () => {
  for (const { ps: given, adjusted } of reference.benjaminiHochberg) {
    benjaminiHochberg(given).forEach((p, i) => {
      assertClose(p, adjusted[i]!);
    });
  }
});

test('adjusting never lowers a p, keeps their order and leaves the largest and a single one alone', () => {
  fc.assert(
    fc.property(ps, (given) => {
      const adjusted = benjaminiHochberg(given);
      given.forEach((p, i) => {
        assert.ok(adjusted[i]! >= p && adjusted[i]! <= 1);
        given.forEach((other, k) => {
          if (p < other) assert.ok(adjusted[i]! <= adjusted[k]!);
        });
      });
      assert.equal(Math.max(...adjusted), Math.max(...given));
      assert.deepEqual(benjaminiHochberg(given.slice(0, 1)), given.slice(0, 1));
    }),
  );
});

test('what may be named at q is what the step-up rule names', () => {
  fc.assert(
    fc.property(ps, fc.constantFrom(0.025, 0.2, 0.5), (given, q) => {
      const sorted = [...given].sort((a, b) => a - b);
      let named = 0;
      sorted.forEach((p, i) => {
        if (p * given.length <= q * (i + 1)) named = i + 1;
      });
      const found = benjaminiHochberg(given).filter((p) => p <= q).length;
      // Products and quotients may differ in the last bit where a p lies on the line itself.
      assert.ok(found === named || sorted.some((p, i) => Math.abs(p * given.length - q * (i + 1)) < 1e-12));
    }),
  );
});
