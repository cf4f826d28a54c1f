import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { PreparedFrames, release } from '../../../src/engine/frame/prepared-frames.js';
import { realClock } from '../../../src/engine/pacing/clock.js';
import { Connection } from '../../../src/engine/socket/connection.js';
import type { Endpoint } from '../../../src/plan/cell.js';
import { payloadSource } from '../../../src/plan/payload.js';

async function connectTo(
  server: WebSocketServer,
  changes: Partial<Endpoint> = {},
  connection = 0,
): Promise<Connection> {
  if (server.address() === null) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tls = { ca: null, cert: null, key: null, insecure: false, servername: null };
  const url = `ws://127.0.0.1:${port}/`;
  const endpoint = { url, address: null, headers: {}, subprotocols: [], tls, userAgent: 'test', ...changes };
  const options = { endpoint, connection, env: {}, data: [], connectTimeoutMs: 60_000 };
  return new Promise((resolve, reject) => {
    const opened: Connection = new Connection(
      0,
      realClock.nowUs(),
      options,
      {
        onOpen: () => resolve(opened),
        onFailed: (_, { message }) => reject(new Error(message)),
        onFrame: () => {},
        onReadEnd: () => {},
        onPong: () => {},
        onClose: () => {},
        onError: () => {},
      },
      realClock,
    );
  });
}

test('frames written to a server that does not read arrive whole and in order when it does', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const accepted = once(server, 'connection');
  const connection = await connectTo(server);
  const [peer] = await accepted;
  peer.pause();
  const choices = [
    { bytes: 64, weight: 8 },
    { bytes: 5000, weight: 2 },
    { bytes: 300_000, weight: 1 },
  ];
  const message = { format: 'json', size: { kind: 'weighted', choices }, template: null } as const;
  const payload = payloadSource({ message, connections: 1, seed: 7, env: {}, data: [] });
  const frames = new PreparedFrames(payload, 1);
  const sent: Buffer[] = [];
  let keptWrites = 0;
  for (let ordinal = 0; keptWrites < 50; ordinal++) {
    const frame = frames.frame(0, ordinal);
    sent.push(Buffer.from(payload.bytes(0, ordinal)));
    if (!connection.write(frame.head, frame.tail)) continue;
    keptWrites++;
    release(frame);
  }
  const received: Buffer[] = [];
  const all = new Promise<void>((resolve) => {
    peer.on('message', (data: Buffer) => {
      received.push(data);
      if (received.length === sent.length) resolve();
    });
  });
  peer.resume();
  await all;
  received.forEach((data, i) => {
    assert.ok(data.equals(sent[i]!), `message ${i}`);
  });
  connection.terminate();
  server.close();
});

test('once the server has begun to close, nothing can be sent any more', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const accepted = once(server, 'connection');
  const connection = await connectTo(server);
  const [peer] = await accepted;
  assert.equal(connection.canSend, true);
  const closed = once(peer, 'close');
  peer.close(4000);
  const [code] = await closed;
  assert.equal(code, 4000);
  assert.equal(connection.canSend, false);
  server.close();
});

test('of several addresses, connection c goes to address c mod their number', async () => {
  const server = new WebSocketServer({ port: 0, host: '0.0.0.0' });
  const reached: (string | undefined)[] = [];
  server.on('connection', (_, { socket }) => reached.push(socket.localAddress));
  for (const number of [0, 1, 2, 5]) {
    const connection = await connectTo(server, { addresses: ['127.0.0.1', '127.0.0.2', '127.0.0.3'] }, number);
    connection.terminate();
  }
  server.close();
  assert.deepEqual(reached, ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.3']);
});
