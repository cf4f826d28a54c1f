import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { realClock } from '../../../src/engine/pacing/clock.js';
import { Connection } from '../../../src/engine/socket/connection.js';
import { cellWith } from '../../plan/cell-builder.js';
import { shardOf } from '../run-engine.js';

/** Short, longer than a header of one byte can say, and too long to be read in place. */
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 200_000];

test('a message is known to have come in a text or a binary frame, whatever its size, glued to the handshake or not', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (peer) => {
    for (const bytes of SIZES) for (const binary of [true, false]) peer.send(Buffer.alloc(bytes, 65), { binary });
    // Once more, long after the handshake.
    peer.once('message', () => {
      for (const bytes of SIZES) for (const binary of [false, true]) peer.send(Buffer.alloc(bytes, 65), { binary });
      peer.close();
    });
  });
  await once(server, 'listening');
  const { endpoint } = shardOf(cellWith(), 0, 1);
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const found: [number, boolean][] = [];
  await new Promise<void>((resolve, reject) => {
    const connection: Connection = new Connection(
      ...([
        0,
        realClock.nowUs(),
        { endpoint: { ...endpoint, url }, connection: 0, env: {}, connectTimeoutMs: 60_000 },
      ] as const),
      {
        onOpen: () => {},
        onFailed: (_, { message }) => reject(new Error(message)),
        onFrame: (_, bytes, start, end) => {
          found.push([end - start, connection.isBinary(bytes, start, end)]);
          if (found.length === 2 * SIZES.length) connection.send(Buffer.from('more'), true);
        },
        ...{ onReadEnd: () => {}, onPong: () => {}, onError: () => {} },
        onClose: () => resolve(),
      },
      realClock,
    );
  });
  server.close();
  const wanted = [
    [true, false],
    [false, true],
  ].flatMap((forms) => SIZES.flatMap((size) => forms.map((form) => [size, form])));
  assert.deepEqual(found, wanted);
});
