import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellHash } from '../../src/plan/cell-hash.js';
import { cellWith } from './cell-builder.js';

test('the hash of a cell is the same after its way over a bus or to a thread, and another one for another cell', () => {
  const cell = cellWith();
  assert.match(cellHash(cell), /^[0-9a-f]{64}$/);
  assert.equal(cellHash(JSON.parse(JSON.stringify(cell))), cellHash(cell));
  assert.equal(cellHash(structuredClone(cell)), cellHash(cell));
  assert.equal(cellHash({ ...cell, pacing: undefined }), cellHash(cell));
  assert.notEqual(cellHash(cellWith({ durationMs: 2001 })), cellHash(cell));
});
