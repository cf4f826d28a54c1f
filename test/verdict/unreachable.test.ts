import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCount } from '../../src/metrics/interval.js';
import { diedWhileConnecting, isUnreachable } from '../../src/verdict/unreachable.js';
import { healthyCell, withConnections } from './cell-fixture.js';

const refused: ErrorCount = { phase: 'connect', code: 'ECONNREFUSED', count: 3 };

test('a target is unreachable if it accepted none of the connections that were tried', () => {
  const cell = healthyCell();
  assert.equal(isUnreachable(withConnections(cell, { opened: 0, held: 0 })), true);
  assert.equal(isUnreachable(withConnections(cell, { opened: 1, held: 0 })), false);
  assert.equal(isUnreachable(withConnections(cell, { opened: 0, attempts: 0, held: 0 })), false, 'none was tried');
});

test('a target died while connections opened if none is left and the rest was refused', () => {
  const lost = withConnections(healthyCell(), { held: 0 });
  assert.equal(diedWhileConnecting({ ...lost, errors: [refused] }), true);
  assert.equal(diedWhileConnecting(lost), false, 'it may have closed them all, as it should');
  assert.equal(diedWhileConnecting({ ...lost, errors: [{ ...refused, phase: 'open' }] }), false);
  assert.equal(diedWhileConnecting({ ...healthyCell(), errors: [refused] }), false);
});
