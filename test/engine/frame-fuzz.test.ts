import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { tries } from '../share.js';
import { fuzzConnection, ScriptedServer } from './frame-fuzz.js';
import { type FrameSpec, type Stream, serverFrame } from './streams.js';

const SEEDS = tries({ whole: 600, share: 60 });
const TLS_SEEDS = tries({ whole: 150, share: 15 });
const plainServer = new ScriptedServer(null);
const tlsServer = new ScriptedServer({ cert: CERTIFICATE, key: KEY });
before(() => Promise.all([plainServer.listen(), tlsServer.listen()]));
after(() => Promise.all([plainServer.close(), tlsServer.close()]));

test(`${SEEDS} random streams: the same messages, pongs, errors and close as plain ws`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await fuzzConnection(plainServer, seed);
});

test(`${TLS_SEEDS} random streams over TLS`, async () => {
  for (let seed = 1; seed <= TLS_SEEDS; seed++) await fuzzConnection(tlsServer, seed);
});

/** The frames between two plain messages, each in a write of its own and all in one. */
function around(...hostile: readonly (Buffer | FrameSpec)[]): Stream[] {
  const hello = serverFrame({ opcode: 1, payload: Buffer.from('hello') });
  const middle = hostile.map((part) => (Buffer.isBuffer(part) ? part : serverFrame(part)));
  const parts = [hello, hello, ...middle, hello, hello];
  const bytes = Buffer.concat(parts);
  return [
    { bytes, glued: 0, writes: [bytes], closeAfter: 0 },
    { bytes, glued: 0, writes: parts, closeAfter: 0 },
    { bytes, glued: bytes.length, writes: [], closeAfter: 0 },
  ];
}

const payload = Buffer.from('payload');
const HOSTILE: readonly (readonly [string, readonly Stream[], error: string | null, messages: number])[] = [
  ['a masked frame', around({ opcode: 1, payload, masked: true }), 'WS_ERR_UNEXPECTED_MASK', 2],
  [
    'a length of 2^63',
    around({ opcode: 2, payload, announced: 2n ** 63n }),
    'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    2,
  ],
  [
    'one byte above the cap',
    around({ opcode: 2, payload, announced: 2n ** 24n + 1n }),
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    2,
  ],
  [
    'fragments that exceed the cap together',
    around({ opcode: 2, fin: false, payload }, { opcode: 0, payload, announced: 2n ** 24n }),
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    2,
  ],
  [
    'fragments without end',
    around(
      { opcode: 2, fin: false, payload },
      Buffer.concat(Array(17_000).fill(serverFrame({ opcode: 0, fin: false, payload }))),
    ),
    'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    2,
  ],
  ['a flood of empty fragments', around(Buffer.alloc(64_000, Buffer.from([0, 0]))), 'WS_ERR_INVALID_OPCODE', 2],
  [
    'a message inside a message',
    around({ opcode: 1, fin: false, payload }, { opcode: 1, payload }),
    'WS_ERR_INVALID_OPCODE',
    2,
  ],
  [
    'a close code that does not exist',
    around({ opcode: 8, payload: Buffer.from([0, 9]) }),
    'WS_ERR_INVALID_CLOSE_CODE',
    2,
  ],
  ['words after the close', around({ opcode: 8, payload: Buffer.from([3, 232]) }), null, 2],
  ['compression that was not negotiated', around({ opcode: 1, rsv: 4, payload }), 'WS_ERR_UNEXPECTED_RSV_1', 2],
  ['text that is not UTF-8', around({ opcode: 1, payload: Buffer.from([0xc3, 0x28]) }), null, 5],
];

for (const [name, streams, error, messages] of HOSTILE) {
  test(`${name}: the same end as with plain ws`, async () => {
    for (const stream of streams) {
      const { plain, fast } = await plainServer.compare(stream);
      assert.deepEqual(fast, plain);
      assert.deepEqual(fast.errors, error === null ? [] : [error]);
      assert.equal(fast.messages.length, messages);
    }
  });
}

test('a flood of pings ends the connection like with plain ws', async () => {
  const [stream] = around(Buffer.concat(Array(50_000).fill(serverFrame({ opcode: 9, payload }))));
  const { plain, fast } = await plainServer.compare(stream!);
  assert.equal(fast.closeCode, 1006);
  assert.equal(plain.closeCode, 1006);
  assert.equal(fast.messages.length, plain.messages.length);
});
