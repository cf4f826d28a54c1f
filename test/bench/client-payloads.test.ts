import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientPayloads } from '../../bench/client-payloads.js';
import { frameHeader } from '../../src/engine/frame/frame-header.js';
import { maskInto } from '../../src/engine/frame/mask.js';

function frame(payload: Buffer, key: number): Buffer {
  const header = frameHeader(false, payload.length, key);
  const bytes = Buffer.alloc(header.length + payload.length);
  bytes.set(header);
  maskInto(bytes, header.length, payload, key);
  return bytes;
}

const short = Buffer.from('a short one');
const long = Buffer.alloc(40_000, 'long ');

describe('the payloads of what the engine writes', () => {
  it('come back in order, of one frame or several, short or long', () => {
    const bytes = Buffer.concat([frame(short, 0x01020304), frame(Buffer.alloc(0), 5), frame(long, -7)]);
    assert.deepEqual(clientPayloads(bytes, null), [short, Buffer.alloc(0), long]);
  });

  it('come back from a frame in two parts', () => {
    const bytes = frame(long, 99);
    assert.deepEqual(clientPayloads(bytes.subarray(0, 50), bytes.subarray(50)), [long]);
  });

  it('are not made up where a frame is cut off or not masked', () => {
    const bytes = frame(short, 3);
    assert.throws(() => clientPayloads(bytes.subarray(0, -1), null), /cut off/);
    assert.throws(() => clientPayloads(Buffer.from([0x82, 1, 0]), null), /no frame of the engine/);
  });
});
