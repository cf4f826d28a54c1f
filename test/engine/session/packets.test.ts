import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Packets } from '../../../src/engine/session/packets.js';

const MOST = 1024 * 1024;

/** A packet with so many bytes behind its length, which is written as MQTT has it. */
function packet(type: number, size: number): Buffer {
  const length: number[] = [];
  for (let rest = size; ; ) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    length.push(rest > 0 ? low + 128 : low);
    if (rest === 0) break;
  }
  return Buffer.concat([Buffer.from([type, ...length]), Buffer.alloc(size, type)]);
}

/** Cuts bytes into frames, each in a buffer with other bytes around it, as a read has them. */
function framesOf(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const at = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i]!, end));
}

function taken(packets: Packets, frames: readonly Buffer[]): { readonly found: string[]; readonly trouble: string[] } {
  const found: string[] = [];
  const trouble: string[] = [];
  for (const frame of frames) {
    const read = Buffer.concat([Buffer.from('\xff\xff', 'latin1'), frame, Buffer.from('\xff', 'latin1')]);
    const wrong = packets.take(read, 2, read.length - 1, (bytes, from, to) =>
      found.push(bytes.toString('hex', from, to)),
    );
    if (wrong !== null) trouble.push(wrong);
  }
  return { found, trouble };
}

describe('packets that say their length', () => {
  it('are the same, however they are cut into frames', () => {
    const size = fc.oneof(fc.nat(5), fc.constantFrom(126, 127, 128, 129, 300, 16_383, 16_384, 20_000));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 8 }), fc.array(fc.nat(40_000), { maxLength: 30 }), (sizes, cuts) => {
        const sent = sizes.map((each, index) => packet(index + 1, each));
        const { found, trouble } = taken(new Packets({ lengthAt: 1 }, MOST), framesOf(Buffer.concat(sent), cuts));
        assert.deepEqual(
          found,
          sent.map((each) => each.toString('hex')),
        );
        assert.deepEqual(trouble, []);
      }),
      { numRuns: 300 },
    );
  });

  it('may come byte by byte', () => {
    const sent = [packet(1, 0), packet(2, 200), packet(3, 1)];
    const bytes = Buffer.concat(sent);
    const { found } = taken(
      new Packets({ lengthAt: 1 }, MOST),
      [...bytes].map((byte) => Buffer.from([byte])),
    );
    assert.deepEqual(
      found,
      sent.map((each) => each.toString('hex')),
    );
  });

  it('keep only what came of one that is not whole, not what it says it has', () => {
    const packets = new Packets({ lengthAt: 1 }, MOST);
    taken(packets, [packet(1, 100_000).subarray(0, 10)]);
    assert.equal(packets.keptBytes, 10);
  });

  it('are refused where the length has five bytes, or says too much, whole or in parts', () => {
    const five = Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]);
    const large = packet(1, MOST);
    for (const [bytes, code] of [
      [five, 'packet_length'],
      [large.subarray(0, 4), 'packet_size'],
    ] as const) {
      assert.deepEqual(taken(new Packets({ lengthAt: 1 }, MOST), [bytes]).trouble, [code]);
      const parts = [...bytes].map((byte) => Buffer.from([byte]));
      assert.equal(taken(new Packets({ lengthAt: 1 }, MOST), parts).trouble[0], code);
    }
  });
});
