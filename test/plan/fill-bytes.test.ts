import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lengthAndBytes, lengthAndText, u16 } from '../../src/dialect/byte-text.js';
import type { TokenValues } from '../../src/plan/fill.js';
import { fillBytes } from '../../src/plan/fill-bytes.js';

const values = (row: Readonly<Record<string, string>> = {}, stepId = 1): TokenValues => ({
  ...{ connection: 7, env: {}, row, room: 12, stepId },
});
const hex = (template: string, of = values()) => Buffer.from(fillBytes(template, of), 'latin1').toString('hex');

describe('templates of bytes', () => {
  it('have values as the bytes of their UTF-8, behind lengths that count these', () => {
    assert.equal(hex(lengthAndText('ü{{connection}}{{data.größe}}'), values({ größe: 'ß' })), '0005c3bc37c39f');
    assert.equal(hex(lengthAndBytes(`${u16(258)}${lengthAndText('{{room}}')}!`)), `0701020002${'3132'}21`);
  });

  it('count what is written for each message as long as it will be', () => {
    const filled = fillBytes(lengthAndBytes(`{{id}}a{{sequence}}`), values());
    assert.equal(filled, `\x0d{{id}}a{{sequence}}`);
  });

  it('write lengths in groups of seven bits', () => {
    const cases = { 0: '00', 127: '7f', 128: '8001', 16383: 'ff7f', 16384: '808001', 2097152: '80808001' };
    for (const [size, length] of Object.entries(cases)) {
      const filled = fillBytes(lengthAndBytes('{{data.x}}'), values({ x: 'x'.repeat(Number(size)) }));
      assert.equal(Buffer.from(filled.slice(0, length.length / 2), 'latin1').toString('hex'), length);
      assert.equal(filled.length, Number(size) + length.length / 2);
    }
  });

  it('say ids of steps in two bytes, from 1 to 65,535 and from 1 again', () => {
    const ids = [1, 258, 65_535, 65_536].map((stepId) => hex('{{u16:stepId}}', values({}, stepId)));
    assert.deepEqual(ids, ['0001', '0102', 'ffff', '0001']);
  });

  it('are not disturbed by a value that looks like a part of a template', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^({{>}}|{{<u16}}|{{<base128}}|{{room}}|ü|a)*$/), (x) => {
        const bytes = Buffer.from(x);
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        assert.equal(
          hex(`${lengthAndText('{{data.x}}')}.`, values({ x })),
          `${length.toString('hex')}${bytes.toString('hex')}2e`,
        );
      }),
    );
  });

  it('cannot say a length that does not fit', () => {
    const x = 'x'.repeat(65_536);
    assert.throws(
      () => fillBytes(lengthAndText('{{data.x}}'), values({ x })),
      /65536 bytes, and its length says at most 65535/,
    );
  });
});
