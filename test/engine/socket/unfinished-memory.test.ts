import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { WebSocketServer } from 'ws';
import { FrameTracker } from '../../../src/engine/frame/frame-tracker.js';
import { realClock } from '../../../src/engine/pacing/clock.js';
import { Connection } from '../../../src/engine/socket/connection.js';
import { type Holder, memoryShare, UnfinishedMemory } from '../../../src/engine/socket/unfinished-memory.js';
import { ownEndOf } from '../../../src/metrics/own-ends.js';
import { serverFrame } from '../streams.js';

const KIB = 1024;

/** Connects so many times to a server that sends each client what `bytesFor` says, and tells what became of each. */
async function run(
  count: number,
  limitBytes: number,
  bytesFor: (client: number) => Buffer,
  isDone: (ends: readonly string[], messages: number) => boolean,
) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  let clients = 0;
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    (socket as unknown as { _socket: Socket })._socket.write(bytesFor(clients++));
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const tls = { ca: null, cert: null, key: null, insecure: false, servername: null };
  const endpoint = { url, address: null, headers: {}, subprotocols: [], tls, userAgent: 'test' };
  const memory = new UnfinishedMemory(limitBytes);
  const ends: string[] = [];
  let messages = 0;
  let most = 0;
  let settle: { resolve: () => void; reject: (error: Error) => void } | null = null;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const look = () => {
    most = Math.max(most, memory.totalBytes);
    if (isDone(ends, messages)) settle?.resolve();
  };
  const connections = Array.from({ length: count }, (_, index) => {
    const options = { endpoint, connection: index, env: {}, data: [], connectTimeoutMs: 60_000 };
    const events = {
      onOpen: () => {},
      onFailed: (_: number, { message }: { message: string }) => settle?.reject(new Error(message)),
      onFrame: () => {
        messages++;
        look();
      },
      onReadEnd: look,
      onPong: () => {},
      onClose: look,
      onError: (_: number, code: string) => {
        ends.push(code);
        look();
      },
    };
    return new Connection(index, realClock.nowUs(), options, events, realClock, { unfinished: memory, arrivals: null });
  });
  await done;
  const open = connections.filter(({ isOpen }) => isOpen).length;
  for (const connection of connections) connection.terminate();
  server.close();
  return { ends, messages, most, open, after: memory.totalBytes };
}

/** A message of which the last byte never comes. */
const unfinished = (bytes: number) =>
  serverFrame({ opcode: 2, payload: Buffer.alloc(bytes), announced: BigInt(bytes + 1) });

test('connections that all hold unfinished messages are cut at the limit of all together, and counted', async () => {
  const run20 = await run(
    20,
    2048 * KIB,
    () => unfinished(300 * KIB),
    (ends) => ends.length === 14,
  );
  assert.deepEqual(new Set(run20.ends), new Set(['receive_memory']));
  assert.ok(run20.most <= 2048 * KIB, String(run20.most));
  assert.equal(run20.after, 0);
  assert.equal(ownEndOf('receive_memory'), 'limit');
});

test('fragments count together, and so do the first bytes of plain frames', async () => {
  const fragments = Buffer.concat([
    serverFrame({ opcode: 2, fin: false, payload: Buffer.alloc(60 * KIB) }),
    serverFrame({ opcode: 9, payload: Buffer.from('ping') }),
    serverFrame({ opcode: 0, fin: false, payload: Buffer.alloc(60 * KIB) }),
  ]);
  assert.equal(
    (
      await run(
        9,
        1024 * KIB,
        () => fragments,
        (ends) => ends.length === 1,
      )
    ).ends[0],
    'receive_memory',
  );
  const plain = serverFrame({ opcode: 2, payload: Buffer.alloc(60 * KIB) }).subarray(0, 50 * KIB);
  assert.equal(
    (
      await run(
        9,
        400 * KIB,
        () => plain,
        (ends) => ends.length === 1,
      )
    ).ends[0],
    'receive_memory',
  );
});

test('whole messages, however many and large, cut nobody', async () => {
  const message = serverFrame({ opcode: 2, payload: Buffer.alloc(400 * KIB) });
  const many = Buffer.concat(new Array<Buffer>(30).fill(message));
  const { ends, messages, open } = await run(
    2,
    2048 * KIB,
    () => many,
    (_, count) => count === 60,
  );
  assert.deepEqual([ends, messages, open], [[], 60, 2]);
});

test('whoever holds the most is cut, not whoever comes last', () => {
  const memory = new UnfinishedMemory(100);
  const cut: string[] = [];
  const holder = (name: string): Holder => ({ endForMemory: () => cut.push(name) });
  const [small, large, late] = [holder('small'), holder('large'), holder('late')];
  memory.note(small, 10);
  memory.note(large, 80);
  memory.note(late, 10);
  assert.deepEqual([cut, memory.totalBytes], [[], 100]);
  memory.note(late, 11);
  assert.deepEqual([cut, memory.totalBytes], [['large'], 21]);
  memory.note(small, 0);
  memory.note(late, 0);
  assert.equal(memory.totalBytes, 0);
});

test('all workers together may hold a quarter of the memory, or what was set', () => {
  assert.equal(memoryShare(8e9, 4, 1e9), 250_000_000);
  assert.equal(memoryShare(16 * 2 ** 30, 1), 4 * 2 ** 30);
  assert.equal(8 * memoryShare(16 * 2 ** 30, 8), 4 * 2 ** 30);
});

test('the tracker knows the unfinished bytes of any stream, cut anywhere', () => {
  const frame = fc.record({ bytes: fc.nat(70_000), parts: fc.integer({ min: 1, max: 3 }), ping: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 4 }),
      fc.nat(50_000),
      fc.integer({ min: 1, max: 9000 }),
      (frames, rest, step) => {
        const whole = frames.flatMap(({ bytes, parts, ping }) =>
          Array.from({ length: parts }, (_, i) => [
            serverFrame({ opcode: i === 0 ? 2 : 0, fin: i === parts - 1, payload: Buffer.alloc(bytes) }),
            ...(ping ? [serverFrame({ opcode: 9, payload: Buffer.from('p') })] : []),
          ]).flat(),
        );
        const stream = Buffer.concat([...whole, unfinished(rest)]);
        const tracker = new FrameTracker();
        for (let at = 0; at < stream.length; at += step) tracker.follow(stream.subarray(at, at + step));
        assert.equal(tracker.unfinishedBytes, rest);
      },
    ),
    { numRuns: 100 },
  );
});
