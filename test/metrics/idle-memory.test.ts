import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IdleStep, idleMemoryOf } from '../../src/metrics/idle-memory.js';

/** A server of 80 MB that takes `perConnection` bytes more for each; the kernel 6 KB. */
function steps(held: readonly number[], perConnection: number, noise: readonly number[] = []): IdleStep[] {
  return held.map((count, i) => ({
    ...{ asked: count, held: count, rssBytes: 80e6 + count * perConnection + (noise[i] ?? 0) },
    socketBytes: 5e6 + count * 6000,
  }));
}

const QUARTERS = [0, 250, 500, 750, 1000];

function measured(of: readonly IdleStep[]) {
  const memory = idleMemoryOf(of, 20);
  assert.equal(memory.status, 'measured');
  return memory;
}

test('the slope of what was held, the server and the kernel apart', () => {
  const { server, sockets } = measured(steps(QUARTERS, 9000));
  assert.equal(Math.round(server.bytes), 9000);
  assert.equal(Math.round(sockets!.bytes), 6000);
  assert.ok(server.r2 > 0.999);
});

test('noise widens the interval, which holds the truth, and never takes the value away', () => {
  const { server } = measured(steps(QUARTERS, 300, [0, 800e3, -300e3, 500e3, -600e3]));
  const [low, high] = server.ci!;
  assert.ok(low < 300 && 300 < high && server.r2 < 0.9, JSON.stringify(server));
});

test('a server that takes fewer than asked is judged by what it held', () => {
  const limited = [...steps([0, 250, 500], 9000), { ...steps([620], 9000)[0]!, asked: 750 }];
  assert.equal(Math.round(measured(limited).server.bytes), 9000);
  const { server } = measured([steps([0], 9000)[0]!, { ...steps([100], 9000)[0]!, asked: 250 }]);
  assert.deepEqual([Math.round(server.bytes), server.ci], [9000, null]);
});

test('with too few held there is no value, but the numbers', () => {
  const few = idleMemoryOf([steps([0], 9000)[0]!, { ...steps([12], 9000)[0]!, asked: 250 }], 20);
  assert.equal(few.status, 'none');
  assert.match(few.status === 'none' ? few.reason : '', /held only 12 of 250 idle connections; at least 20 are needed/);
  assert.equal(few.steps.length, 2);
  assert.equal(idleMemoryOf([], 20).status, 'none');
});

test('a kernel that does not tell leaves its line out', () => {
  const blind = steps(QUARTERS, 9000).map((step) => ({ ...step, socketBytes: null }));
  assert.equal(measured(blind).sockets, null);
});
