import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandOut, rowShortage } from '../../src/coordinator/hand-out.js';
import { canaryRow, NOTHING_USED, RowBook, usedBeforeCanary } from '../../src/plan/hand-out.js';
import { payloadSource } from '../../src/plan/payload.js';
import { allRows } from '../../src/plan/rows.js';
import { sequenceOf } from '../../src/plan/sequence.js';
import { cellWith } from './cell-builder.js';

const DATA = Array.from({ length: 10 }, (_, i) => ({ id: `r${i}` }));

test('cells, lives and the test connection take rows one after the other, each once', () => {
  const seen: string[] = [canaryRow(DATA)!.id!];
  const handOut = new HandOut();
  for (const lives of [2, 1]) {
    const book = new RowBook(allRows(DATA), 'never', handOut.next(), 3);
    for (let life = 0; life < lives; life++) {
      for (let connection = 0; connection < 3; connection++) {
        assert.ok(book.begin(connection));
        seen.push(book.row(connection)!['id']!);
      }
    }
    assert.equal(book.most, lives);
    handOut.spend(cellWith({ connections: { from: 3, to: 3 } }), [
      { ordinals: 5, lives },
      { ordinals: 5, lives: 1 },
    ]);
  }
  assert.deepEqual(
    [...seen].sort(),
    DATA.map(({ id }) => id),
  );
});

test('where rows run out, a connection is refused or the first row comes again, as was said', () => {
  const never = new RowBook(allRows(DATA), 'never', { numbers: 0, rows: 8 }, 2);
  assert.deepEqual([never.begin(0), never.begin(1)], [true, false]);
  const cycle = new RowBook(allRows(DATA), 'cycle', { numbers: 0, rows: 8 }, 3);
  const ids = [0, 1, 2].map((connection) => {
    cycle.begin(connection);
    return cycle.row(connection)!['id'];
  });
  assert.deepEqual(ids, ['r8', 'r9', 'r0']);
});

test('a plan that needs more rows than there are is told before any load', () => {
  const cells = [cellWith({ connections: { from: 4, to: 4 } }), cellWith({ connections: { from: 2, to: 6 } })];
  assert.equal(rowShortage(cells, 11, 'never'), null);
  assert.match(rowShortage(cells, 10, 'never')!.message, /10 connections and the test connection need a row each/);
  assert.equal(rowShortage(cells, 2, 'cycle'), null);
  assert.equal(rowShortage(cells, 0, 'never'), null);
});

test('no number comes twice in a run: cells go on where the one before ended, whatever the number of workers', () => {
  for (const workers of [1, 3]) {
    const handOut = new HandOut();
    const seen = new Set<number>([sequenceOf(0, 0, 7, usedBeforeCanary(1).numbers)]);
    let count = 1;
    for (const [connections, messages] of [
      [3, 4],
      [1, 10],
      [5, 2],
    ] as const) {
      const used = handOut.next().numbers;
      for (let c = 0; c < connections; c++) {
        for (let k = 0; k < messages; k++, count++) seen.add(sequenceOf(c, k, connections, used));
      }
      const told = Array.from({ length: workers }, (_, i) => ({ ordinals: i === 0 ? messages : 1, lives: 1 }));
      handOut.spend(cellWith({ connections: { from: connections, to: connections } }), told);
    }
    assert.equal(seen.size, count);
    for (const number of seen) assert.equal(String(number).length, 10);
  }
});

test('the first cell begins with the first number and row, and a null twin repeats those of its cell', () => {
  const handOut = new HandOut();
  assert.deepEqual(handOut.next(), NOTHING_USED);
  handOut.spend(cellWith({ connections: { from: 2, to: 2 } }), [{ ordinals: 6, lives: 1 }]);
  const second = handOut.next();
  assert.deepEqual(second, { numbers: 12, rows: 2 });
  handOut.spend(cellWith({}), [{ ordinals: 1, lives: 1 }]);
  assert.deepEqual(handOut.again().next(), second);
  assert.equal(sequenceOf(0, 0, 1000, usedBeforeCanary(1).numbers), 9_999_999_999);
});

test('a message carries the number behind those used and the row its connection has now', () => {
  const rows = new RowBook(allRows(DATA), 'cycle', { numbers: 40, rows: 4 }, 2);
  const source = payloadSource({
    message: { format: 'text', size: { kind: 'fixed', bytes: 0 }, template: '{{sequence}} {{data.id}}' },
    ...{ connections: 2, seed: 1, env: {}, data: DATA, used: { numbers: 40, rows: 4 }, rows },
  });
  rows.begin(1);
  assert.equal(source.bytes(1, 3).toString(), '1000000047 r5');
  rows.begin(1);
  assert.equal(source.bytes(1, 4).toString(), '1000000049 r7');
});

test('a binary message goes out byte for byte, values filled in as UTF-8', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const contextOf = (template: string) => ({
    message: { format: 'binary' as const, size: { kind: 'fixed' as const, bytes: 0 }, template },
    ...{ connections: 1, seed: 1, env: { X: 'é' }, data: [{ größe: 'ü' }] },
  });
  assert.deepEqual(payloadSource(contextOf(bytes.toString('latin1'))).bytes(0, 0), bytes);
  const template = Buffer.from('\xff{{sequence}}{{env.X}}{{data.größe}}', 'utf8').toString('latin1');
  const sent = payloadSource(contextOf(template)).bytes(0, 7);
  assert.equal(sent.toString('utf8'), '\xff1000000007éü');
});
