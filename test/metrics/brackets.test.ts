import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bracketsOf, FEWEST_CHECKS, lowerEndsOf } from '../../src/metrics/brackets.js';
import { Totals } from '../../src/metrics/histogram.js';
import { Recording } from '../../src/metrics/recording.js';

function totals(values: readonly number[], count = values.length): Totals {
  const recording = new Recording();
  for (let i = 0; i < count; i++) recording.record(values[i % values.length]!);
  return Totals.of(recording.drain());
}

const NONE = { timedOut: 0, otherCensored: 0, timeoutUs: 5e6 };

/** 10,000 messages of so long, with so much send lag. */
function latencies(serviceUs: number, lagUs: number) {
  return { service: totals([serviceUs], 10_000), headline: totals([serviceUs + lagUs], 10_000) };
}

const check = (addedUs: number, count = 1000, missed = 0) => ({ added: totals([addedUs], count), missed });

test('from what the way back cannot explain to what was reported', () => {
  const open = latencies(2000, 500);
  const brackets = bracketsOf(open, NONE, check(300, 1000, 7));
  assert.deepEqual([brackets.checks, brackets.missed, brackets.unknown], [1000, 7, null]);
  for (const name of ['p50', 'p95', 'p99'] as const) {
    const [low, high] = brackets.quantiles[name]!;
    assert.ok(Math.abs(low - 1700) <= 2 && Math.abs(high - 2500) <= 2, `${name}: [${low}, ${high}]`);
  }
  assert.equal(Totals.decode(brackets.addedHistogram!).count, 1000, 'kept, for any other quantile later');
  const later = lowerEndsOf(open.service, 0, brackets);
  assert.equal(later(0.5), brackets.quantiles.p50![0]);
});

test('of a closed loop: down from the service time', () => {
  const { service } = latencies(2000, 0);
  const [low, high] = bracketsOf({ headline: service, service }, NONE, check(300)).quantiles.p99!;
  assert.ok(Math.abs(low - 1700) <= 2 && Math.abs(high - 2000) <= 2);
});

test('why the way back is not known, and that the lower end is the service time then', () => {
  const open = latencies(2000, 500);
  for (const [given, unknown, missed] of [
    [null, 'off', 0],
    [check(300, 0, 12), 'none_came_back', 12],
    [check(300, FEWEST_CHECKS - 1), 'too_few', 0],
  ] as const) {
    const brackets = bracketsOf(open, NONE, given);
    assert.deepEqual([brackets.unknown, brackets.missed], [unknown, missed]);
    assert.equal(brackets.quantiles.p50![0], 2000);
  }
  assert.equal(bracketsOf(open, NONE, check(300, FEWEST_CHECKS)).unknown, null);
});

test('no bracket where there is no number', () => {
  const { quantiles } = bracketsOf(latencies(2000, 500), { ...NONE, timedOut: 200 }, check(300));
  assert.deepEqual([quantiles.p50 !== undefined, quantiles.p99], [true, undefined]);
  const none = { headline: new Totals(), service: new Totals() };
  assert.deepEqual(bracketsOf(none, NONE, check(300)).quantiles, {});
});
