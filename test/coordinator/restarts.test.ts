import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartAsPlanned } from '../../src/coordinator/restarts.js';
import { cellWith } from '../plan/cell-builder.js';

test('restarts one after the other: told of those that are back, and why the others are not', async () => {
  const cell = cellWith({
    events: [
      { kind: 'restart', atMs: 0 },
      { kind: 'disconnect', atMs: 1, share: 1 },
      { kind: 'restart', atMs: 2 },
    ],
  });
  const back: number[] = [];
  let restarts = 0;
  const restart = async () => {
    if (++restarts === 2) throw new Error('not ready after 30 s');
  };
  const problems = await restartAsPlanned(cell, restart, new AbortController().signal, (event) => back.push(event));
  assert.deepEqual(back, [0]);
  assert.deepEqual([...problems], [[2, 'not ready after 30 s']]);
});
