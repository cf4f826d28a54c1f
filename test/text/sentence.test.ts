import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capital, listed, withoutStop } from '../../src/text/sentence.js';

test('a part of a sentence becomes one, or part of another', () => {
  assert.deepEqual(['no answer', 'É', ''].map(capital), ['No answer', 'É', '']);
  assert.deepEqual(['Answer it.', 'e.g. ...', 'x'].map(withoutStop), ['Answer it', 'e.g. ..', 'x']);
  assert.deepEqual([[], ['5.6'], ['5.6', '5.7'], ['5.6', '5.7', '8.6']].map(listed), [
    '',
    '5.6',
    '5.6 and 5.7',
    '5.6, 5.7 and 8.6',
  ]);
});
