import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { listedNumbers, numbersProblem } from '../../src/check/numbers.js';

describe('numbered messages', () => {
  it('are right only where the same come in the same order', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 });
    fc.assert(
      fc.property(numbers, numbers, (sent, came) => {
        const same = sent.length === came.length && sent.every((number, index) => number === came[index]);
        assert.equal(numbersProblem(sent, came) === null, same);
      }),
    );
  });

  it('say what is wrong', () => {
    assert.equal(numbersProblem([1, 2, 3], [1, 3]), '1 of 3 lost: 2');
    assert.equal(numbersProblem([1, 2], [1, 2, 2]), '1 too many: 2');
    assert.equal(numbersProblem([1, 1], [1]), '1 of 2 lost: 1');
    assert.equal(numbersProblem([1, 2, 3], [1, 3, 2]), '3 came where 2 was due (place 2 of 3)');
    assert.equal(numbersProblem([1, 2, 3], [1, 3], true), '1 of 3 late: 2');
    assert.equal(numbersProblem([1], [1, Number.NaN]), '1 too many: no number');
  });

  it('are listed without NaN', () => {
    assert.equal(listedNumbers([1, Number.NaN]), '1, no number');
    assert.equal(listedNumbers(Array.from({ length: 12 }, (_, index) => index)), '0, 1, 2, 3, 4, ... 11');
  });
});
