import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ranksOf } from '../../src/stats/ranks.js';
import { smallestWilcoxonP, wilcoxon } from '../../src/stats/wilcoxon.js';
import { assertClose, reference } from './reference.js';

const differences = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 9 });

test('statistic and p are those of SciPy: exact, exact with ties, approximate', () => {
  assert.ok(reference.wilcoxon.length >= 10);
  for (const { differences: given, statistic, p, exact } of reference.wilcoxon) {
    const found = wilcoxon(given);
    assert.equal(found?.statistic, statistic);
    assert.equal(found?.exact, exact);
    assertClose(found?.p, p);
  }
});

test('the exact p is the share of all signs', () => {
  fc.assert(
    fc.property(differences, (given) => {
      const kept = given.filter((x) => x !== 0);
      const found = wilcoxon(given);
      if (kept.length === 0) return assert.equal(found, null);
      assertClose(found?.p, allSignsP(kept));
    }),
  );
});

test('zeros change nothing; turning all signs leaves p; an odd rising function of the values leaves all', () => {
  fc.assert(
    fc.property(differences, (given) => {
      assert.deepEqual(wilcoxon([...given, 0, 0]), wilcoxon(given));
      assert.equal(wilcoxon(given.map((x) => -x))?.p, wilcoxon(given)?.p);
      assert.deepEqual(wilcoxon(given.map((x) => x ** 3)), wilcoxon(given));
    }),
  );
});

test('five pairs cannot go below 0.0625', () => {
  assert.equal(smallestWilcoxonP(5), 0.0625);
  assert.equal(wilcoxon([1, 2, 3, 4, 5])?.p, 0.0625);
  assert.equal(wilcoxon([1, 2, 3, 4, 5, 6])?.p, 0.03125);
});

function allSignsP(kept: readonly number[]): number {
  const ranks = ranksOf(kept.map(Math.abs));
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const plus = ranks.reduce((sum, rank, i) => sum + (kept[i]! > 0 ? rank : 0), 0);
  const observed = Math.max(plus, total - plus);
  let asFar = 0;
  for (let mask = 0; mask < 1 << ranks.length; mask++) {
    const sum = ranks.reduce((so, rank, i) => so + (mask & (1 << i) ? rank : 0), 0);
    if (sum >= observed) asFar++;
  }
  return Math.min(1, (2 * asFar) / 2 ** ranks.length);
}
