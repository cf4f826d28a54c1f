import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { shouldAbort } from '../../src/verdict/abort.js';
import { healthyCell, withMessages } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const abort = { abortOnFail: true };
const lost = threshold('ws_msgs_lost', 'count', '<', 10, abort);
const losing = withMessages(healthyCell(), { answered: 9900, timedOut: 100, received: 9900 });

/** Open connections by second of the measure phase, as told so far. */
function heldBy(...open: readonly (number | null)[]): CellResult {
  const cell = healthyCell();
  return { ...cell, seconds: open.map((count, second) => ({ ...cell.seconds[0]!, second, open: count })) };
}

test('aborts on a failed threshold that asks for it, after its delay', () => {
  assert.equal(shouldAbort(lost, losing, 5000), true);
  assert.equal(shouldAbort(lost, healthyCell(), 5000), false);
  assert.equal(shouldAbort({ ...lost, abortOnFail: false }, losing, 5000), false);
  assert.equal(shouldAbort({ ...lost, delayAbortEvalMs: 5001 }, losing, 5000), false);
  assert.equal(shouldAbort({ ...lost, delayAbortEvalMs: 5000 }, losing, 5000), true);
});

test('other cells, other engines and undecided thresholds abort nothing', () => {
  assert.equal(shouldAbort({ ...lost, selector: { load: 'other' } }, losing, 5000), false);
  assert.equal(shouldAbort({ ...lost, selector: { engine: 'uws' } }, losing, 5000), false);
  const few = threshold('ws_response_time', 'p(99.99)', '<', 1, abort);
  assert.equal(shouldAbort(few, healthyCell(), 5000), false);
});

test('messages in flight or not yet due to be judged are not unanswered', () => {
  const answered = threshold('ws_msgs_answered', 'rate', '>', 0.99, abort);
  const p95 = threshold('ws_service_time', 'p(95)', '<', 60_000_000, abort);
  const running = withMessages(healthyCell(), { planned: 10_000, sent: 9000, answered: 5000, received: 5000 });
  assert.equal(shouldAbort(answered, running, 5000), false);
  assert.equal(shouldAbort(p95, running, 5000), false);
  const dropping = withMessages(healthyCell(), { sent: 9000, answered: 8000, dropped: 1000, received: 8000 });
  assert.equal(shouldAbort(answered, dropping, 5000), true);
  assert.equal(shouldAbort(p95, dropping, 5000), true);
});

test('a count that may still grow into its limit aborts nothing', () => {
  assert.equal(shouldAbort(threshold('ws_msgs_sent', 'count', '>', 1e6, abort), healthyCell(), 5000), false);
  assert.equal(shouldAbort(threshold('ws_msgs_sent', 'rate', '<', 1, abort), healthyCell(), 5000), false);
  assert.equal(shouldAbort(threshold('ws_msgs_sent', 'count', '<', 10, abort), healthyCell(), 5000), true);
});

test('held is judged on seconds that every worker has told about', () => {
  const held = threshold('ws_connections_held', 'value', '>=', 100, abort);
  assert.equal(shouldAbort(held, heldBy(), 100), false);
  assert.equal(shouldAbort(held, heldBy(50), 1000), false, 'half of the workers may be missing from the newest second');
  assert.equal(shouldAbort(held, heldBy(100, 50), 2000), false);
  assert.equal(shouldAbort(held, heldBy(100, 99, 50), 3000), true);
  assert.equal(shouldAbort(held, heldBy(100, null, 100), 3000), false);
});
