import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { QUANTILES, type QuantileName } from '../../src/metrics/cell-result.js';
import { Totals } from '../../src/metrics/histogram.js';
import { quantileAt, summarize } from '../../src/metrics/quantiles.js';
import { Recording } from '../../src/metrics/recording.js';
import type { SecondCounts } from '../../src/metrics/seconds/bootstrap-table.js';
import { intervalRanks, isPrintable, rankOf, samplesForMaxBound } from '../../src/stats/quantile-interval.js';
import { Rng } from '../../src/stats/rng.js';

const TIMEOUT_US = 5_000_000;
const NONE = { timedOut: 0, otherCensored: 0, timeoutUs: TIMEOUT_US, seed: 1 };
const NAMES = Object.keys(QUANTILES) as QuantileName[];

function totalsOf(values: Iterable<number>): Totals {
  const recording = new Recording();
  for (const value of values) recording.record(value);
  return Totals.of(recording.drain());
}

/** 1, 2, ... count microseconds: exact below 2,048 us. */
function countUp(count: number): Totals {
  return totalsOf(Array.from({ length: count }, (_, i) => i + 1));
}

test('quantiles, bounds and gaps agree with exact sorting over answered, timed out and the rest', () => {
  const sizes = fc.record({
    values: fc.array(fc.integer({ min: 1, max: 4_000_000 }), { maxLength: 1500 }),
    timedOut: fc.oneof(fc.constant(0), fc.nat(40)),
    otherCensored: fc.oneof(fc.constant(0), fc.nat(40)),
  });
  fc.assert(
    fc.property(sizes, ({ values, timedOut, otherCensored }) => {
      const quantiles = summarize(totalsOf(values), { ...NONE, timedOut, otherCensored });
      const sorted = [...values].sort((a, b) => a - b);
      const n = values.length + timedOut + otherCensored;
      assert.equal(quantiles.count, values.length);
      assert.equal(quantiles.censored, timedOut + otherCensored);
      for (const name of NAMES) {
        const q = QUANTILES[name];
        const actual = quantiles[name];
        const rank = rankOf(n, q);
        if (n === 0) assert.equal(quantiles.reasons[name], 'no_samples');
        else if (!isPrintable(n, q) && n < samplesForMaxBound(q)) assert.equal(quantiles.reasons[name], 'few_samples');
        else if (!isPrintable(n, q)) {
          assert.equal(quantiles.atMost.includes(name), values.length === n);
          assert.equal(quantiles.reasons[name], values.length === n ? undefined : 'unanswered');
          if (values.length === n) assert.equal(actual, quantiles.max);
        } else if (rank > values.length + timedOut) assert.equal(quantiles.reasons[name], 'unanswered');
        else if (rank > values.length) {
          assert.ok(quantiles.atLeast.includes(name));
          assert.equal(actual, TIMEOUT_US);
        } else {
          const expected = sorted[rank - 1]!;
          assert.ok(actual !== null && actual >= expected && actual <= expected * 1.001);
        }
        // Exactly one of: a value or bound, a reason.
        assert.equal(actual === null, quantiles.reasons[name] !== undefined);
      }
    }),
    { numRuns: 120 },
  );
});

test('a message without an answer pushes every quantile up, it never leaves the sample', () => {
  const answered = countUp(900);
  assert.equal(summarize(answered, NONE).p90, 810);
  const half = summarize(answered, { ...NONE, timedOut: 100 });
  assert.equal(half.p50, 500);
  assert.equal(half.p90, 900);
  assert.equal(half.p95, TIMEOUT_US);
  assert.deepEqual(half.atLeast, ['p95', 'p99']);
  const lost = summarize(answered, { ...NONE, otherCensored: 100 });
  assert.equal(lost.p90, 900);
  assert.equal(lost.p95, null);
  assert.equal(lost.reasons.p95, 'unanswered');
});

test('timed-out ones rank before those of which nothing is known', () => {
  const mixed = { ...NONE, timedOut: 60, otherCensored: 40 };
  assert.deepEqual(quantileAt(countUp(900), mixed, 0.95), { kind: 'atLeast', us: TIMEOUT_US });
  assert.deepEqual(quantileAt(countUp(900), mixed, 0.97), { kind: 'none', gap: 'unanswered' });
});

