import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bodyAt, headerOf } from '../../../src/engine/session/heads.js';
import { Match } from '../../../src/engine/session/match.js';
import { KeyReader, NO_NUMBER } from '../../../src/engine/session/rules.js';

describe('the head of a message', () => {
  const of = (name: string, text: string) => headerOf(name, Buffer.from(text), 0, Buffer.byteLength(text));
  const fits = (headers: Record<string, string | null>, text: string) =>
    new Match({ headers }).fits(Buffer.from(`${text}\nb:9`), 0, Buffer.byteLength(text));

  it('ends with the first empty line', () => {
    assert.equal(of('a', 'X\na:1\nb:2\n\na:3'), '1');
    assert.equal(of('b', 'X\r\na:1\r\nb:2\r\n\r\nb:3'), '2');
    assert.equal(of('b', 'X\na:1\n\nb:3'), undefined);
    assert.equal(of('b', 'X\na:1\nb:'), '');
    assert.equal(of('X', 'X:1\nX:2'), '2');
    for (const text of ['X\na:1\n\nbody', 'X\r\na:1\r\n\r\nbody', 'body']) {
      const bytes = Buffer.from(text);
      assert.equal(bytes.toString('utf8', bodyAt(bytes, 0, bytes.length)), text === 'body' ? '' : 'body', text);
    }
  });

  it('must have the headers that are wanted, whole', () => {
    assert.ok(fits({ a: '1', b: null }, 'X\nb:\na:1\r\n\n'));
    for (const text of ['X\na:1\n\n', 'X\nb:2\na:11\n\n', 'X\nb:2\na:\n\n', 'X\nb:2\n\na:1', 'X\na:1']) {
      assert.ok(!fits({ a: '1', b: null }, text), text);
    }
  });

  it('has the number of a reply', () => {
    const key = new KeyReader({ kind: 'header', name: 'receipt-id' });
    const read = (text: string) => key.read(Buffer.from(`${text}0000000000`), 0, Buffer.byteLength(text));
    assert.equal(read('RECEIPT\nreceipt-id:1000000007\n\n'), 1_000_000_007);
    assert.equal(read('RECEIPT\r\nx:y\r\nreceipt-id:1000000007\r\n\r\n'), 1_000_000_007);
    assert.equal(read('RECEIPT\nreceipt-id:1000000007'), 1_000_000_007);
    for (const text of [
      ...['RECEIPT\nreceipt-id:17\n\n', 'RECEIPT\nreceipt-id:10000000071\n\n', 'RECEIPT\n\nreceipt-id:1000000007'],
      ...['RECEIPT\nreceipt-id:100000000', 'RECEIPT\nreceipt-id:', 'receipt-id:1000000007\n\n', ''],
    ]) {
      assert.equal(read(text), NO_NUMBER, text);
    }
  });
});
