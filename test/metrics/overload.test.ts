import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overloadOf } from '../../src/metrics/overload.js';
import type { SecondResult } from '../../src/metrics/second-result.js';
import { cellWith } from '../plan/cell-builder.js';
import { countersOf } from '../verdict/cell-fixture.js';

/** Seconds with this many messages in flight at their ends. */
function secondsOf(inFlight: readonly (number | null)[]): SecondResult[] {
  const none = { planned: 0, sent: 0, answered: 0, received: 0, open: 1, p50: null, p90: null, p99: null, max: null };
  return inFlight.map((count, second) => ({ ...none, phase: 'measure' as const, second, inFlight: count }));
}

const counters = countersOf({ planned: 1000, sent: 1000, answered: 820 });

test('the backlog is the slope of what is in flight; unanswered what got no timely answer', () => {
  const found = overloadOf(cellWith(), counters, secondsOf([312, 624, 936, 1248, 1560, 1872]));
  assert.ok(Math.abs(found.backlog!.perSecond - 312) < 1e-9);
  assert.ok(Math.abs(found.backlog!.latePerSecond - 312) < 1e-9);
  assert.ok(Math.abs(found.backlog!.r2 - 1) < 1e-9);
  assert.equal(found.unanswered, 0.18);
});

test('what built up at first and then stayed has no slope in the second half', () => {
  const { backlog } = overloadOf(cellWith(), counters, secondsOf([100, 200, 300, 300, 300, 300]));
  assert.ok(backlog!.perSecond > 30);
  assert.equal(backlog!.latePerSecond, 0);
});

test('seconds that no worker spoke of are left out, and fewer than five say nothing', () => {
  assert.equal(overloadOf(cellWith(), counters, secondsOf([1, 2, 3, 4, null])).backlog, null);
  assert.notEqual(overloadOf(cellWith(), counters, secondsOf([1, 2, 3, 4, null, 6])).backlog, null);
});

test('no backlog where replies set the pace, where the load moves, or where replies are not matched', () => {
  const seconds = secondsOf([1, 2, 3, 4, 5]);
  assert.equal(overloadOf(cellWith({ model: 'closed', rate: null }), counters, seconds).backlog, null);
  assert.equal(overloadOf(cellWith({ rate: { from: 1, to: 100 } }), counters, seconds).backlog, null);
  const { reply } = cellWith();
  const unmatched = overloadOf(cellWith({ reply: { ...reply, match: 'none' } }), counters, seconds);
  assert.deepEqual(unmatched, { backlog: null, unanswered: null });
  assert.deepEqual(overloadOf(cellWith({ model: 'listen', rate: null }), countersOf({}), seconds), {
    backlog: null,
    unanswered: null,
  });
});
