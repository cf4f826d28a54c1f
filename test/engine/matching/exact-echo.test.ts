import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExactEcho } from '../../../src/engine/matching/exact-echo.js';
import { payloadSource } from '../../../src/plan/payload.js';
import type { MessageSpec, SizeSpec } from '../../../src/profile/profile.js';

const CONNECTIONS = 12;
const weighted: SizeSpec = {
  kind: 'weighted',
  choices: [
    { bytes: 64, weight: 1 },
    { bytes: 700, weight: 1 },
  ],
};
const KINDS: readonly Partial<MessageSpec>[] = [
  {},
  { format: 'text' },
  { format: 'binary', size: { kind: 'fixed', bytes: 40 } },
  { size: weighted },
  { size: { kind: 'uniform', minBytes: 60, maxBytes: 300 } },
  { template: '{"a":"{{connection}}","id":{{sequence}},"again":"{{sequence}}!"}' },
  { template: 'no digits of its own but {{sequence}}' },
];

const message = fc.record({
  kind: fc.constantFrom(...KINDS),
  connection: fc.nat(CONNECTIONS - 1),
  ordinal: fc.oneof(fc.nat(20), fc.nat(700_000_000)),
  /** Where the reply lies in the buffer it was read into. */
  before: fc.nat(9),
  behind: fc.nat(9),
});

function sourceOf(kind: Partial<MessageSpec>) {
  return payloadSource({
    message: { format: 'json', size: { kind: 'fixed', bytes: 64 }, template: null, ...kind },
    ...{ connections: CONNECTIONS, seed: 1, env: {}, data: [] },
  });
}

/** Every byte around the reply is a digit, so that a look beyond its ends would be noticed. */
function placed(reply: Buffer, before: number, behind: number): readonly [Buffer, number, number] {
  const bytes = Buffer.concat([Buffer.alloc(before, '1'), reply, Buffer.alloc(behind, '1')]);
  return [bytes, before, before + reply.length];
}

test('a reply that repeats a message is known by its ordinal, wherever it lies, on its own connection only', () => {
  fc.assert(
    fc.property(message, ({ kind, connection, ordinal, before, behind }) => {
      const payload = sourceOf(kind);
      const echo = new ExactEcho(payload, CONNECTIONS);
      const [bytes, start, end] = placed(Buffer.from(payload.bytes(connection, ordinal)), before, behind);
      // Another message in between, so that no digits are left from the one that is looked for.
      payload.bytes((connection + 1) % CONNECTIONS, ordinal + 3);
      assert.equal(echo.ordinal(connection, bytes, start, end), ordinal);
      assert.equal(echo.ordinal((connection + 1) % CONNECTIONS, bytes, start, end), -1);
      assert.equal(echo.ordinal(connection, bytes, start, end - 1), -1);
      const spoilt = Buffer.from(bytes);
      spoilt[end - 1]! ^= 0x80;
      assert.equal(echo.ordinal(connection, spoilt, start, end), -1);
    }),
    { numRuns: 400 },
  );
});

test('a reply with one other byte is none, or exactly the other message that it then is', () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (what, at, flip) => {
      const { kind, connection, ordinal, before, behind } = what;
      const payload = sourceOf(kind);
      const echo = new ExactEcho(payload, CONNECTIONS);
      const reply = Buffer.from(payload.bytes(connection, ordinal));
      reply[at % reply.length]! ^= flip;
      const found = echo.ordinal(connection, ...placed(reply, before, behind));
      if (found >= 0) assert.ok(payload.bytes(connection, found).equals(reply));
    }),
    { numRuns: 1000 },
  );
});

test('a message too small for digits is never known by them', () => {
  const payload = sourceOf({ format: 'binary', size: { kind: 'fixed', bytes: 4 } });
  assert.equal(new ExactEcho(payload, CONNECTIONS).ordinal(0, payload.bytes(0, 0), 0, 4), -1);
});
