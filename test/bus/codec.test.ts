import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { BodyError, decodeBody, encodeBody, MAX_BODY_BYTES } from '../../src/bus/codec.js';
import { WsurgeError } from '../../src/errors.js';

const json = (text: string): Buffer => deflateRawSync(Buffer.from(text));

function whyRefused(bytes: Uint8Array): string {
  try {
    decodeBody(bytes);
  } catch (error) {
    assert.ok(error instanceof BodyError, String(error));
    return error.message;
  }
  return 'it was read';
}

describe('the body of a message', () => {
  it('is read as it was written, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        assert.equal(JSON.stringify(decodeBody(encodeBody(value))), JSON.stringify(value));
      }),
    );
  });

  it('is null where there is nothing', () => {
    assert.equal(decodeBody(encodeBody(undefined)), null);
  });

  it('may be cut anywhere, or be anything at all: it is read, or refused with the reason', () => {
    const whole = encodeBody({ rows: Array.from({ length: 200 }, (_, row) => `row ${row}`) });
    for (let length = 0; length < whole.length; length++) {
      assert.equal(whyRefused(whole.subarray(0, length)), 'it is not deflated, or cut off');
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeBody(bytes);
        } catch (error) {
          assert.ok(error instanceof BodyError, String(error));
        }
      }),
    );
  });

  it('is refused without its text where it is no JSON', () => {
    assert.equal(whyRefused(json('{"password":"hunter2"')), 'it is no JSON');
  });

  it('is refused where it inflates beyond the limit, without inflating it', () => {
    const bomb = deflateRawSync(Buffer.alloc(MAX_BODY_BYTES + 1, ' '), { level: 1 });
    assert.ok(bomb.length < MAX_BODY_BYTES / 100);
    assert.equal(whyRefused(bomb), 'it is larger than 64 MiB');
  });

  it('is refused where it nests too deep', () => {
    const nested = (levels: number): Buffer => json('['.repeat(levels) + ']'.repeat(levels));
    assert.equal(whyRefused(nested(64)), 'it was read');
    assert.equal(whyRefused(nested(65)), 'it nests deeper than 64 levels');
    assert.equal(whyRefused(nested(1_000_000)), 'it nests deeper than 64 levels');
  });

  it('is not sent where the other side would refuse it', () => {
    assert.throws(
      () => encodeBody('x'.repeat(MAX_BODY_BYTES)),
      (error) => error instanceof WsurgeError && error.exitCode === 104 && /65 MiB.*64 MiB/.test(error.message),
    );
  });
});
