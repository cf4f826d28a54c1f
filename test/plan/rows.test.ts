import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Cell, ownedConnections } from '../../src/plan/cell.js';
import { NOTHING_USED, type Reuse, RowBook } from '../../src/plan/hand-out.js';
import { payloadSource } from '../../src/plan/payload.js';
import { rowNumbers } from '../../src/plan/row-numbers.js';
import { allRows, type Rows, rowAt, rowsAt, unionOfRows } from '../../src/plan/rows.js';
import { cellWith } from './cell-builder.js';

const dataOf = (rows: number) => Array.from({ length: rows }, (_, i) => ({ id: `r${i}` }));

const some = fc.record({
  connections: fc.integer({ min: 1, max: 24 }),
  workers: fc.integer({ min: 1, max: 6 }),
  rows: fc.integer({ min: 0, max: 60 }),
  used: fc.nat(40),
  lives: fc.integer({ min: 1, max: 5 }),
  reuse: fc.constantFrom<Reuse>('cycle', 'never'),
});

function cellOf(connections: number, lives: number): Cell {
  return cellWith({
    connections: { from: connections, to: connections },
    lifetime: lives > 1 ? { forMs: 1000, jitter: 0, messages: null } : null,
  } as never);
}

/** What each life of a worker's connections gets: its row, or null where none is left. */
function given(rows: Rows, cell: Cell, worker: number, workers: number, lives: number, reuse: Reuse, used: number) {
  const book = new RowBook(rows, reuse, { numbers: 0, rows: used }, cell.connections.to);
  const seen: unknown[] = [];
  for (let life = 0; life < lives; life++) {
    for (let index = 0; index < ownedConnections({ cell, worker, workers }); index++) {
      const connection = worker + index * workers;
      const isLeft = book.begin(connection);
      seen.push([connection, life, isLeft, book.row(connection)?.['id']]);
    }
  }
  return seen;
}

describe('the rows of a worker', () => {
  it('are enough for its messages, whether or not they have values of rows', () => {
    const all = allRows(dataOf(10));
    const cell = cellOf(8, 1);
    for (const template of ['{"n":{{sequence}}}', '{"n":{{sequence}},"id":"{{data.id}}"}']) {
      const message = { format: 'json', size: { kind: 'fixed', bytes: 64 }, template } as const;
      for (const worker of [0, 1]) {
        const numbers = rowNumbers({ cell, from: worker, to: worker + 1, workers: 2 }, 10, 'cycle', NOTHING_USED);
        const sourceOf = (rows: Rows) =>
          payloadSource({
            ...{ message, connections: 8, seed: 1, env: {} },
            rows: new RowBook(rows, 'cycle', NOTHING_USED, 8),
          });
        const [own, whole] = [sourceOf(rowsAt(numbers, all)), sourceOf(all)];
        for (let connection = worker; connection < 8; connection += 2) {
          assert.equal(String(own.bytes(connection, 1)), String(whole.bytes(connection, 1)));
        }
      }
    }
  });

  it('are those that its connections get, in each of their lives, as if it had all rows', () => {
    fc.assert(
      fc.property(some, ({ connections, workers, rows, used, lives, reuse }) => {
        const all = allRows(dataOf(rows));
        const cell = cellOf(connections, lives);
        for (let worker = 0; worker < workers; worker++) {
          const range = { cell, from: worker, to: worker + 1, workers };
          const own = rowsAt(rowNumbers(range, rows, reuse, { numbers: 0, rows: used }), all);
          const facts = [cell, worker, workers, lives, reuse, used] as const;
          assert.deepEqual(given(own, ...facts), given(all, ...facts));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are no more than one a connection without churn', () => {
    fc.assert(
      fc.property(some, ({ connections, workers, rows, used, reuse }) => {
        const cell = cellOf(connections, 1);
        for (let worker = 0; worker < workers; worker++) {
          const range = { cell, from: worker, to: worker + 1, workers };
          const numbers = rowNumbers(range, rows, reuse, { numbers: 0, rows: used });
          assert.ok(numbers.length <= ownedConnections({ cell, worker, workers }));
        }
      }),
    );
  });

  it('are together those of their machine, whatever the machine', () => {
    fc.assert(
      fc.property(some, fc.nat(), fc.nat(), ({ connections, workers, rows, used, lives, reuse }, one, other) => {
        const [from, to] = [one % workers, (other % workers) + 1];
        if (from >= to) return;
        const all = allRows(dataOf(rows));
        const cell = cellOf(connections, lives);
        const numbersOf = (first: number, end: number) =>
          rowNumbers({ cell, from: first, to: end, workers }, rows, reuse, { numbers: 0, rows: used });
        const parts = Array.from({ length: to - from }, (_, i) => rowsAt(numbersOf(from + i, from + i + 1), all));
        assert.deepEqual(unionOfRows(parts), rowsAt(numbersOf(from, to), all));
      }),
    );
  });

  it('are the example of the docs', () => {
    const used = { numbers: 0, rows: 0 };
    const range = { from: 1, to: 2, workers: 2 };
    assert.deepEqual(rowNumbers({ cell: cellOf(4, 1), ...range }, 10, 'cycle', used), [1, 3]);
    assert.deepEqual(rowNumbers({ cell: cellOf(4, 2), ...range }, 10, 'cycle', used), [1, 3, 5, 7, 9]);
  });

  it('are not all: a row that is elsewhere is a mistake, and no row beyond the last is one', () => {
    const some = rowsAt([1, 3], allRows(dataOf(4)));
    assert.deepEqual(some, { total: 4, numbers: [1, 3], rows: [{ id: 'r1' }, { id: 'r3' }] });
    assert.throws(() => rowAt(some, 2), /row 2 of 4 is not here/);
    assert.equal(rowAt(some, 4), undefined);
    assert.deepEqual(unionOfRows([]), { total: 0, rows: [] });
  });
});
