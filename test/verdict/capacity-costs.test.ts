import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type CostPoint, costsOf } from '../../src/verdict/capacity-costs.js';
import { healthyCell } from './cell-fixture.js';

const KERNEL_BYTES = 420;
const CPU_US = 30;

function point(connections: number, noise = 0): CostPoint {
  const rate = connections * 10;
  const cell = healthyCell({ connections, rate, cpuPercent: 3 + (rate * CPU_US) / 10_000 });
  return { cell, socketBytes: 1e6 + KERNEL_BYTES * rate + noise };
}

const COUNTS = [50, 75, 113, 170, 255];

it('the cost of a message is a slope over the steps, with how well a line fits', () => {
  const costs = costsOf(COUNTS.map((connections) => point(connections)));
  const of = (what: string) => costs.find((cost) => cost.what === what);
  assert.ok(Math.abs(of('kernel memory of sockets')!.value! - KERNEL_BYTES) < 1);
  assert.ok(Math.abs(of('server CPU')!.value! - CPU_US) < 0.1);
  for (const { r2 } of costs) assert.ok(r2! > 0.999);
});

it('claims no memory per connection: cells that come and go cannot see it', () => {
  const costs = costsOf(COUNTS.map((connections) => ({ ...point(connections), socketBytes: null })));
  assert.deepEqual(
    costs.map(({ what, per }) => `${what} per ${per}`),
    ['server CPU per message'],
    'what was not read is no row',
  );
});

it('claims no cost where a line explains little, or there are too few steps', () => {
  const noisy = COUNTS.map((connections, i) => point(connections, i % 2 === 0 ? 4e6 : 0));
  const kernel = costsOf(noisy).find(({ what }) => what === 'kernel memory of sockets')!;
  assert.equal(kernel.value, null);
  assert.match(kernel.note!, /does not follow the load/);
  const few = costsOf([point(50), point(50), point(75)]);
  for (const { value, note } of few) assert.deepEqual([value, note], [null, 'n/a: needs 3 different steps']);
});
