import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgedQuantiles, tailOf } from '../../src/verdict/judged-quantiles.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { healthyCell, quantilesOf, withWorker } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const cell = healthyCell();
const asking = (expression: string, selector = {}) =>
  threshold('ws_response_time', expression, '<', 50_000, { selector });

test('those of the tables, and those a threshold on messages of this cell asks for', () => {
  assert.deepEqual(judgedQuantiles(cell, []), ['p50', 'p95', 'p99']);
  assert.deepEqual(judgedQuantiles(cell, [asking('p(99.9)'), asking('p(90)')]), ['p50', 'p90', 'p95', 'p99', 'p99_9']);
  assert.deepEqual(judgedQuantiles(cell, [asking('p(99.9)', { load: 'other' })]), ['p50', 'p95', 'p99']);
  assert.deepEqual(judgedQuantiles(cell, [threshold('ws_ping', 'p(99.9)', '<', 1)]), ['p50', 'p95', 'p99']);
  assert.deepEqual(judgedQuantiles(cell, [asking('avg'), asking('p(97)')]), ['p50', 'p95', 'p99']);
  assert.deepEqual(judgedQuantiles(cell, [asking('p(99.5)')]), ['p50', 'p95', 'p99', 'p99_9']);
});

test('the tail lies beyond the highest of them', () => {
  assert.ok(Math.abs(tailOf(['p50', 'p99']) - 0.01) < 1e-12);
  assert.ok(Math.abs(tailOf(['p50', 'p99', 'p99_9']) - 0.001) < 1e-12);
});

test('a quantile that only a threshold asks for is judged as those in the tables', () => {
  const codes = (of: typeof cell, ...thresholds: Parameters<typeof judgeCell>[1]) =>
    judgeCell(of, thresholds).reasons.map(({ code }) => code);
  const lagUs = quantilesOf([...new Array(995).fill(100), ...new Array(5).fill(30_000)], 10_000);
  const late = withWorker(cell, { lagUs, responseUs: quantilesOf([1000], 10_000) });
  assert.deepEqual(codes(late), []);
  assert.deepEqual(codes(late, asking('p(99.9)')), ['client_lag']);
  const collecting = withWorker(cell, { gcTouched: 0.005 });
  assert.deepEqual(codes(collecting), []);
  assert.deepEqual(codes(collecting, asking('p(99.9)')), ['gc_pause']);
  const standing = withWorker(cell, { blockedMsMax: 20 });
  assert.deepEqual(codes(standing), []);
  assert.deepEqual(codes(standing, asking('p(99.9)')), ['client_blocked']);
});
