import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cell } from '../../src/plan/cell.js';
import { openConnectionsAt } from '../../src/plan/connects.js';
import { pacerOf, plannedRamp } from '../../src/plan/pacer.js';
import { cellWith } from './cell-builder.js';

interface Planned {
  readonly dueUs: number;
  readonly connection: number;
}

function messagesOf(cell: Cell, worker: number, workers: number): Planned[] {
  const cursor = pacerOf(cell).cursor(worker, workers);
  const messages: Planned[] = [];
  for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) {
    messages.push({ dueUs, connection: cursor.connection });
  }
  return messages;
}

function union(cell: Cell, workers: number): Planned[] {
  const all = Array.from({ length: workers }, (_, worker) => messagesOf(cell, worker, workers)).flat();
  return all.sort((a, b) => a.dueUs - b.dueUs || a.connection - b.connection);
}

const arbitraryCell = fc
  .record({
    connections: fc.integer({ min: 1, max: 40 }),
    more: fc.integer({ min: 0, max: 40 }),
    rate: fc.integer({ min: 1, max: 700 }),
    toRate: fc.integer({ min: 0, max: 700 }),
    warmupMs: fc.integer({ min: 0, max: 1500 }),
    durationMs: fc.integer({ min: 1, max: 2500 }),
    seed: fc.integer(),
    kind: fc.constantFrom('constant', 'poisson', 'rate ramp', 'connection ramp'),
  })
  .map(({ connections, more, rate, toRate, warmupMs, durationMs, seed, kind }) =>
    cellWith({
      connections: { from: connections, to: kind === 'connection ramp' ? connections + more : connections },
      rate: { from: rate, to: kind === 'rate ramp' ? toRate : rate },
      arrival: kind === 'poisson' ? 'poisson' : 'constant',
      ...{ warmupMs, durationMs, seed },
    }),
  );

test('the union of the shards is the plan, for any number of workers', () => {
  fc.assert(
    fc.property(arbitraryCell, fc.integer({ min: 1, max: 9 }), (cell, workers) => {
      assert.deepEqual(union(cell, workers), union(cell, 1));
    }),
    { numRuns: 150 },
  );
});

test('every worker gets its own connections only, in order of due instants, none before t0 or past the end', () => {
  fc.assert(
    fc.property(arbitraryCell, fc.integer({ min: 1, max: 9 }), (cell, workers) => {
      for (let worker = 0; worker < workers; worker++) {
        let lastUs = 0;
        for (const { dueUs, connection } of messagesOf(cell, worker, workers)) {
          assert.equal(connection % workers, worker);
          assert.ok(dueUs >= lastUs && dueUs < (cell.warmupMs + cell.durationMs) * 1000);
          assert.ok(connection < openConnectionsAt(cell, dueUs));
          lastUs = dueUs;
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('constant: message i is due at exactly i / R on connection i mod N, without drift', () => {
  const cell = cellWith({ rate: { from: 300, to: 300 }, connections: { from: 7, to: 7 }, durationMs: 600_000 });
  const messages = messagesOf(cell, 0, 1);
  assert.equal(messages.length, 300 * 601);
  for (const i of [0, 1, 299, 300, 99_999, 180_299]) {
    assert.deepEqual(messages[i], { dueUs: (i * 1e6) / 300, connection: i % 7 });
  }
});

test('constant: as many messages as fit before the end, at rates that do not divide it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 3000 }), (rate, durationMs) => {
      const cell = cellWith({ rate: { from: rate, to: rate }, warmupMs: 0, durationMs });
      const count = messagesOf(cell, 0, 1).length;
      assert.equal(count, Math.ceil((rate * durationMs) / 1000 - 1e-9));
    }),
  );
});

test('ramp: as many messages as the integral of the rate, each where a t + (b - a) t^2 / 2D = i', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 1, max: 900 }), (from, to) => {
      const cell = cellWith({ rate: { from, to }, warmupMs: 0, durationMs: 2000 });
      const messages = messagesOf(cell, 0, 1);
      assert.equal(messages.length, Math.floor(from + to));
      assert.equal(messages.length, plannedRamp(cell));
      messages.forEach(({ dueUs }, i) => {
        const t = dueUs / 1e6;
        assert.ok(Math.abs(from * t + ((to - from) * t * t) / 4 - i) < 1e-6 * Math.max(1, i));
      });
    }),
    { numRuns: 50 },
  );
});

