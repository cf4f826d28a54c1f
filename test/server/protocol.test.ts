import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { altered } from '../../src/server/faults/payload.js';
import { type Action, decide, overQuota, type Rules } from '../../src/server/protocol.js';

const RULES: Rules = { maxMessageBytes: 1000, maxFrameBytes: 2000, textOnly: false, plainEcho: false };

function text(message: string | object, rules: Rules = RULES): readonly Action[] {
  return decide(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), false, rules);
}

function errorOf(actions: readonly Action[]): string | null {
  return actions.length === 1 && actions[0]!.do === 'refuse' ? actions[0]!.error : null;
}

test('limits hold to the byte', () => {
  assert.deepEqual(decide(Buffer.alloc(1000), true, RULES), [{ do: 'echo' }]);
  assert.equal(errorOf(decide(Buffer.alloc(1001), true, RULES)), 'too_large');
  assert.equal(errorOf(decide(Buffer.alloc(2000), true, RULES)), 'too_large');
  assert.deepEqual(
    decide(Buffer.alloc(2001), true, RULES).map((action) => [action.do, (action as { code?: number }).code]),
    [['close', 1009]],
  );
});

test('a plain echo looks into nothing but the size', () => {
  const rules = { ...RULES, plainEcho: true };
  for (const message of ['no JSON', '', '{"type":"ping"}', '{"type":"close","code":1000}'])
    assert.deepEqual(text(message, rules), [{ do: 'echo' }]);
  assert.equal(errorOf(text('x'.repeat(1001), rules)), 'too_large');
});

test('the content may be anything but absent', () => {
  for (const content of ['', 0, null, false, [], {}])
    assert.deepEqual(text({ type: 'message', content }), [{ do: 'echo' }]);
  assert.equal(errorOf(text({ type: 'message' })), 'missing_field');
});

test('close codes: what may go on the wire, and nothing else', () => {
  const allowed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
  for (const code of allowed) assert.deepEqual(text({ type: 'close', code }), [{ do: 'close', code, reason: '' }]);
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, '1000', null, -1]) {
    assert.equal(errorOf(text({ type: 'close', code })), 'invalid_field', String(code));
  }
});

test('close reasons fit a close frame, counted in bytes', () => {
  assert.equal(text({ type: 'close', code: 1000, reason: 'ä'.repeat(61) })[0]!.do, 'close');
  assert.equal(errorOf(text({ type: 'close', code: 1000, reason: 'ä'.repeat(62) })), 'invalid_field');
  assert.equal(errorOf(text({ type: 'close', code: 1000, reason: 5 })), 'invalid_field');
});

test('stream bounds', () => {
  const ok = { type: 'stream', count: 5, rate: 2.5, size: 100 };
  assert.deepEqual(text(ok), [{ do: 'stream', spec: { count: 5, ratePerSecond: 2.5, sizeBytes: 100 } }]);
  for (const bad of [
    { count: 0 },
    { count: 1_000_001 },
    { count: 1.5 },
    { count: '5' },
    { rate: 0 },
    { rate: 100_001 },
    { rate: '5' },
    { rate: null },
    { size: -1 },
    { size: 1024 * 1024 + 1 },
    { size: 'big' },
  ]) {
    assert.equal(errorOf(text({ ...ok, ...bad })), 'invalid_field', JSON.stringify(bad));
  }
});

test('room names are texts of 1 to 128 characters', () => {
  assert.deepEqual(text({ type: 'join', room: 'x'.repeat(128) }), [{ do: 'join', room: 'x'.repeat(128) }]);
  for (const room of ['', 'x'.repeat(129), 1, null, {}])
    assert.equal(errorOf(text({ type: 'join', room })), 'invalid_field');
});

test('beyond the quota: the reason first, then the close', () => {
  assert.deepEqual(
    overQuota(3).map((action) => action.do),
    ['refuse', 'close'],
  );
});

test('whatever comes gets one answer, never an exception, and errors stay short', () => {
  const key = fc.constantFrom(
    'type',
    'content',
    'room',
    'others',
    'count',
    'rate',
    'size',
    'code',
    'reason',
    '__proto__',
  );
  const type = fc.constantFrom('message', 'ping', 'stream', 'join', 'broadcast', 'close', 'stats', 'constructor');
  const message = fc.oneof(fc.string(), fc.json(), fc.dictionary(key, fc.oneof(type, fc.jsonValue())));
  fc.assert(
    fc.property(message, fc.boolean(), (value, isBinary) => {
      const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
      const actions = decide(bytes, isBinary, RULES);
      assert.equal(actions.length, 1);
      const action = actions[0]!;
      if (action.do !== 'refuse') return;
      assert.ok(action.text.length < 600, action.text);
      assert.equal(JSON.parse(action.text).type, 'error');
    }),
  );
});

test('deeply nested JSON does no harm', () => {
  const deep = `{"type":"message","content":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  const actions = text(deep, { ...RULES, maxMessageBytes: 1e6, maxFrameBytes: 1e6 });
  assert.ok(actions[0]!.do === 'echo' || errorOf(actions) === 'invalid_json');
});

const LEVELS = 5000;
const NEST = `${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}`;
const ROOMY: Rules = { ...RULES, maxMessageBytes: 1e6, maxFrameBytes: 1e6 };

test('a message nested 5,000 levels deep is answered like any other: an echo, or an error that quotes none of it', () => {
  assert.deepEqual(text(`{"type":"message","content":${NEST}}`, ROOMY), [{ do: 'echo' }]);
  const objects = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`;
  for (const nest of [NEST, objects]) {
    for (const [message, error] of [
      [`{"type":${nest}}`, 'unknown_type'],
      [`{"type":"ping","x":${nest}}`, 'invalid_field'],
      [`{"type":"join","room":${nest}}`, 'invalid_field'],
      [`{"type":"stream","count":${nest},"rate":1}`, 'invalid_field'],
      [`{"type":"close","code":1000,"reason":${nest}}`, 'invalid_field'],
    ] as const) {
      const actions = text(message, ROOMY);
      assert.equal(errorOf(actions), error, message.slice(0, 40));
      assert.ok(JSON.stringify(actions).length < 300);
    }
  }
});

test('a ping nested no deeper than 64 levels comes back with its fields', () => {
  const ping = (levels: number) => text(`{"type":"ping","x":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  assert.equal(ping(63)[0]!.do, 'reply');
  assert.equal(errorOf(ping(64)), 'invalid_field');
});

test('the fault that alters replies takes any text: nested, no JSON, no object, empty', () => {
  for (const sent of [`{"content":${NEST}}`, NEST, 'no JSON', '', 'null', '7', '[1]', '{"content":"a"}']) {
    const other = altered(Buffer.from(sent), false).toString();
    assert.notEqual(other, sent);
  }
  assert.deepEqual(JSON.parse(altered(Buffer.from('{"content":"a","b":1}'), false).toString()), { content: 'x', b: 1 });
});
