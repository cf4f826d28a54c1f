import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Marks } from '../../../src/engine/fanout/marks.js';

const unset = (marks: Marks, row: number, from: number, step: number, to: number) => {
  const found: number[] = [];
  marks.eachUnset(row, from, step, to, (subscriber) => found.push(subscriber));
  return found;
};

describe('marks', () => {
  it('are set once', () => {
    const marks = new Marks(2, 70);
    marks.begin(1, 0);
    assert.equal(marks.set(1, 65), true);
    assert.equal(marks.set(1, 65), false);
    assert.equal(marks.has(1, 65), true);
    assert.equal(marks.has(1, 33), false);
    assert.equal(marks.count(1), 1);
    assert.equal(marks.count(0), 0);
  });

  it('are those of one message', () => {
    const marks = new Marks(1, 3);
    marks.begin(0, 4);
    marks.set(0, 2);
    marks.begin(0, 4);
    assert.equal(marks.count(0), 1, 'the same message');
    marks.begin(0, 5);
    assert.equal(marks.count(0), 0, 'the next one');
  });

  it('name those that are not set, over whole words and in steps', () => {
    const marks = new Marks(1, 100);
    marks.begin(0, 0);
    for (let i = 0; i < 100; i++) if (i !== 31 && i !== 40 && i !== 99) marks.set(0, i);
    assert.deepEqual(unset(marks, 0, 0, 1, 100), [31, 40, 99]);
    assert.deepEqual(unset(marks, 0, 0, 1, 99), [31, 40]);
    assert.deepEqual(unset(marks, 0, 1, 3, 100), [31, 40]);
    assert.deepEqual(unset(marks, 0, 32, 1, 64), [40]);
  });
});