test('ramp: the warm-up runs at the first rate', () => {
  const cell = cellWith({ rate: { from: 10, to: 1000 }, warmupMs: 1000 });
  assert.equal(messagesOf(cell, 0, 1).filter(({ dueUs }) => dueUs < 1e6).length, 10);
});

test('poisson: the same seed gives the same arrivals, another seed others, at the rate asked for', () => {
  const cell = cellWith({ arrival: 'poisson', rate: { from: 2000, to: 2000 }, warmupMs: 0, durationMs: 10_000 });
  assert.deepEqual(messagesOf(cell, 0, 1), messagesOf(cell, 0, 1));
  const other = messagesOf({ ...cell, seed: 2 }, 0, 1);
  assert.notDeepEqual(messagesOf(cell, 0, 1), other);
  for (const seed of [1, 2, 3, 4, 5]) {
    const count = messagesOf({ ...cell, seed }, 0, 1).length;
    assert.ok(Math.abs(count - 20_000) < 3.3 * Math.sqrt(20_000), `seed ${seed}: ${count}`);
  }
});

test('poisson: counts in 10 ms bins are as dispersed as Poisson counts are, constant ones are not', () => {
  const cell = cellWith({
    rate: { from: 2000, to: 2000 },
    connections: { from: 50, to: 50 },
    warmupMs: 0,
    durationMs: 20_000,
  });
  const poisson = dispersion(messagesOf({ ...cell, arrival: 'poisson' }, 0, 1));
  assert.ok(poisson > 0.9 && poisson < 1.1, `index of dispersion ${poisson}`);
  assert.ok(dispersion(messagesOf(cell, 0, 1)) < 0.2);
});

/** Variance over mean of the message counts in 10 ms bins. */
function dispersion(messages: readonly Planned[]): number {
  const bins = new Array(2000).fill(0);
  for (const { dueUs } of messages) bins[Math.floor(dueUs / 10_000)]++;
  const mean = bins.reduce((sum, count) => sum + count, 0) / bins.length;
  return bins.reduce((sum, count) => sum + (count - mean) ** 2, 0) / bins.length / mean;
}

test('nothing is due in a hold, a closed or a listening cell', () => {
  for (const cell of [
    cellWith({ rate: { from: 0, to: 0 } }),
    cellWith({ model: 'closed', rate: null }),
    cellWith({ model: 'listen', rate: null }),
  ]) {
    assert.deepEqual(messagesOf(cell, 0, 1), []);
  }
});

test('as drawn above Pacer: 10 messages a second on 4 connections, for any number of workers', () => {
  const cell = cellWith({
    ...{ rate: { from: 10, to: 10 }, connections: { from: 4, to: 4 } },
    ...{ warmupMs: 0, durationMs: 700 },
  });
  const drawn = [0, 1, 2, 3, 4, 5, 6].map((message) => ({ dueUs: message * 100_000, connection: message % 4 }));
  assert.deepEqual(messagesOf(cell, 0, 1), drawn);
  assert.deepEqual(
    messagesOf(cell, 1, 2),
    drawn.filter(({ connection }) => connection === 1 || connection === 3),
  );
});

test('a worker that is none of the workers gets no messages but an error', () => {
  for (const [worker, workers] of [
    [2, 2],
    [-1, 2],
    [0.5, 2],
  ] as const) {
    assert.throws(() => pacerOf(cellWith()).cursor(worker, workers), new RegExp(`worker ${worker} of ${workers}`));
  }
});
