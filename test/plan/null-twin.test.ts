import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell } from '../../src/plan/cell.js';
import { cellsOf } from '../../src/plan/cells.js';
import { twinOf, twinPreWarm } from '../../src/plan/null-twin.js';
import { cellMs, planOf } from '../../src/plan/plan.js';
import { parse } from '../profile/fixtures.js';
import { cellWith } from './cell-builder.js';

test('a twin is its cell under another name: the same seed, connections, messages and instants', () => {
  const cell = cellWith({ seed: 77, arrival: 'poisson' });
  const twin = twinOf(cell).cell!;
  const { twinOf: original, ...same } = twin;
  assert.equal(original, cell.id);
  assert.deepEqual({ ...same, id: cell.id }, cell);
  assert.equal(cell.twinOf, undefined);
});

test('a load that would not be the same against another server, or has no quantiles, has none, and says why', () => {
  const reasonOf = (changes: Partial<Cell>) => twinOf(cellWith(changes)).reason;
  assert.equal(reasonOf({}), null);
  assert.match(reasonOf({ model: 'closed', rate: null })!, /closed loop/);
  assert.match(reasonOf({ model: 'listen', rate: null })!, /sends nothing/);
  assert.match(reasonOf({ rate: { from: 0, to: 0 } })!, /sends nothing/);
  assert.match(reasonOf({ rate: { from: 10, to: 20 } })!, /ramp/);
  assert.match(reasonOf({ connections: { from: 1, to: 9 } })!, /ramp/);
  assert.match(reasonOf({ reply: { ...cellWith().reply, match: 'none' } })!, /not matched/);
  assert.equal(reasonOf({ reply: { ...cellWith().reply, match: 'order' } }), null);
  const { profile } = parse('rooms: 2\nload: [{ connections: 5, rate: 10 }]');
  assert.match(twinOf(cellsOf(profile)[0]!).reason!, /the echo speaks none/);
});

test('the estimate tells what twins add, the echo warmed up once', () => {
  const { profile } = parse(
    'target: { url: "ws://x" }\nload: [{ connections: 5, sweep: { rate: [10, 20] } }, { connections: 5, rate: 0 }]',
  );
  const options = { only: [], cores: 4, localTarget: true };
  const without = planOf(profile, options);
  const plan = planOf(profile, { ...options, nullTwin: true });
  assert.equal(without.estimate.twinMs, 0);
  assert.equal(plan.hash, without.hash);
  const twins = plan.cells.map((cell) => twinOf(cell).cell).filter((cell) => cell !== null);
  assert.equal(twins.length, 2);
  const preWarm = twinPreWarm(plan.cells)!;
  assert.equal(preWarm.rate!.to, 20);
  const twinMs = [preWarm, ...twins].reduce((sum, cell) => sum + cellMs(cell), 0);
  assert.equal(plan.estimate.twinMs, twinMs);
  assert.equal(plan.estimate.totalMs, without.estimate.totalMs + twinMs);
});
