import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { countersOf, flowOf, healthyCell, withConnections, withMessages } from './cell-fixture.js';

const failed = (cell: CellResult) => gatesOf(cell).filter(({ passed }) => !passed);
const names = (cell: CellResult) => gatesOf(cell).map(({ gate }) => gate);

test('a healthy cell of every model passes all its gates', () => {
  for (const model of ['open', 'closed', 'listen'] as const) assert.deepEqual(failed(healthyCell({ model })), []);
  assert.deepEqual(names(healthyCell()), [
    'held',
    'answered',
    'lost',
    'duplicated',
    'reordered',
    'corrupted',
    'misdelivered',
  ]);
  assert.deepEqual(names(healthyCell({ model: 'listen' })), ['held', 'received']);
});

test('a cell that was cut off has no gates: the server could not hold or answer what was never asked of it', () => {
  const begun = withConnections(healthyCell(), { opened: 0, held: 0 });
  assert.notEqual(failed(begun).length, 0);
  assert.deepEqual(gatesOf({ ...begun, interrupted: true }), []);
});

test('held below asked fails and says why', () => {
  const cell = withConnections(healthyCell(), { opened: 97, failed: 3, held: 97 });
  const [gate] = failed({ ...cell, errors: [{ phase: 'connect', code: 'HTTP_503', count: 3 }] });
  assert.deepEqual(gate, {
    gate: 'held',
    cell: cell.id,
    passed: false,
    message: '97 of 100 connections held (failed: 3 x HTTP_503)',
  });
});

test('one lost, duplicated, reordered, corrupted or misdelivered message fails its gate alone', () => {
  const one = {
    lost: { answered: 9999, lostOnClose: 1, received: 9999 },
    duplicated: { duplicated: 1, received: 10_001 },
    reordered: { reordered: 1 },
    corrupted: { corrupted: 1 },
    misdelivered: { misdelivered: 1, received: 10_001 },
  };
  for (const [gate, changes] of Object.entries(one)) {
    assert.deepEqual(
      failed(withMessages(healthyCell(), changes)).map((result) => result.gate),
      [gate],
    );
  }
});

test('a late answer is not lost', () => {
  assert.deepEqual(failed(withMessages(healthyCell(), { answered: 9999, timedOut: 1, late: 1 })), []);
});

test('nothing answered is never a pass: planned, not planned at all, closed, listen', () => {
  const silent = withMessages(healthyCell(), { sent: 0, answered: 0, notConnected: 10_000, received: 0 });
  assert.deepEqual(
    failed(silent).map(({ gate }) => gate),
    ['answered'],
  );
  const unplanned = { ...healthyCell(), flows: [flowOf('open', countersOf({}))] };
  assert.deepEqual(
    failed(unplanned).map(({ gate }) => gate),
    ['answered'],
  );
  const closed = { ...healthyCell({ model: 'closed' }), flows: [flowOf('closed', countersOf({}))] };
  assert.deepEqual(
    failed(closed).map(({ gate }) => gate),
    ['answered'],
  );
  const listen = { ...healthyCell({ model: 'listen' }), flows: [flowOf('listen', countersOf({}))] };
  assert.deepEqual(
    failed(listen).map(({ gate }) => gate),
    ['received'],
  );
});

test('a hold without messages, and messages that expect no reply, are asked for connections only', () => {
  assert.deepEqual(names(healthyCell({ rate: 0 })), ['held']);
  const unmatched = withMessages(healthyCell(), { answered: 0, unmatched: 10_000, received: 0 });
  assert.deepEqual(names(unmatched), ['held']);
  const neverSent = withMessages(healthyCell(), { sent: 0, answered: 0, notConnected: 10_000, received: 0 });
  assert.equal(failed(neverSent).length, 1);
});

test('a ramp holds no fixed number: all it asked for must have opened', () => {
  const ramp = { ...withConnections(healthyCell(), { held: 1 }), ramp: true };
  assert.deepEqual(failed(ramp), []);
  assert.equal(names(ramp)[0], 'opened');
  assert.deepEqual(
    failed(withConnections(ramp, { opened: 99, failed: 1 })).map(({ gate }) => gate),
    ['opened'],
  );
});