test('sample sizes just below and just above what p95 and p99 need', () => {
  const kindAt = (n: number, q: number) => {
    const answer = quantileAt(countUp(n), NONE, q);
    return answer.kind === 'none' ? answer.gap : answer.kind;
  };
  assert.equal(kindAt(71, 0.95), 'few_samples');
  assert.equal(kindAt(72, 0.95), 'atMost');
  assert.equal(kindAt(199, 0.95), 'atMost');
  assert.equal(kindAt(200, 0.95), 'value');
  assert.equal(kindAt(367, 0.99), 'few_samples');
  assert.equal(kindAt(368, 0.99), 'atMost');
  assert.equal(kindAt(999, 0.99), 'atMost');
  assert.equal(kindAt(1000, 0.99), 'value');
  assert.equal(kindAt(1, 0.5), 'value');
});

test('the maximum bounds nothing where something is unanswered', () => {
  const quantiles = summarize(countUp(499), { ...NONE, timedOut: 1 });
  assert.equal(quantiles.p99, null);
  assert.equal(quantiles.reasons.p99, 'unanswered');
});

test('nothing planned: no samples anywhere, no interval', () => {
  const quantiles = summarize(new Totals(), NONE);
  for (const name of NAMES) assert.equal(quantiles.reasons[name], 'no_samples');
  assert.deepEqual([quantiles.min, quantiles.mean, quantiles.max], [null, null, null]);
  assert.deepEqual(quantiles.ci, {});
});

test('intervals are the order statistics; one that reaches into the unanswered is left out', () => {
  const n = 2000;
  const quantiles = summarize(countUp(n), NONE);
  for (const name of ['p50', 'p95', 'p99'] as const)
    assert.deepEqual(quantiles.ci[name], intervalRanks(n, QUANTILES[name]));
  const partly = summarize(countUp(1905), { ...NONE, timedOut: 95 });
  assert.equal(partly.p95, 1900);
  assert.equal(partly.ci.p95, undefined);
  assert.deepEqual(partly.ci.p50, intervalRanks(n, 0.5));
  assert.deepEqual(summarize(countUp(5), NONE).ci, {});
});

/** Seconds of 1,000 messages each around a level of their own. */
function seconds(levels: readonly number[]): { parts: SecondCounts[]; totals: Totals } {
  const rng = new Rng(4);
  const parts = levels.map((level) => {
    const recording = new Recording();
    for (let i = 0; i < 1000; i++) recording.record(level + rng.below(100));
    return { answered: recording.drain(), timedOut: 0, otherCensored: 0 };
  });
  return { parts, totals: Totals.of(...parts.map(({ answered }) => answered)) };
}

test('seconds that differ widen the interval; seconds alike leave the wider order statistics', () => {
  const uneven = seconds([500, 540, 580, 620, 660, 700, 740, 780, 820, 860]);
  const alone = summarize(uneven.totals, NONE).ci.p50!;
  const bySeconds = summarize(uneven.totals, { ...NONE, seconds: uneven.parts }).ci.p50!;
  assert.ok(bySeconds[1] - bySeconds[0] > 3 * (alone[1] - alone[0]), `${bySeconds} against ${alone}`);
  assert.ok(bySeconds[0] < alone[0] && bySeconds[1] > alone[1]);
  const one = seconds([500, 500, 500, 500, 500, 500]).parts[0]!;
  const alike = Array.from({ length: 6 }, () => one);
  const totals = Totals.of(...alike.map(({ answered }) => answered));
  assert.deepEqual(summarize(totals, { ...NONE, seconds: alike }).ci, summarize(totals, NONE).ci);
});

test('four seconds are too few to say how seconds differ', () => {
  const few = seconds([500, 900, 500, 900]);
  assert.deepEqual(summarize(few.totals, { ...NONE, seconds: few.parts }).ci, summarize(few.totals, NONE).ci);
});

test('a second without answers takes the finite upper end with it', () => {
  const { parts, totals } = seconds([500, 500, 500, 500, 500, 500, 500, 500, 500, 500]);
  const silent = [...parts, { answered: [], timedOut: 450, otherCensored: 0 }];
  const options = { ...NONE, timedOut: 450, seconds: silent };
  assert.ok(summarize(totals, { ...NONE, timedOut: 450 }).ci.p95);
  assert.equal(summarize(totals, options).ci.p95, undefined);
  assert.ok(summarize(totals, options).ci.p50);
});

test('the seed alone decides the bootstrap', () => {
  const uneven = seconds([500, 700, 500, 900, 650, 900, 500, 800, 900, 600]);
  const ci = (seed: number) => summarize(uneven.totals, { ...NONE, seconds: uneven.parts, seed }).ci;
  assert.deepEqual(ci(1), ci(1));
  assert.notDeepEqual(ci(1), ci(2));
});
