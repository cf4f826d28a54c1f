import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recording } from '../../src/metrics/recording.js';
import type { SecondResult } from '../../src/metrics/second-result.js';
import type { SecondCounts } from '../../src/metrics/seconds/bootstrap-table.js';
import { stationarityOf } from '../../src/metrics/stationarity.js';

const OPTIONS = { timeoutUs: 5_000_000, seed: 1 };

/** Seconds of 100 messages around a median each, `timedOut` more of them unanswered. */
function secondsOf(medians: readonly number[], timedOut = 0) {
  const counts: SecondCounts[] = medians.map((p50) => {
    const recording = new Recording();
    for (let i = 0; i < 100; i++) recording.record(p50 - 50 + i);
    return { answered: recording.drain(), timedOut, otherCensored: 0 };
  });
  const none = { planned: 0, sent: 0, answered: 0, received: 0, open: 1, inFlight: 0, p90: null, p99: null, max: null };
  const seconds: SecondResult[] = medians.map((p50, second) => ({ ...none, phase: 'measure', second, p50 }));
  return { counts, seconds };
}

const found = (medians: readonly number[], timedOut?: number) => {
  const { counts, seconds } = secondsOf(medians, timedOut);
  return stationarityOf(counts, seconds, OPTIONS);
};

test('medians of both halves with intervals that hold them, and the trend over the seconds', () => {
  const { halves, trend } = found([1000, 1010, 1020, 1030, 1040, 2000, 2010, 2020, 2030, 2040])!;
  const [first, second] = halves;
  assert.ok(Math.abs(first.p50! - 1020) < 10 && Math.abs(second.p50! - 2020) < 10);
  for (const { p50, ci } of halves) assert.ok(ci![0] <= p50! && p50! <= ci![1]);
  assert.ok(first.ci![1] < second.ci![0]);
  assert.deepEqual(trend, { rho: 1, p: 0, windows: 10 });
});

test('the middle one of an odd number of seconds belongs to the second half', () => {
  const { halves } = found([1000, 1000, 1000, 1000, 1000, 3000, 3000, 3000, 3000, 3000, 3000])!;
  assert.ok(halves[0].p50! < 1100 && halves[1].p50! > 2900);
});

test('a half whose median was never answered has none', () => {
  const { halves } = found(new Array(10).fill(1000), 200)!;
  assert.deepEqual(halves[0], { p50: null, ci: null });
});

test('fewer than ten seconds say nothing', () => {
  assert.equal(found(new Array(9).fill(1000)), null);
  assert.deepEqual(found(new Array(10).fill(1000))!.trend, null, 'and no trend where nothing moves');
});
