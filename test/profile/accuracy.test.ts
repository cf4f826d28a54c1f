import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accuracyProblem, parseAccuracy } from '../../src/profile/accuracy.js';

test('a share, a time, or the larger of both', () => {
  assert.deepEqual(parseAccuracy('20% or 1ms'), { share: 0.2, us: 1000 });
  assert.deepEqual(parseAccuracy(' 0.5ms or 10 % '), { share: 0.1, us: 500 });
  assert.deepEqual(parseAccuracy('5%'), { share: 0.05, us: 0 });
  assert.deepEqual(parseAccuracy('250us'), { share: 0, us: 250 });
});

test('anything else is no accuracy', () => {
  for (const text of [
    '',
    '20',
    '1ms or 2ms',
    '10% or 20%',
    '10% and 1ms',
    '10% or 1ms or 2ms',
    '-5%',
    'fine',
    '10%1ms',
  ]) {
    assert.equal(parseAccuracy(text), null, text);
  }
});

test('nothing, and more than the value itself, is refused', () => {
  assert.match(accuracyProblem({ share: 0, us: 0 })!, /no measurement is exact/);
  assert.match(accuracyProblem({ share: 1.01, us: 0 })!, /out of range/);
  assert.match(accuracyProblem({ share: 0, us: 60_000_001 })!, /out of range/);
  assert.equal(accuracyProblem({ share: 1, us: 60_000_000 }), null);
});
