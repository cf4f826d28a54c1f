import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FixedList } from '../../src/campaign/cell-source.js';
import { cellWith } from '../plan/cell-builder.js';

test('a fixed list gives its cells in order, once, and says what is left', () => {
  const cells = ['a', 'b', 'c'].map((id) => cellWith({ id }));
  const list = new FixedList(cells);
  assert.equal(list.next()!.id, 'a');
  assert.deepEqual(
    list.remaining().map(({ id }) => id),
    ['b', 'c'],
  );
  assert.deepEqual([list.next()!.id, list.next()!.id, list.next(), list.next()], ['b', 'c', null, null]);
  assert.deepEqual(list.remaining(), []);
  assert.equal(cells.length, 3, 'the plan keeps its cells');
});
