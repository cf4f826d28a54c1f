import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bodyAt, headerOf } from '../../../src/engine/session/heads.js';
import { Match } from '../../../src/engine/session/match.js';
import { eachMessage, KeyReader, NO_NUMBER } from '../../../src/engine/session/rules.js';

/** The messages of a frame that stands between other bytes of a read. */
function split(frame: string): string[] {
  const around = 'X\nreceipt-id:1000000009\n\n\0';
  const bytes = Buffer.from(around + frame + around);
  const found: string[] = [];
  const [start, end] = [around.length, bytes.length - around.length];
  eachMessage('headed', bytes, start, end, (from, to) => found.push(bytes.toString('utf8', from, to)));
  return found;
}

describe('a frame of messages with heads', () => {
  it('is split behind each NUL and the line ends that follow it', () => {
    assert.deepEqual(split('A\nx:1\n\nbody\0\r\n\nB\n\n\0'), ['A\nx:1\n\nbody', 'B\n\n']);
    assert.deepEqual(split('\n\nA\n\n\0'), ['A\n\n']);
    assert.deepEqual(split('A\n\nno end'), ['A\n\nno end']);
    assert.deepEqual(split('A\n\n\0B'), ['A\n\n', 'B']);
    assert.deepEqual(split('\0\0'), []);
    assert.deepEqual(split(''), []);
  });

  it('of line ends alone is one message: a heartbeat', () => {
    for (const beat of ['\n', '\r\n', '\n\n\n']) assert.deepEqual(split(beat), [beat]);
  });

  it('has NUL in a body whose length it says, as long as a NUL stands behind it', () => {
    assert.deepEqual(split('A\ncontent-length:3\n\na\0b\0\nB\n\n\0'), ['A\ncontent-length:3\n\na\0b', 'B\n\n']);
    assert.deepEqual(split('A\r\ncontent-length:2\r\n\r\n\0\0\0B'), ['A\r\ncontent-length:2\r\n\r\n\0\0', 'B']);
    // Bytes, not characters.
    assert.deepEqual(split('A\ncontent-length:5\n\né\0é\0B'), ['A\ncontent-length:5\n\né\0é', 'B']);
    for (const length of ['2', '4', '99999', '99999999999999999999', '-1', 'x', '']) {
      const head = `A\ncontent-length:${length}\n\n`;
      assert.deepEqual(split(`${head}a\0b\0`), [`${head}a`, 'b'], length);
    }
    // The first of two counts, and none that stands in a body.
    assert.deepEqual(split('A\ncontent-length:1\ncontent-length:3\n\na\0b\0'), [
      'A\ncontent-length:1\ncontent-length:3\n\na',
      'b',
    ]);
    assert.deepEqual(split('A\n\n\ncontent-length:1\n\nx\0'), ['A\n\n\ncontent-length:1\n\nx']);
  });

  it('is split into what it was put together from', () => {
    const body = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\0', ':'), maxLength: 400 });
    const end = fc.constantFrom('', '\n', '\r\n');
    const message = fc.record({ body, end, line: fc.constantFrom('\n', '\r\n') }).map(({ body, end, line }) => {
      const text = `MESSAGE${line}a:b${line}content-length:${Buffer.byteLength(body)}${line}${line}${body}`;
      return { text, written: `${text}\0${end}` };
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
        const found = split(messages.map(({ written }) => written).join(''));
        assert.deepEqual(
          found,
          messages.map(({ text }) => text),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

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
