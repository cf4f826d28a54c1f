import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Rng, seedOf } from '../../src/stats/rng.js';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => {
    const rng = new Rng(seed);
    return Array.from({ length: 50 }, () => rng.uint32());
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.notDeepEqual(draw(0), draw(1));
});

test('the generator is pinned: a plan made today is the plan made tomorrow', () => {
  const rng = new Rng(1);
  assert.deepEqual([rng.uint32(), rng.uint32(), rng.uint32()], [2_442_144_158, 3_238_099_751, 3_819_917_871]);
});

test('next is in [0, 1) and uniform: mean, variance and every tenth as expected within 4 sigma', () => {
  const rng = new Rng(seedOf('uniform'));
  const n = 100_000;
  const tenths = new Array<number>(10).fill(0);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const x = rng.next();
    assert.ok(x >= 0 && x < 1);
    sum += x;
    tenths[Math.floor(x * 10)]!++;
  }
  assert.ok(Math.abs(sum / n - 0.5) < 4 * Math.sqrt(1 / 12 / n));
  for (const count of tenths) assert.ok(Math.abs(count - n / 10) < 4 * Math.sqrt(n * 0.1 * 0.9));
});

test('below stays below its bound and reaches every value', () => {
  const rng = new Rng(3);
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) seen.add(rng.below(7));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
});

test('seedOf tells parts, their order and their boundaries apart, and is a 32-bit integer', () => {
  const seeds = [
    seedOf('ab', 'c'),
    seedOf('a', 'bc'),
    seedOf('abc'),
    seedOf('c', 'ab'),
    seedOf(1, 2),
    seedOf(2, 1),
    seedOf(12),
    seedOf('1', '2'),
    seedOf(),
    seedOf(0),
    seedOf(0, 0),
    seedOf(4_294_967_296),
    seedOf(0.5),
  ];
  assert.equal(new Set(seeds).size, seeds.length);
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }))), (parts) => {
      const seed = seedOf(...parts);
      return Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 && seed === seedOf(...parts);
    }),
  );
});

test('neighbouring seeds give unrelated streams', () => {
  const firsts = Array.from({ length: 1000 }, (_, c) => new Rng(seedOf(1, 'arrival', c)).next());
  const mean = firsts.reduce((sum, x) => sum + x, 0) / firsts.length;
  assert.ok(Math.abs(mean - 0.5) < 4 * Math.sqrt(1 / 12 / firsts.length));
  let product = 0;
  for (let i = 1; i < firsts.length; i++) product += (firsts[i]! - 0.5) * (firsts[i - 1]! - 0.5);
  assert.ok(Math.abs(product / firsts.length) < 4 / 12 / Math.sqrt(firsts.length));
});
