import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WireMatch } from '../../../src/dialect/wire.js';
import { Match } from '../../../src/engine/session/match.js';
import { eachMessage, KeyReader, NO_NUMBER } from '../../../src/engine/session/rules.js';

const AROUND = '[{"type":"x"}]';

/** The message lies in a buffer between others. */
function fits(match: WireMatch, message: string, isBinary?: boolean): boolean {
  const bytes = Buffer.from(AROUND + message + AROUND);
  return new Match(match).fits(bytes, AROUND.length, bytes.length - AROUND.length, isBinary);
}

describe('a match', () => {
  it('of members inside a member, and nowhere else', () => {
    const failed: WireMatch = { members: { type: '"next"' }, inside: { member: 'payload', members: { errors: null } } };
    assert.ok(fits(failed, '{"id":"1","type":"next","payload":{"data":null,"errors":[{}]}}'));
    assert.ok(fits(failed, '{"payload" : { "errors" : [] }, "type":"next"}'));
    for (const message of [
      '{"type":"next","payload":{"data":{"errors":[]}}}',
      '{"type":"next","payload":{"errors":null}}',
      '{"type":"next","errors":[],"payload":{}}',
      '{"type":"next","payload":"errors"}',
      '{"type":"next"}',
      '{"type":"other","payload":{"errors":[]}}',
    ])
      assert.ok(!fits(failed, message), message);
    assert.ok(fits({ inside: { member: '4', members: { status: '"error"' } } }, '[1,2,3,4,{"status":"error"}]'));
    assert.ok(!fits({ inside: { member: '3', members: { status: '"error"' } } }, '[1,2,3,4,{"status":"error"}]'));
  });

  it('of how a member begins', () => {
    const ofSession = { members: { id: '"s*' } };
    assert.ok(fits(ofSession, '{"id":"s2"}'));
    for (const message of ['{"id":"2"}', '{"id":""}', '{"id":1}', '{"ids":"s"}']) assert.ok(!fits(ofSession, message));
    assert.ok(!fits({ members: { id: '"session*' } }, '{"id":"s"}'));
  });

  it('of binary frames is about nothing else, and the others are about both', () => {
    assert.deepEqual(
      [fits({ binary: true }, 'x', true), fits({ binary: true }, 'x'), fits({ starts: 'x' }, 'x', true)],
      [...[true, false, true]],
    );
  });

  it('reads the JSON from the first bracket behind a beginning on', () => {
    const ok: WireMatch = { starts: '4', json: { at: [0], subset: '{"ok":true}' } };
    for (const message of [
      '43/chat,17[{"ok":true}]',
      '461-/chat,17[{"ok":true},{"_placeholder":true}]',
      '4[{"ok":true}]',
    ]) {
      assert.ok(fits(ok, message), message);
    }
    for (const message of ['4', '43/chat,17', '43[{"ok":false}]']) assert.ok(!fits(ok, message), message);
  });
});

describe('the number of a reply', () => {
  it('is read behind any of the markers', () => {
    const key = new KeyReader({ kind: 'starts', marker: '43', also: ['461-', '462-'] });
    const read = (text: string) => key.read(Buffer.from(text), 0, text.length);
    assert.deepEqual(['431000000007[]', '461-1000000008[]', '462-1000000009[]'].map(read), [
      ...[1_000_000_007, 1_000_000_008, 1_000_000_009],
    ]);
    assert.deepEqual(['463-1000000007[]', '4', '', '46'].map(read), [NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER]);
  });
});

describe('a frame that may be an array', () => {
  const split = (frame: string) => {
    const found: string[] = [];
    const bytes = Buffer.from(`[${frame}]`);
    eachMessage('array', bytes, 1, bytes.length - 1, (from, to) => found.push(bytes.toString('utf8', from, to)));
    return found;
  };

  it('holds a message for each element, whatever is in it', () => {
    assert.deepEqual(split('[{"a":"],["},[1,[2]] , "x,]",null]'), ['{"a":"],["}', '[1,[2]]', '"x,]"', 'null']);
  });

  it('is one message if it is none, is empty, or breaks off', () => {
    for (const frame of ['{"a":[1]}', 'text', '', '[]', '[1,2', '[1 2]', '[{"a":1},', '["a]']) {
      assert.deepEqual(split(frame), [frame], frame);
    }
  });
});
