import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDigits, writeDigits } from '../../src/plan/digits.js';

const numberOfWidth = fc
  .integer({ min: 1, max: 10 })
  .chain((width) => fc.record({ width: fc.constant(width), value: fc.integer({ min: 0, max: 10 ** width - 1 }) }));

test('what is written is the decimal text padded with zeros, and is read back', () => {
  fc.assert(
    fc.property(numberOfWidth, fc.nat(5), ({ width, value }, at) => {
      const target = Buffer.alloc(at + width + 3, '-');
      writeDigits(target, value, at, width);
      assert.equal(target.toString(), `${'-'.repeat(at)}${String(value).padStart(width, '0')}---`);
      assert.equal(readDigits(target, at, width, target.length), value);
    }),
  );
});

test('anything but digits, digits behind the end and digits before the start are none', () => {
  const digits = Buffer.from('1000000007');
  assert.equal(readDigits(digits, 0, 10, 10), 1_000_000_007);
  assert.equal(readDigits(digits, 0, 10, 9), -1);
  assert.equal(readDigits(digits, 1, 10, 10), -1);
  assert.equal(readDigits(digits, -1, 10, 10), -1);
  for (let i = 0; i < 10; i++) {
    for (const stranger of ['/', ':', ' ', 'x', '\u0000']) {
      const spoilt = Buffer.from(digits);
      spoilt.write(stranger, i, 'latin1');
      assert.equal(readDigits(spoilt, 0, 10, 10), -1, `${stranger} at ${i}`);
    }
  }
});
