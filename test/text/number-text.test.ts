import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountText, ratioText } from '../../src/text/number-text.js';

test('changes keep to 8 characters', () => {
  const texts = [1, 1.0321, 0.5, 3.2, 0.0001, 12.4, 99999].map((ratio) => ratioText(ratio));
  assert.deepEqual(texts, ['0.0 %', '+3.2 %', '-50.0 %', '+220 %', '-100 %', 'x12', 'x>9999']);
  assert.ok(texts.every((text) => text.length <= 8));
  const fine = [1, 0.9994, 1.0321, 1.09996, 0.5, 3.2].map((ratio) => ratioText(ratio, 2));
  assert.deepEqual(fine, ['0.00 %', '-0.06 %', '+3.21 %', '+10.0 %', '-50.0 %', '+220 %']);
});

test('whole amounts are in full, others have about three figures', () => {
  const texts = [0, 12_345, 1_000_000, 0.254, 9.999, 12.34, 123.4, 12_345.6, -3, -0.5].map(amountText);
  assert.deepEqual(texts, ['0', '12,345', '1,000,000', '0.25', '10', '12.3', '123', '12,346', '-3', '-0.5']);
});
