import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HeadedMessages } from '../../../src/engine/session/headed-messages.js';

const MOST = 1024 * 1024;
const AROUND = 'X\nreceipt-id:1000000009\n\n\0';

interface Taken {
  readonly found: string[];
  readonly trouble: string[];
  readonly keptBytes: number;
}

/** The messages of frames, each of which stands between other bytes of a read that is used again. */
function taken(frames: readonly Buffer[], most = MOST): Taken {
  const messages = new HeadedMessages(most);
  const found: string[] = [];
  const trouble: string[] = [];
  for (const frame of frames) {
    const read = Buffer.concat([Buffer.from(AROUND), frame, Buffer.from(AROUND)]);
    const wrong = messages.take(read, AROUND.length, read.length - AROUND.length, (bytes, from, to) =>
      found.push(bytes.toString('utf8', from, to)),
    );
    if (wrong !== null) trouble.push(wrong);
    read.fill(0x7f);
  }
  return { found, trouble, keptBytes: messages.keptBytes };
}

const split = (...frames: readonly string[]) => taken(frames.map((frame) => Buffer.from(frame))).found;
const byteByByte = (text: string) => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

/** Cuts bytes into frames. No frame is empty. */
function framesOf(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const at = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i]!, end));
}

describe('a frame of messages with heads', () => {
  it('is split behind each NUL and the line ends that follow it', () => {
    assert.deepEqual(split('A\nx:1\n\nbody\0\r\n\nB\n\n\0'), ['A\nx:1\n\nbody', 'B\n\n']);
    assert.deepEqual(split('\n\nA\n\n\0'), ['A\n\n']);
    assert.deepEqual(split('\0\0'), []);
    assert.deepEqual(split(''), []);
  });

  it('of line ends alone is one message: a heartbeat', () => {
    for (const beat of ['\n', '\r\n', '\n\n\n']) assert.deepEqual(split(beat), [beat]);
    assert.deepEqual(split('\n', 'A\n\n\0', '\n'), ['\n', 'A\n\n', '\n']);
  });

  it('has NUL in a body whose length it says, as long as a NUL stands behind it', () => {
    assert.deepEqual(split('A\ncontent-length:3\n\na\0b\0\nB\n\n\0'), ['A\ncontent-length:3\n\na\0b', 'B\n\n']);
    assert.deepEqual(split('A\r\ncontent-length:2\r\n\r\n\0\0\0B\n\n\0'), [
      'A\r\ncontent-length:2\r\n\r\n\0\0',
      'B\n\n',
    ]);
    // Bytes, not characters.
    assert.deepEqual(split('A\ncontent-length:5\n\né\0é\0B\n\n\0'), ['A\ncontent-length:5\n\né\0é', 'B\n\n']);
    for (const length of ['2', '-1', 'x', '']) {
      const head = `A\ncontent-length:${length}\n\n`;
      assert.deepEqual(split(`${head}a\0b\0`), [`${head}a`, 'b'], length);
    }
    // The first of two counts, and none that stands in a body.
    assert.deepEqual(split('A\ncontent-length:1\ncontent-length:3\n\na\0b\0'), [
      'A\ncontent-length:1\ncontent-length:3\n\na',
      'b',
    ]);
    assert.deepEqual(split('A\n\n\ncontent-length:1\n\nx\0'), ['A\n\n\ncontent-length:1\n\nx']);
    // The command is no header.
    assert.deepEqual(split('content-length:3\n\na\0b\n\n\0'), ['content-length:3\n\na', 'b\n\n']);
  });
});

describe('a message with a head that is cut over several frames', () => {
  it('is whole when its end has come, and waits for it', () => {
    assert.deepEqual(split('A\n\nbo'), []);
    assert.deepEqual(split('A\n\nbo', 'dy\0B\n', '\n\0'), ['A\n\nbody', 'B\n\n']);
    // A line end in the midst of a message is no heartbeat, but a part of it.
    assert.deepEqual(split('A\n\nbo', '\n', 'dy\0', '\n'), ['A\n\nbo\ndy', '\n']);
    assert.equal(taken([Buffer.from('A\n\nbo')]).keptBytes, 5);
  });

  it('is not ended by a NUL of its body, however it is cut', () => {
    const text = 'A\ncontent-length:5\n\na\0b\0c';
    for (let at = 1; at < text.length; at++) {
      assert.deepEqual(split(text.slice(0, at), `${text.slice(at)}\0B\n\n\0`), [text, 'B\n\n'], `cut at ${at}`);
    }
    assert.deepEqual(taken(byteByByte(`${text}\0B\r\n\r\n\0`)).found, [text, 'B\r\n\r\n']);
  });

  it('is ended by its first NUL where none stands behind the length that it says', () => {
    assert.deepEqual(split('A\ncontent-length:2\n\na\0', 'bc\0'), ['A\ncontent-length:2\n\na', 'bc']);
  });

  it('is the same, however it is cut, together with others and with heartbeats between', () => {
    const body = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\0', ':'), maxLength: 300 });
    const end = fc.constantFrom('', '\n', '\r\n');
    const message = fc.record({ body, end, line: fc.constantFrom('\n', '\r\n') }).map(({ body, end, line }) => {
      const text = `MESSAGE${line}a:b${line}content-length:${Buffer.byteLength(body)}${line}${line}${body}`;
      return { text, written: `${text}\0${end}` };
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(4000), { maxLength: 40 }), (messages, cuts) => {
        const all = Buffer.from(messages.map(({ written }) => written).join(''));
        for (const frames of [framesOf(all, cuts), byteByByte(String(all))]) {
          const { found, trouble, keptBytes } = taken(frames);
          // Line ends that a cut leaves alone look like heartbeats.
          const heard = found.filter((each) => !/^[\r\n]+$/.test(each));
          assert.deepEqual(
            heard,
            messages.map(({ text }) => text),
          );
          assert.deepEqual([trouble, keptBytes], [[], 0]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused where it is larger, or says to be larger, than what may be received', () => {
    const says = Buffer.from('A\ncontent-length:99999999999999999999\n\na\0b\0');
    assert.deepEqual(taken([says]), { found: [], trouble: ['message_size'], keptBytes: says.length });
    const large = Buffer.from(`A\n\n${'x'.repeat(100)}`);
    for (const frames of [[large], framesOf(large, [40, 60]), byteByByte(String(large))]) {
      assert.deepEqual(taken([...frames, Buffer.from('\0B\n\n\0')], 90).trouble, ['message_size']);
    }
    assert.deepEqual(taken([Buffer.from('A\n\nx')], 90).trouble, []);
  });

  it('is the same in twenty thousand small frames', () => {
    const size = 400_000;
    const head = `A\n${'h:v\n'.repeat(size / 8)}\n`;
    const text = `${head}${'y'.repeat(size / 2)}`;
    const { found } = taken([
      ...framesOf(
        Buffer.from(`${text}\0`),
        Array.from({ length: 20_000 }, (_, i) => i * 20),
      ),
    ]);
    assert.deepEqual([found.length, found[0]!.length], [1, text.length]);
  });
});
