import assert from 'node:assert/strict';
import { test } from 'node:test';
import { droppedBy } from '../../src/plan/drops.js';
import { cellWith } from './cell-builder.js';

const stormy = (connections: number, shares: readonly number[], seed = 1) =>
  cellWith({
    ...{ seed, connections: { from: connections, to: connections } },
    events: shares.map((share, i) => ({ kind: 'disconnect', atMs: i, share })),
  });

test('as many as the share says, at least one, each once', () => {
  const cell = stormy(100, [0.5, 0.001, 1, 0.333]);
  const counts = [50, 1, 100, 33];
  counts.forEach((count, event) => {
    const dropped = droppedBy(cell, event);
    assert.equal(dropped.length, count);
    assert.equal(new Set(dropped).size, count);
    assert.ok(dropped.every((c) => c >= 0 && c < 100));
  });
});

test('which ones follows from the seed, and differs from event to event', () => {
  const [first, again] = [stormy(100, [0.5, 0.5]), stormy(100, [0.5, 0.5])];
  assert.deepEqual(droppedBy(first, 0), droppedBy(again, 0));
  assert.notDeepEqual(droppedBy(first, 0), droppedBy(first, 1));
  assert.notDeepEqual(droppedBy(first, 0), droppedBy(stormy(100, [0.5], 2), 0));
});

test('every connection is as likely as any other', () => {
  const times = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 2000; seed++) for (const c of droppedBy(stormy(10, [0.3], seed), 0)) times[c]!++;
  // 600 expected of each; 5 standard deviations of a binomial count.
  for (const count of times) assert.ok(Math.abs(count - 600) < 5 * Math.sqrt(2000 * 0.3 * 0.7), `${times}`);
});

test('a restart cuts none on this side', () => {
  assert.deepEqual(droppedBy(cellWith({ events: [{ kind: 'restart', atMs: 5 }] }), 0), []);
});
