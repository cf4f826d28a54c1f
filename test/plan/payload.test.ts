import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillTokens } from '../../src/plan/fill.js';
import { type PayloadContext, payloadSource } from '../../src/plan/payload.js';
import { connectionOf, ordinalOf, sequenceOf } from '../../src/plan/sequence.js';
import type { MessageSpec } from '../../src/profile/profile.js';

function contextOf(message: Partial<MessageSpec>, changes: Partial<PayloadContext> = {}): PayloadContext {
  return {
    message: { format: 'json', size: { kind: 'fixed', bytes: 64 }, template: null, ...message },
    connections: 100,
    seed: 1,
    env: {},
    data: [],
    ...changes,
  };
}

test('a generated JSON message is valid JSON of exactly its size with its sequence and connection', () => {
  const source = payloadSource(contextOf({}));
  for (const [connection, ordinal] of [
    [0, 0],
    [17, 3],
    [99, 12_345],
  ] as const) {
    const text = source.bytes(connection, ordinal).toString();
    assert.equal(text.length, 64);
    const parsed = JSON.parse(text);
    assert.equal(parsed.type, 'message');
    assert.equal(parsed.sequence, sequenceOf(connection, ordinal, 100));
    assert.match(parsed.content, new RegExp(`^0*${connection}:x*$`));
  }
  assert.equal(source.text, true);
});

test('text and binary messages carry sequence and connection as digits', () => {
  for (const format of ['text', 'binary'] as const) {
    const source = payloadSource(contextOf({ format, size: { kind: 'fixed', bytes: 20 } }));
    assert.equal(source.bytes(7, 1).toString(), '1000000107 07 xxxxxx');
    assert.equal(source.text, format === 'text');
  }
});

test('a size of 0 and one too small for a sequence are filler only', () => {
  const empty = payloadSource(contextOf({ format: 'binary', size: { kind: 'fixed', bytes: 0 } }));
  assert.equal(empty.bytes(1, 1).length, 0);
  const tiny = payloadSource(contextOf({ format: 'text', size: { kind: 'fixed', bytes: 5 } }));
  assert.equal(tiny.bytes(1, 1).toString(), 'xxxxx');
});

test('varying sizes stay valid JSON of a size within bounds, the same for the same message', () => {
  const spec = { kind: 'uniform', minBytes: 60, maxBytes: 200 } as const;
  const sizes = new Set<number>();
  const first = payloadSource(contextOf({ size: spec }));
  const second = payloadSource(contextOf({ size: spec }));
  for (let i = 0; i < 500; i++) {
    const text = first.bytes(i % 100, i).toString();
    sizes.add(text.length);
    assert.ok(text.length >= 60 && text.length <= 200);
    assert.match(JSON.parse(text).content, /^\d\d:x*$/);
    if (i % 7 === 0) assert.equal(second.bytes(i % 100, i).toString(), text);
  }
  assert.ok(sizes.size > 80);
});

test('weighted sizes come in about the proportions asked for', () => {
  const choices = [
    { bytes: 64, weight: 9 },
    { bytes: 500, weight: 1 },
  ];
  const source = payloadSource(contextOf({ size: { kind: 'weighted', choices } }));
  let large = 0;
  for (let i = 0; i < 5000; i++) if (source.bytes(0, i).length === 500) large++;
  assert.ok(large > 400 && large < 600, `${large} of 5000`);
});

test('a template gets its tokens: per connection once, the sequence wherever it stands', () => {
  const template =
    '{"id":{{sequence}},"who":"{{connection}}","key":"{{env.KEY}}","user":"{{data.name}}","again":"{{sequence}}"}';
  const context = contextOf({ template }, { env: { KEY: 'k€y' }, data: [{ name: 'ann' }, { name: 'bob' }] });
  const source = payloadSource(context);
  assert.deepEqual(JSON.parse(source.bytes(3, 2).toString()), {
    id: 1_000_000_203,
    who: '3',
    key: 'k€y',
    user: 'bob',
    again: '1000000203',
  });
  assert.equal(JSON.parse(source.bytes(4, 0).toString()).user, 'ann');
});

test('a value that looks like a token is sent as it is', () => {
  const [name, id] = ['{{sequence}} {{env.KEY}}', '{{ sequence }}'];
  for (const format of ['json', 'binary'] as const) {
    const template = '{{sequence}}|{{data.name}}|{{session.id}}|{{sequence}}';
    const more = { env: { KEY: 'secret' }, data: [{ name }], session: () => ({ id }) };
    const source = payloadSource(contextOf({ template, format }, more));
    assert.equal(source.bytes(3, 2).toString(), `1000000203|${name}|${id}|1000000203`);
    assert.deepEqual(source.outline(3, 2)!.sequenceAt, [0, 51]);
  }
});

test('tokens of headers and URLs are filled in, the sequence left alone', () => {
  assert.equal(
    fillTokens('/room/{{connection}}?u={{data.u}}&s={{sequence}}', 5, {}, { u: 'x' }),
    '/room/5?u=x&s={{sequence}}',
  );
});

test('a sequence names its connection and ordinal', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat(80_000), fc.nat(), (connections, ordinal, pick) => {
      const connection = pick % connections;
      const sequence = sequenceOf(connection, ordinal, connections);
      fc.pre(sequence <= 9_999_999_999);
      assert.equal(String(sequence).length, 10);
      assert.equal(connectionOf(sequence, connections), connection);
      assert.equal(ordinalOf(sequence, connections), ordinal);
    }),
  );
});
