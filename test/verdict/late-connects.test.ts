import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { healthyCell, withWorker } from './cell-fixture.js';

const LATE = { connectTrouble: 500, connectLate: 500, connectAttempts: 1000 };

function connectReason(cell: CellResult): string | undefined {
  const found = judgeCell(cell, []).reasons.find(({ code }) => code === 'client_connect');
  return found === undefined ? undefined : `${found.severity}: ${found.message}`;
}

test('connects that started late before the load are never a load that was not delivered', () => {
  const half = connectReason(withWorker(healthyCell(), LATE));
  assert.equal(
    half,
    'degraded: worker 0: 500 of 1,000 connects (50 %) started late on this side: connection times hold that',
  );
  const few = connectReason(withWorker(healthyCell(), { ...LATE, connectTrouble: 3, connectLate: 3 }));
  assert.match(few!, /^note: worker 0: 3 of 1,000 connects/);
});

test('connects that failed on this side are, and so are late ones while the load runs', () => {
  const failed = connectReason(withWorker(healthyCell(), { ...LATE, connectLate: 0 }));
  assert.match(failed!, /^invalid: .* failed or started late on this side/);
  const ramp: CellResult = { ...withWorker(healthyCell(), LATE), ramp: true };
  assert.match(connectReason(ramp)!, /^invalid: /);
});

test('results of versions that did not tell late ones apart are read as before', () => {
  const { connectLate: _, ...old } = LATE;
  assert.match(connectReason(withWorker(healthyCell(), old))!, /^invalid: /);
});
