import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastSquares } from '../../src/stats/least-squares.js';

test('a straight line is found exactly', () => {
  const line = leastSquares([
    [1, 5],
    [2, 7],
    [10, 23],
  ]);
  assert.ok(line);
  assert.ok(Math.abs(line.slope - 2) < 1e-12);
  assert.ok(Math.abs(line.intercept - 3) < 1e-12);
  assert.ok(Math.abs(line.r2 - 1) < 1e-12);
});

test('slope and r2 of scattered points, against values worked out by hand', () => {
  // x 1 2 3, y 1 3 2: Sxx 2, Sxy 1, Syy 2.
  const line = leastSquares([
    [1, 1],
    [2, 3],
    [3, 2],
  ]);
  assert.deepEqual(line, { slope: 0.5, intercept: 1, r2: 0.25 });
});

test('no line through one point or one x', () => {
  assert.equal(leastSquares([]), null);
  assert.equal(leastSquares([[1, 1]]), null);
  assert.equal(
    leastSquares([
      [4, 1],
      [4, 9],
    ]),
    null,
  );
});
