import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Rng } from '../../../src/stats/rng.js';
import { type ComparisonWord, wordOf } from '../../../src/verdict/compare/comparison.js';
import { asFamily } from '../../../src/verdict/compare/family.js';
import { isLook, LOOKS, nextLook } from '../../../src/verdict/compare/looks.js';
import { type ComparedMetric, comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { noiseFloor, type Pair, pairedComparison } from '../../../src/verdict/compare/paired.js';
import { roundsNeeded } from '../../../src/verdict/compare/rounds-needed.js';
import { comparedValue } from '../../../src/verdict/compare/values.js';
import { tries } from '../../share.js';
import { healthyCell, quantilesOf, withMessages } from '../cell-fixture.js';

const [p50, , throughput] = comparedMetrics() as [ComparedMetric, ComparedMetric, ComparedMetric];
const LN = Math.log;

/** Pairs whose ratios are exactly these. */
function pairsOf(...ratios: readonly number[]): Pair[] {
  return ratios.map((ratio) => ({ a: 1000, b: 1000 * ratio }));
}

function noisy(rng: Rng, share: number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += rng.next();
  return Math.exp(share * sum);
}

test('the word follows from where the interval lies, and turns with the direction', () => {
  const words: readonly (readonly [low: number, high: number, lower: ComparisonWord, higher: ComparisonWord])[] = [
    [1.051, 1.2, 'REGRESSED', 'IMPROVED'],
    [1.049, 1.2, 'INCONCLUSIVE', 'IMPROVED'],
    [0.98, 1.04, 'EQUIVALENT', 'INCONCLUSIVE'],
    [0.99, 1.01, 'EQUIVALENT', 'EQUIVALENT'],
    [0.9, 0.94, 'IMPROVED', 'REGRESSED'],
    [0.9, 1.1, 'INCONCLUSIVE', 'INCONCLUSIVE'],
  ];
  for (const [low, high, lower, higher] of words) {
    assert.equal(wordOf([LN(low), LN(high)], p50), lower, `${low} to ${high}`);
    assert.equal(wordOf([LN(low), LN(high)], throughput), higher, `${low} to ${high}`);
  }
});

test('margins can be set, one by one', () => {
  const [own, untouched] = comparedMetrics({ p50: 0.3 });
  assert.equal(own?.margin, 0.3);
  assert.equal(untouched?.margin, 0.1);
  assert.equal(wordOf([LN(1.1), LN(1.2)], own!), 'EQUIVALENT');
});

test('ratio, interval and p by hand: ln ratios 0.1, 0.2, 0.3 have mean 0.2 and standard error 0.0577', () => {
  const found = pairedComparison(pairsOf(Math.exp(0.1), Math.exp(0.2), Math.exp(0.3)), p50, true);
  assert.ok(Math.abs(LN(found.ratio!) - 0.2) < 1e-12);
  // Student's t at 99.1 %, 2 degrees of freedom: 7.3526.
  assert.ok(Math.abs(LN(found.interval![0]) - (0.2 - 7.3526 * 0.057735)) < 1e-4);
  assert.ok(found.pWorse! > 0.05 && found.pWorse! < 0.07);
  assert.equal(found.word, 'INCONCLUSIVE');
});

test('swapping A and B turns the ratio and, for the words, worse into better', () => {
  const ratio = fc.double({ min: 0.5, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.array(ratio, { minLength: 2, maxLength: 20 }), (ratios) => {
      const pairs = pairsOf(...ratios);
      const there = pairedComparison(pairs, p50, true);
      const back = pairedComparison(
        pairs.map(({ a, b }) => ({ a: b, b: a })),
        p50,
        true,
      );
      assert.ok(Math.abs(there.ratio! * back.ratio! - 1) < 1e-9);
      assert.equal(there.word === 'REGRESSED', back.word === 'IMPROVED');
      assert.ok(Math.abs(there.pWorse! - back.pBetter!) < 1e-9);
    }),
    // Two that are equal but for the last digit, and one that is not.
    { examples: [[[1.9999999999999993, 1.9999999999999991, 0.5]]] },
  );
});

test('no word between looks; the last look always gives one', () => {
  assert.equal(pairedComparison(pairsOf(1, 1, 1, 1), p50, false).word, null);
  assert.equal(pairedComparison(pairsOf(1, 1, 1, 1, 1), p50, true).word, 'EQUIVALENT');
  assert.equal(pairedComparison([], p50, true).word, 'INCONCLUSIVE');
  assert.deepEqual([0, 5, 7, 12, 19, 20].map(nextLook), [5, 8, 8, 20, 20, null]);
  assert.deepEqual(LOOKS.map(isLook), [true, true, true, true]);
  assert.equal(isLook(6), false);
});

test('beside five pairs stands the least that their rank test can say, 0.0625', () => {
  const five = pairedComparison(pairsOf(1.1, 1.2, 1.3, 1.4, 1.5), p50, true);
  assert.deepEqual(five.wilcoxon, { p: 0.0625, smallest: 0.0625 });
  assert.equal(pairedComparison(pairsOf(1.1, 1.2, 1.3, 1.4, 1.5, 1.6), p50, true).wilcoxon?.smallest, 0.03125);
});

test('the rounds needed are enough and not one too many', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -0.2, max: 0.2, noNaN: true }),
      fc.double({ min: 0.005, max: 0.1, noNaN: true }),
      (w, s) => {
        const needed = roundsNeeded(w, s, 0.05, 0.982);
        if (needed === null) return;
        const clear = (n: number) => roundsNeeded(w, s * Math.sqrt(needed / n), 0.05, 0.982);
        assert.equal(clear(needed), needed);
        assert.ok(needed >= 2);
      },
    ),
  );
  // t(0.991, 4) is 3.8: 0.02 * 3.8 / sqrt 5 = 0.034 lies within 0.05, 0.02 * 4.9 / sqrt 4 does not within 0.048.
  assert.equal(roundsNeeded(0, 0.02, 0.034, 0.982), 6);
  assert.equal(roundsNeeded(0.05, 0.02, 0.05, 0.982), null);
});

