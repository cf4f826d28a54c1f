import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { CellSoFar } from '../../src/metrics/so-far.js';
import { shouldAbort } from '../../src/verdict/abort.js';
import { healthyCell, withMessages } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const abort = { abortOnFail: true };
const lost = threshold('ws_msgs_lost', 'count', '<', 10, abort);
const losing = withMessages(healthyCell(), { answered: 9900, timedOut: 100, received: 9900 });

/** The cell while it runs, as the merger tells of it. */
function soFar(cell: CellResult, heldSoFar: number | null = null): CellSoFar {
  return { ...cell, heldSoFar };
}

test('aborts on a failed threshold that asks for it, after its delay', () => {
  assert.equal(shouldAbort(lost, soFar(losing), 5000), true);
  assert.equal(shouldAbort(lost, soFar(healthyCell()), 5000), false);
  assert.equal(shouldAbort({ ...lost, abortOnFail: false }, soFar(losing), 5000), false);
  assert.equal(shouldAbort({ ...lost, delayAbortEvalMs: 5001 }, soFar(losing), 5000), false);
  assert.equal(shouldAbort({ ...lost, delayAbortEvalMs: 5000 }, soFar(losing), 5000), true);
});

test('other cells, other engines and undecided thresholds abort nothing', () => {
  assert.equal(shouldAbort({ ...lost, selector: { load: 'other' } }, soFar(losing), 5000), false);
  assert.equal(shouldAbort({ ...lost, selector: { engine: 'uws' } }, soFar(losing), 5000), false);
  const few = threshold('ws_response_time', 'p(99.99)', '<', 1, abort);
  assert.equal(shouldAbort(few, soFar(healthyCell()), 5000), false);
});

test('messages in flight or not yet due to be judged are not unanswered', () => {
  const answered = threshold('ws_msgs_answered', 'rate', '>', 0.99, abort);
  const p95 = threshold('ws_service_time', 'p(95)', '<', 60_000_000, abort);
  const running = withMessages(healthyCell(), { planned: 10_000, sent: 9000, answered: 5000, received: 5000 });
  assert.equal(shouldAbort(answered, soFar(running), 5000), false);
  assert.equal(shouldAbort(p95, soFar(running), 5000), false);
  const dropping = withMessages(healthyCell(), { sent: 9000, answered: 8000, dropped: 1000, received: 8000 });
  assert.equal(shouldAbort(answered, soFar(dropping), 5000), true);
  assert.equal(shouldAbort(p95, soFar(dropping), 5000), true);
});

test('a count that may still grow into its limit aborts nothing', () => {
  assert.equal(shouldAbort(threshold('ws_msgs_sent', 'count', '>', 1e6, abort), soFar(healthyCell()), 5000), false);
  assert.equal(shouldAbort(threshold('ws_msgs_sent', 'rate', '<', 1, abort), soFar(healthyCell()), 5000), false);
  assert.equal(shouldAbort(threshold('ws_msgs_sent', 'count', '<', 10, abort), soFar(healthyCell()), 5000), true);
});

test('held is judged once there is a second that every worker has told about', () => {
  const held = threshold('ws_connections_held', 'value', '>=', 100, abort);
  assert.equal(shouldAbort(held, soFar(healthyCell(), null), 1000), false);
  assert.equal(shouldAbort(held, soFar(healthyCell(), 100), 2000), false);
  assert.equal(shouldAbort(held, soFar(healthyCell(), 99), 3000), true);
});
