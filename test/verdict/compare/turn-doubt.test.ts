import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { notDelivered, turnDoubt } from '../../../src/verdict/compare/turn-doubt.js';
import { documentOf } from '../../report/document-fixture.js';
import { healthyCell, withWorker } from '../cell-fixture.js';

const METRICS = comparedMetrics();

/** A turn with service times of 10 ms, of which the way back added up to so much. */
function turn(addedUs: number) {
  const added = Array.from({ length: 40 }, (_, i) => addedUs - i);
  const serviceUs = Array.from({ length: 97 }, (_, i) => 10_000 + i + added[i % 40]!);
  return documentOf({ cells: [healthyCell({ serviceUs, addedUs: added })], thresholds: [] });
}

test('a turn that was disturbed is measured again, one that is as wide as ever is not', () => {
  const [calm, wide] = [turn(100), turn(3000)];
  assert.equal(turnDoubt(calm, METRICS, [calm, calm]), null);
  assert.match(
    turnDoubt(wide, METRICS, [calm, calm])!,
    /^service time p50 is known to within \d+ % only \(usually [\d.]+ %\); the margin is 5 %$/,
  );
  assert.equal(turnDoubt(wide, METRICS, [wide, wide]), null);
  // Nothing is known yet of what is usual.
  assert.equal(turnDoubt(wide, METRICS, [calm]), null);
  // A margin that is wider than the bracket asks for no more.
  assert.equal(turnDoubt(wide, comparedMetrics({ p50: 0.9, p99: 0.9 }), [calm, calm]), null);
});

test('a turn whose load was not delivered is named by its reason; a starved generator alone is none', () => {
  const lost = documentOf({ cells: [withWorker(healthyCell(), { status: 'lost', error: 'gone' })], thresholds: [] });
  assert.match(notDelivered(lost)!, /^worker_lost: /);
  assert.match(turnDoubt(lost, METRICS, [])!, /^worker_lost: /);
  const starved = healthyCell({ addedUs: [100, 110], instrument: { p50: 90, p99: 400 } });
  const busy = documentOf({ cells: [withWorker(starved, { busy: 0.95, runQueueWait: 0.4 })], thresholds: [] });
  assert.equal(turnDoubt(busy, METRICS, []), null);
});
