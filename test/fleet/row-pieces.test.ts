import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WsurgeError } from '../../src/errors.js';
import { piecesOf, RowStore } from '../../src/fleet/row-pieces.js';
import { rowNumbers } from '../../src/plan/row-numbers.js';
import { allRows, type Row, rowsAt } from '../../src/plan/rows.js';
import { cellWith } from '../plan/cell-builder.js';

const NOTHING = { numbers: 0, rows: 0 };
/** Three workers of six, of ten connections. */
const RANGE = { cell: cellWith(), from: 2, to: 5, workers: 6 };

function partOf(data: readonly Row[]) {
  return rowsAt(rowNumbers(RANGE, data.length, 'cycle', NOTHING), allRows(data));
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof WsurgeError && error.next !== null, String(error));
    return error.code;
  }
  return 'taken';
}

describe('rows on their way to an agent', () => {
  it('are the same after it, whatever they hold', () => {
    const row = fc.dictionary(fc.string(), fc.string({ unit: 'binary' }), { maxKeys: 3 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 10, maxLength: 30 }), (data) => {
        const part = partOf(data);
        const { named, pieces } = piecesOf(part);
        const store = new RowStore();
        assert.deepEqual(
          store.missing(named),
          pieces.map(({ sha256 }) => sha256),
        );
        for (const piece of JSON.parse(JSON.stringify(pieces))) store.add(piece);
        assert.deepEqual(store.missing(named), []);
        const { numbers, rows } = store.rowsOf(RANGE, named, 'cycle', NOTHING);
        assert.deepEqual([numbers, JSON.stringify(rows)], [part.numbers, JSON.stringify(part.rows)]);
      }),
    );
  });

  it('go in pieces of about half a MiB; a longer row is one of its own', () => {
    const data = [300, 300, 2000, 10, 10, 10, 10, 10, 10, 10].map((kib) => ({ text: 'x'.repeat(kib * 1024) }));
    const { named, pieces } = piecesOf(allRows(data));
    assert.deepEqual(
      pieces.map(({ rows }) => rows.length),
      [1, 1, 1, 7],
    );
    assert.equal(
      named.bytes,
      pieces.reduce((sum, { rows }) => sum + JSON.stringify(rows).length, 0),
    );
    assert.deepEqual(piecesOf({ total: 0, rows: [] }), { named: { total: 0, pieces: [], bytes: 0 }, pieces: [] });
  });

  it('are refused where they are not what they are called, or no rows', () => {
    const store = new RowStore();
    const [piece] = piecesOf(allRows([{ user: 'ann' }])).pieces;
    assert.equal(
      codeOf(() => store.add({ ...piece!, rows: [{ user: 'eve' }] })),
      'wrong_hash',
    );
    for (const rows of [null, 'x', [1], [null], [{ user: 1 }], [{ user: {} }]]) {
      assert.equal(
        codeOf(() => store.add({ ...piece!, rows: rows as never })),
        'bad_rows',
        JSON.stringify(rows),
      );
    }
    assert.equal(
      codeOf(() => store.add(piece!)),
      'taken',
    );
  });

  it('are refused where they are not those of its connections', () => {
    const store = new RowStore();
    const data = Array.from({ length: 20 }, (_, i) => ({ user: `u${i}` }));
    const { named, pieces } = piecesOf(partOf(data));
    for (const piece of pieces) store.add(piece);
    const rowsOf = (pieces: readonly string[]) => () => store.rowsOf(RANGE, { ...named, pieces }, 'cycle', NOTHING);
    assert.equal(codeOf(rowsOf(named.pieces)), 'taken');
    assert.equal(codeOf(rowsOf([])), 'bad_rows');
    assert.equal(codeOf(rowsOf(Array(1e6).fill(named.pieces[0]))), 'bad_rows');
    for (const total of [-1, 0.5, 2 ** 25, Number.NaN]) {
      assert.equal(
        codeOf(() => store.missing({ ...named, total })),
        'rows_too_large',
        `${total}`,
      );
    }
  });

  it('have as much room as is allowed: the oldest go, and those of the newest cell stay', () => {
    const store = new RowStore(60);
    const pieceOf = (user: string) => piecesOf(allRows([{ user }])).pieces[0]!;
    const [one, two, three] = [pieceOf('a'.repeat(10)), pieceOf('b'.repeat(10)), pieceOf('c'.repeat(10))];
    const named = (...pieces: (typeof one)[]) => ({ total: 1, pieces: pieces.map((each) => each.sha256), bytes: 46 });
    store.add(one);
    store.add(two);
    assert.deepEqual(store.missing(named(one)), []);
    store.add(three);
    assert.deepEqual(store.missing(named(one, two, three)), [two.sha256]);
    assert.equal(
      codeOf(() => store.missing({ ...named(one), bytes: 61 })),
      'rows_too_large',
    );
  });
});
