import assert from 'node:assert/strict';
import { it } from 'node:test';
import { legible } from '../../src/dialect/legible.js';

it('bytes are shown as text where they are text, and every other one as its number', () => {
  const cases: [bytes: Buffer, text: string][] = [
    [Buffer.from('room 7'), 'room 7'],
    [Buffer.from('grün 😀'), 'grün 😀'],
    [Buffer.from([0x90, 0x03, 0x00, 0x07, 0x80]), '\\x90\\x03\\x00\\x07\\x80'],
    [Buffer.from([0xc3, 0xbc, 0xc3, 0x41, 0xff, 0xe2, 0x82]), 'ü\\xc3A\\xff\\xe2\\x82'],
    [Buffer.from([0x0a, 0x7f]), '\\x0a\\x7f'],
    [Buffer.alloc(0), ''],
  ];
  for (const [bytes, text] of cases) assert.equal(legible(bytes), text);
});
