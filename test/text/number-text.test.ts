import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratioText } from '../../src/text/number-text.js';

test('changes keep to 8 characters', () => {
  const texts = [1, 1.0321, 0.5, 3.2, 0.0001, 12.4, 99999].map(ratioText);
  assert.deepEqual(texts, ['0.0 %', '+3.2 %', '-50.0 %', '+220 %', '-100 %', 'x12', 'x>9999']);
  assert.ok(texts.every((text) => text.length <= 8));
});
