import assert from 'node:assert/strict';
import { test } from 'node:test';
import { C, COUNTERS } from '../../../src/metrics/counters.js';
import type { Interval } from '../../../src/metrics/interval.js';
import { Recording } from '../../../src/metrics/recording.js';
import { resampleMeans, resampleSeconds } from '../../../src/metrics/seconds/second-resamples.js';
import { Rng } from '../../../src/stats/rng.js';

/** A line of one worker with `us` answered in one second, and some timed out. */
function line(worker: number, second: number, us: readonly number[], timedOut = 0, phase = 'measure'): Interval {
  const recording = new Recording();
  for (const value of us) recording.record(value);
  const counters = COUNTERS.map(() => 0);
  counters[C.planned] = us.length + timedOut;
  counters[C.answered] = us.length;
  counters[C.timedOut] = timedOut;
  const histograms = { response: [], service: recording.drain(), lag: [] };
  return { worker, flow: [{ phase, second, counters, histograms }] } as unknown as Interval;
}

test('seconds are summed over workers, the warm-up left out; alike seconds leave nothing to luck', () => {
  const lines = [0, 1, 2, 3, 4].flatMap((second) => [line(0, second, [100, 200]), line(1, second, [300, 400])]);
  const found = resampleSeconds([...lines, line(0, 0, [9999], 0, 'warmup')], new Rng(1))!;
  assert.deepEqual([...new Set(found.p50)], [200]);
  assert.deepEqual([...new Set(found.p99)], [400]);
});

test('a bad second moves the tail of some resamples; among the unanswered there is no value', () => {
  const lines = Array.from({ length: 10 }, (_, second) => line(0, second, second === 4 ? [900, 900] : [100, 100]));
  const tail = new Set(resampleSeconds(lines, new Rng(1))!.p99);
  assert.deepEqual([...tail].sort(), [100, 900]);
  const silent = Array.from({ length: 5 }, (_, second) => line(0, second, [100], 99));
  assert.deepEqual([...new Set(resampleSeconds(silent, new Rng(1))!.p50)], [null]);
});

test('below 5 seconds there are none; the same generator state gives the same', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, second) => line(0, second, [100 + second]));
  assert.equal(resampleSeconds(lines(4), new Rng(1)), null);
  assert.equal(resampleMeans([1, 2, 3, 4], new Rng(1)), null);
  assert.deepEqual(resampleSeconds(lines(8), new Rng(2)), resampleSeconds(lines(8), new Rng(2)));
});

test('means of counts drawn anew scatter around the mean and stay within the counts', () => {
  const counts = [90, 100, 110, 95, 105, 100, 90, 110, 100, 100];
  const means = resampleMeans(counts, new Rng(3))!;
  assert.ok(means.every((mean) => mean >= 90 && mean <= 110));
  const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
  assert.ok(Math.abs(mean - 100) < 1, String(mean));
  assert.ok(new Set(means).size > 10);
});
