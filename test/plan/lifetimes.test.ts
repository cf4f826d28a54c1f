import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cell } from '../../src/plan/cell.js';
import { lifeEnds } from '../../src/plan/lifetimes.js';
import { cellWith } from './cell-builder.js';

const churning = (connections: number, lifetime: Cell['lifetime'], changes: Partial<Cell> = {}): Cell =>
  cellWith({ connections: { from: connections, to: connections }, lifetime, ...changes });

/** Every end of a worker's lives, us from t0, with its connection. */
function endsOf(cell: Cell, worker = 0, workers = 1): (readonly [atUs: number, connection: number])[] {
  const cursor = lifeEnds(cell).cursor(worker, workers);
  const ends: [number, number][] = [];
  for (let atUs = cursor.next(); atUs < Number.POSITIVE_INFINITY; atUs = cursor.next()) {
    ends.push([atUs, cursor.connection]);
  }
  return ends;
}

const byConnection = (ends: readonly (readonly [number, number])[], connection: number) =>
  ends.filter(([, c]) => c === connection).map(([atUs]) => atUs);

test('fixed lives: ends are spread evenly from the first on, and every life after it lasts as long as was asked', () => {
  const cell = churning(20, { kind: 'fixed', meanMs: 500 }, { warmupMs: 0, durationMs: 2000 });
  const ends = endsOf(cell);
  assert.equal(ends.length, 80);
  ends.forEach(([atUs, connection], i) => {
    assert.ok(Math.abs(atUs - (i + 0.5) * 25_000) < 0.01, `end ${i} at ${atUs}`);
    assert.equal(connection, i % 20);
  });
});

test('exponential lives: as many and as long as they are on average, and as spread', () => {
  const cell = churning(200, { kind: 'exponential', meanMs: 1000 }, { warmupMs: 0, durationMs: 100_000 });
  const ends = endsOf(cell);
  // 20,000 expected; 4 standard deviations of a Poisson count.
  assert.ok(Math.abs(ends.length - 20_000) < 4 * Math.sqrt(20_000), `${ends.length} ends`);
  const gaps = Array.from({ length: 200 }, (_, c) => byConnection(ends, c)).flatMap((own) =>
    own.slice(1).map((atUs, i) => atUs - own[i]!),
  );
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  assert.ok(Math.abs(mean - 1e6) < 40_000, `mean life ${mean} us`);
  const longer = gaps.filter((gap) => gap > 1e6).length / gaps.length;
  assert.ok(Math.abs(longer - Math.exp(-1)) < 0.02, `${longer} live longer than the mean`);
});

test('the ends of all workers are those of the cell, for any number of them', () => {
  const lifetime = fc.record({
    kind: fc.constantFrom('fixed' as const, 'exponential' as const),
    meanMs: fc.integer({ min: 100, max: 3000 }),
  });
  fc.assert(
    fc.property(lifetime, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 7 }), (given, connections, n) => {
      const cell = churning(connections, given, { seed: connections });
      const whole = endsOf(cell);
      const parts = Array.from({ length: n }, (_, worker) => endsOf(cell, worker, n));
      assert.ok(parts.every((part, worker) => part.every(([, c]) => c % n === worker)));
      const order = (a: readonly [number, number], b: readonly [number, number]) => a[0] - b[0] || a[1] - b[1];
      assert.deepEqual(parts.flat().sort(order), [...whole].sort(order));
      assert.ok(whole.every(([atUs]) => atUs >= 0 && atUs < 3_000_000));
    }),
  );
});

test('where connections stay no life ends', () => {
  assert.deepEqual(endsOf(cellWith()), []);
});