test('the noise floor of A does not see a slow drift, and is unknown below 3 rounds', () => {
  const rng = new Rng(2);
  const calm = Array.from({ length: 20 }, () => 1000 * noisy(rng, 0.02));
  const drifting = calm.map((value, i) => value * 1.01 ** i);
  assert.ok(noiseFloor(calm)! > 0.01 && noiseFloor(calm)! < 0.03);
  assert.ok(noiseFloor(drifting)! < 1.5 * noiseFloor(calm)!);
  assert.equal(noiseFloor([1, 2]), null);
  assert.equal(noiseFloor([5, 5, 5]), 0);
});

test('two rounds gone astray blow up neither the range nor the noise, and are named', () => {
  const rng = new Rng(3);
  for (const rounds of LOOKS) {
    const calm = Array.from({ length: rounds }, () => ({ a: 1000 * noisy(rng, 0.01), b: 1180 * noisy(rng, 0.01) }));
    const odd = calm.map(({ a, b }, i) => (i === 1 ? { a: a * 3, b } : i === 3 ? { a, b: b * 4 } : { a, b }));
    const found = pairedComparison(odd, p50, true);
    assert.ok(found.noiseFloor! < 0.2, `${rounds}: noise ${found.noiseFloor}`);
    const width = Math.log(found.interval![1] / found.interval![0]);
    assert.ok(width < (rounds === 5 ? 1 : 0.2), `${rounds}: ${found.interval}`);
    assert.match(found.notes.join(), new RegExp(`2 of ${rounds} rounds stand apart`));
    if (rounds > 5) assert.equal(found.word, 'REGRESSED', `${rounds}: ${found.interval}`);
  }
});

test('four looks call equal builds different past a margin of nothing in about 5 % of comparisons', () => {
  const rng = new Rng(77);
  const bare = { ...p50, margin: 0 };
  let wrong = 0;
  const runs = tries({ whole: 600, share: 150 });
  for (let run = 0; run < runs; run++) {
    const pairs = Array.from({ length: 20 }, () => ({ a: noisy(rng, 0.05), b: noisy(rng, 0.05) }));
    const words = LOOKS.map((look) => pairedComparison(pairs.slice(0, look), bare, true).word);
    if (words.some((word) => word === 'REGRESSED' || word === 'IMPROVED')) wrong++;
  }
  assert.ok(Math.abs(wrong / runs - 0.05) < 3 * Math.sqrt((0.05 * 0.95) / runs), `${wrong} of ${runs}`);
});

test('one regression among many comparisons must stand out; several support each other', () => {
  const at = (pWorse: number) => ({
    ...pairedComparison(pairsOf(1.2, 1.2), p50, true),
    pWorse,
  });
  const calm = Array.from({ length: 19 }, () => ({ ...at(0.9), word: 'EQUIVALENT' as const }));
  assert.equal(asFamily([at(0.008)])[0]?.word, 'REGRESSED');
  const [alone] = asFamily([at(0.008), ...calm]);
  assert.equal(alone?.word, 'INCONCLUSIVE');
  assert.match(alone!.notes.join(), /one of 20 figures may be past it by chance/);
  assert.equal(asFamily([at(0.001), ...calm])[0]?.word, 'REGRESSED');
  assert.equal(asFamily([...Array.from({ length: 10 }, () => at(0.008)), ...calm])[0]?.word, 'REGRESSED');
});

test('values come from service time, answered messages and connects; a bound or a gap is no value', () => {
  const cell = healthyCell({ serviceUs: [500], lagUs: [9000], connectUs: [1200] });
  assert.deepEqual(comparedValue(cell, 'p50'), { measured: 500, lower: null, reason: null });
  assert.deepEqual(comparedValue(cell, 'p99'), { measured: 500, lower: null, reason: null });
  assert.deepEqual(comparedValue(cell, 'throughput'), { measured: 1000, lower: 1000, reason: null });
  assert.deepEqual(comparedValue(cell, 'connect'), { measured: 1200, lower: 1200, reason: null });
  const losing = withMessages(cell, { answered: 9000, received: 9000, timedOut: 1000 });
  assert.match(comparedValue(losing, 'p99').reason!, /timed out/);
  const brief = healthyCell({ connections: 1, rate: 10, durationMs: 1000, serviceUs: [500] });
  assert.match(comparedValue(brief, 'p99').reason!, /too few messages, it takes 1,000 in a cell/);
  const few = { ...cell, connectUs: { ...cell.connectUs, total: quantilesOf([], 0) } };
  assert.equal(comparedValue(few, 'connect').measured, null);
  const listening = healthyCell({ model: 'listen' });
  assert.deepEqual(comparedValue(listening, 'throughput'), { measured: 1000, lower: 1000, reason: null });
  assert.match(comparedValue(listening, 'p50').reason!, /no replies/);
  assert.match(comparedValue(healthyCell({ rate: 0 }), 'throughput').reason!, /nothing was answered/);
});
