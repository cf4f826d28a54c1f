import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { WireKey, WireRule } from '../../../src/dialect/wire.js';
import { MemberScans } from '../../../src/engine/session/member-scans.js';
import { KeyReader, LOOK_FOR_IT, messageEnd, NO_NUMBER, Rules } from '../../../src/engine/session/rules.js';

const RULES: readonly WireRule[] = [
  { name: 'ping', means: 'duty', match: { members: { type: '"ping"' } }, send: null },
  { name: 'tick', means: 'count', match: { has: ['tick'] }, send: null },
  { name: 'ack', means: 'reply', match: { starts: '43' }, send: null },
  { name: 'done', means: 'trailer', match: { members: { type: '"complete"', id: null } }, send: null },
  { name: 'late', means: 'count', match: { starts: '4' }, send: null },
  { name: 'inner', means: 'fails', match: { starts: '7', members: { type: '"ping"' } }, send: null },
];

describe('rules', () => {
  const rules = new Rules(RULES);
  const of = (text: string) => ({ ...rules.of(Buffer.from(text), 0, Buffer.byteLength(text)) });

  it('the first that fits decides; what none is about is a reply', () => {
    assert.deepEqual(of('{"type":"ping","tick":1}'), { means: 'duty', rule: 0 });
    assert.deepEqual(of('{"type":"x","tick":1}'), { means: 'count', rule: 1 });
    assert.deepEqual(of('43tock'), { means: 'reply', rule: 2 });
    assert.deepEqual(of('{"type":"complete","id":1}'), { means: 'trailer', rule: 3 });
    assert.deepEqual(of('45'), { means: 'count', rule: 4 });
    assert.deepEqual(of('7{"type":"ping"}'), { means: 'fails', rule: 5 });
    assert.deepEqual(of('{"type":"complete"}'), { means: 'reply', rule: -1 });
    assert.deepEqual(of(''), { means: 'reply', rule: -1 });
  });

  it('look at each message anew, also in the same place of the same buffer', () => {
    const bytes = Buffer.from('{"type":"ping"}');
    assert.equal(rules.of(bytes, 0, bytes.length).rule, 0);
    bytes.write('{"type":"pong"}');
    assert.equal(rules.of(bytes, 0, bytes.length).rule, -1);
  });
});

describe('the number of a reply', () => {
  function read(key: WireKey, text: string, around = '1000000009'): number {
    const bytes = Buffer.from(around + text + around);
    return new KeyReader(key).read(bytes, around.length, bytes.length - around.length);
  }

  it('is read right behind a marker', () => {
    const key = { kind: 'starts', marker: '43/chat,' } as const;
    assert.equal(read(key, '43/chat,1000000007["ok"]'), 1_000_000_007);
    assert.equal(read(key, '43/chat,1000000007', ''), 1_000_000_007);
    // Other digits around the message are none of it.
    assert.equal(read(key, '43/chat,1000000007'), 1_000_000_007);
    for (const text of ['43/chat,17["ok"]', '43/chat,10000000071[]', '43/chat,0000000007[]', '43/chat,100000000x']) {
      assert.equal(read(key, text), NO_NUMBER, text);
    }
    for (const text of ['43/cha', '', '43/other,1000000007', '43/chat,', '43/chat,100000000']) {
      assert.equal(read(key, text), NO_NUMBER, text);
    }
  });

  it('is read from a member, as a number or in quotes', () => {
    const key = { kind: 'member', name: 'id' } as const;
    assert.equal(read(key, '{"id":1000000007}'), 1_000_000_007);
    assert.equal(read(key, '{"result":{"id":1},"id" : "9999999999" }'), 9_999_999_999);
    for (const id of [
      'null',
      '7',
      '"7"',
      '"10000000071"',
      '10000000071',
      '[1000000007]',
      '1000000007.5',
      '1e9',
      '"x"',
    ]) {
      assert.equal(read(key, `{"id":${id}}`), NO_NUMBER, id);
    }
    assert.equal(read(key, '{"ref":"1000000007"}'), NO_NUMBER);
    assert.equal(read(key, 'no JSON'), NO_NUMBER);
    assert.equal(read({ kind: 'member', name: '1' }, '["1","1000000007","room"]'), 1_000_000_007);
  });

  it('is looked for where nothing says where it is', () => {
    assert.equal(read({ kind: 'field', field: 'id' }, '{"id":1000000007}'), LOOK_FOR_IT);
  });

  it('and the rules read a message once between them', () => {
    const scans = new MemberScans();
    const rules = new Rules(RULES, scans);
    const key = new KeyReader({ kind: 'member', name: 'id' }, scans);
    for (const [text, rule, number] of [
      ['{"id":1000000001,"type":"next"}', -1, 1_000_000_001],
      ['{"id":1000000002,"type":"ping"}', 0, 1_000_000_002],
      ['{"type":"next"}', -1, NO_NUMBER],
      ['[]', -1, NO_NUMBER],
    ] as const) {
      const bytes = Buffer.from(text);
      assert.equal(rules.of(bytes, 0, bytes.length).rule, rule);
      assert.equal(key.read(bytes, 0, bytes.length), number);
    }
  });
});

describe('a frame of several messages', () => {
  it('is split at the separator and nowhere else; the rest behind the last one is a message', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '{', 'é'), maxLength: 400 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const bytes = Buffer.from(`;${parts.join(';')}x;x;`);
        const end = bytes.length - 4;
        const found: string[] = [];
        for (let from = 1; from <= end; ) {
          const to = messageEnd(0x3b, bytes, from, end);
          found.push(bytes.toString('utf8', from, to));
          from = to + 1;
        }
        assert.deepEqual(found, parts.length === 0 ? [''] : parts);
      }),
      { numRuns: 1000 },
    );
  });
});
