import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameHeader } from '../../src/engine/frame/frame-header.js';
import { maskInto, maskKey } from '../../src/engine/frame/mask.js';
import { type Frame, PreparedFrames, release } from '../../src/engine/frame/prepared-frames.js';
import { type PayloadContext, payloadSource } from '../../src/plan/payload.js';
import { clientFrames } from './client-frames.js';

const CONNECTIONS = 120_000;

function contextOf(changes: Partial<PayloadContext['message']>): PayloadContext {
  const message = { format: 'json', size: { kind: 'fixed', bytes: 64 }, template: null, ...changes } as const;
  return { message, connections: CONNECTIONS, seed: 1, env: {}, data: [{ name: 'ann' }, { name: 'bob' }] };
}

function bytesOf({ head, tail }: Frame): Buffer {
  return tail === null ? Buffer.from(head) : Buffer.concat([head, tail]);
}

const CONTEXTS: readonly (readonly [string, PayloadContext])[] = [
  ['generated JSON', contextOf({})],
  ['generated binary', contextOf({ format: 'binary' })],
  ['nothing', contextOf({ format: 'text', size: { kind: 'fixed', bytes: 0 } })],
  ['filler without digits', contextOf({ format: 'text', size: { kind: 'fixed', bytes: 7 } })],
  ['126 bytes', contextOf({ size: { kind: 'fixed', bytes: 126 } })],
  ['a large body', contextOf({ size: { kind: 'fixed', bytes: 200_001 } })],
  ['any size within bounds', contextOf({ size: { kind: 'uniform', minBytes: 100, maxBytes: 20_000 } })],
  [
    'one of two sizes',
    contextOf({
      size: {
        kind: 'weighted',
        choices: [
          { bytes: 70, weight: 2 },
          { bytes: 70_000, weight: 1 },
        ],
      },
    }),
  ],
  ['a template', contextOf({ template: '{"a":{{sequence}},"b":"{{connection}} {{data.name}}","c":"{{sequence}}"}' })],
  ['a template too large to keep for each connection', contextOf({ template: `{{connection}}${'y'.repeat(1000)}` })],
  ['a template with its sequence at the far end', contextOf({ template: `${'y'.repeat(40_000)}{{sequence}}` })],
];

for (const [name, context] of CONTEXTS) {
  test(`frames of ${name} carry exactly the payload of their message`, () => {
    const payload = payloadSource(context);
    const frames = new PreparedFrames(payload, CONNECTIONS);
    const messages = fc.array(fc.tuple(fc.nat(CONNECTIONS - 1), fc.nat(70_000)), { maxLength: 20 });
    fc.assert(
      fc.property(messages, (pairs) => {
        for (const [connection, ordinal] of pairs) {
          const [frame, ...more] = clientFrames(bytesOf(frames.frame(connection, ordinal)));
          assert.deepEqual(more, []);
          assert.equal(frame!.fin, true);
          assert.equal(frame!.opcode, payload.text ? 1 : 2);
          assert.notEqual(frame!.key, 0);
          assert.ok(frame!.payload.equals(payload.bytes(connection, ordinal)));
        }
      }),
      { numRuns: 30 },
    );
  });
}

test('what was released stays as it is when later messages are written', () => {
  for (const [, context] of CONTEXTS) {
    const frames = new PreparedFrames(payloadSource(context), CONNECTIONS);
    const kept = [0, 1, 2, 3].map((ordinal) => {
      const frame = frames.frame(5, ordinal);
      const parts = { head: frame.head, tail: frame.tail, copy: bytesOf(frame) };
      release(frame);
      return parts;
    });
    for (const { head, tail, copy } of kept) assert.ok(bytesOf({ head, tail } as Frame).equals(copy));
  }
});

test('a large body is one buffer for all messages that are masked alike', () => {
  const frames = new PreparedFrames(payloadSource(contextOf({ size: { kind: 'fixed', bytes: 2 ** 20 } })), CONNECTIONS);
  const first = frames.frame(3, 0);
  const { tail } = first;
  release(first);
  assert.ok(tail!.length > 2 ** 20 - 200);
  assert.equal(frames.frame(3, 1).tail, tail);
  assert.equal(frames.frame(11, 1).tail, tail);
});

test('neighbouring connections are masked with different keys', () => {
  const frames = new PreparedFrames(payloadSource(contextOf({})), CONNECTIONS);
  const keys = new Set(Array.from({ length: 8 }, (_, connection) => frames.frame(connection, 0).key));
  assert.ok(keys.size > 4, `${keys.size} keys`);
});

test('masking equals the definition: byte i is exclusive-ored with byte i mod 4 of the key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(63), fc.nat(5), (bytes, number, at) => {
      const key = maskKey(number);
      const keyBytes = Buffer.alloc(4);
      keyBytes.writeInt32LE(key);
      const frame = Buffer.alloc(at + bytes.length);
      maskInto(frame, at, Buffer.from(bytes), key);
      bytes.forEach((byte, i) => {
        assert.equal(frame[at + i], byte ^ keyBytes[i % 4]!);
      });
    }),
  );
});

test('a length is written with as few bytes as it needs', () => {
  for (const [payloadBytes, headerBytes] of [
    [0, 6],
    [125, 6],
    [126, 8],
    [65_535, 8],
    [65_536, 14],
  ] as const) {
    assert.equal(frameHeader(true, payloadBytes, 1).length, headerBytes);
  }
});
