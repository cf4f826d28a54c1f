import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { connectionsHere, numberHere, workersHere } from '../../src/plan/cell.js';
import { ringSlots } from '../../src/plan/table.js';
import { cellWith } from './cell-builder.js';

/** A machine's part of some workers, and the connections of a cell that are its own. */
const part = fc
  .record({ workers: fc.integer({ min: 1, max: 12 }), connections: fc.nat(100) })
  .chain(({ workers, connections }) =>
    fc.tuple(fc.nat(workers - 1), fc.integer({ min: 1, max: workers })).map(([from, size]) => ({
      ...{ workers, connections },
      machine: { from, to: Math.min(workers, from + size) },
    })),
  );

test('the connections of a machine are numbered from 0, each once, in order', () => {
  fc.assert(
    fc.property(part, ({ workers, machine, connections }) => {
      const own = Array.from({ length: connections }, (_, c) => c).filter(
        (c) => c % workers >= machine.from && c % workers < machine.to,
      );
      assert.deepEqual(
        own.map((c) => numberHere({ workers, machine }, c)),
        own.map((_, place) => place),
      );
      const cell = cellWith({ connections: { from: connections, to: connections } });
      assert.equal(connectionsHere({ cell, workers, machine }), own.length);
      assert.equal(workersHere({ workers, machine }), machine.to - machine.from);
    }),
  );
});

test('where one machine has all workers, a connection keeps its number', () => {
  assert.equal(numberHere({ workers: 3 }, 17), 17);
  assert.equal(numberHere({ workers: 3, machine: { from: 0, to: 3 } }, 17), 17);
  assert.equal(workersHere({ workers: 3 }), 3);
  assert.equal(connectionsHere({ workers: 3, cell: cellWith() }), 10);
});

test('the in-flight table is capped by the connections of this machine, not by those of the cell', () => {
  const million = cellWith({ connections: { from: 1_000_000, to: 1_000_000 }, rate: { from: 1e6, to: 1e6 } });
  assert.equal(ringSlots(million), 4);
  const machine = { from: 0, to: 2 };
  const here = connectionsHere({ cell: million, workers: 100, machine });
  assert.equal(here, 20_000);
  assert.equal(ringSlots(million, here), 32);
  assert.ok(ringSlots(million, here) * here <= 2 ** 22);
});
