import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { test } from 'node:test';
import type { EngineName } from '../../src/server/options.js';
import { startServer } from '../../src/server/server.js';
import { Client, eventually, RawClient, within } from './client.js';
import { refusesToStart, serving } from './serving.js';

/** Start, pings, shutdown. */
export function lifeContract(engine: EngineName): void {
  test('a peer that answers no ping is cut off; one that does stays', async () => {
    await serving(engine, { pingIntervalMs: 40 }, async (server) => {
      const alive = await Client.open(server.url);
      const dead = new RawClient(server.port);
      assert.match(await dead.request(), / 101 /);
      await within(dead.closed, 'the silent one to be cut off');
      assert.equal(dead.frames[0], 0x89, 'a ping came first');
      await eventually(() => server.stats().connections === 1, 'the silent one to be gone');
      assert.equal(server.stats().deadPeers, 1);
      assert.deepEqual(await alive.ask({ type: 'ping' }), { type: 'pong' });
      await alive.close();
    });
  });

  test('close says 1001 to everyone, also in mid-conversation, and frees the port', async () => {
    const server = await startServer({ engine, port: await freePort() });
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.open(server.url)));
    for (const client of clients) client.send({ type: 'stream', count: 1_000_000, rate: 200, size: 500 });
    await Promise.all(clients.map((client) => client.next()));
    await within(server.close(), 'the server to close');
    for (const client of clients) {
      const { code, reason } = await within(client.closed, 'the close');
      assert.deepEqual([code, reason], [1001, 'server is shutting down']);
    }
    const next = await startServer({ engine, port: server.port });
    assert.equal(next.port, server.port);
    await next.close();
  });

  test('close does not wait for those that never answer', async () => {
    const server = await startServer({ engine });
    const mute = new RawClient(server.port);
    assert.match(await mute.request(), / 101 /);
    // Nothing is listening any more, and this one gets no more time than the others.
    await within(server.close(), 'the server to close');
    await within(mute.closed, 'the mute one to be cut off');
    assert.equal(mute.frames.readUInt16BE(2), 1001);
  });

  test('a port in use is refused with 104 and a next step', async () => {
    await serving(engine, {}, async ({ port, url }) => {
      for (const other of ['ws', engine] as const) {
        await refusesToStart(
          { engine: other, port },
          { exitCode: 104, code: 'port_in_use', message: `127.0.0.1:${port} is in use`, next: /--port/ },
        );
      }
      await (await Client.open(url)).close();
    });
    const plain = createServer();
    const port = await listening(plain);
    await refusesToStart({ engine, port }, { code: 'port_in_use' });
    await new Promise((resolve) => plain.close(resolve));
  });

  test('a host that is not of this machine is refused with 104', async () => {
    await refusesToStart({ engine, host: '192.0.2.1' }, { exitCode: 104, code: 'host_unknown' });
  });

  test('it listens on IPv6 and on names', async () => {
    await serving(engine, { host: '::1' }, async ({ url }) => {
      assert.match(url, /^ws:\/\/\[::1\]:/);
      await (await Client.open(url)).close();
    });
    await serving(engine, { host: 'localhost' }, async ({ url }) => {
      assert.match(url, /^ws:\/\/localhost:/);
      await (await Client.open(url)).close();
    });
  });

  test('many clients at once are all served, and none is left behind', async () => {
    await serving(engine, {}, async (server) => {
      const clients = await Promise.all(Array.from({ length: 200 }, () => Client.open(server.url)));
      assert.equal(server.stats().connections, 200);
      const answers = await Promise.all(clients.map((client, i) => client.ask({ type: 'message', content: i })));
      assert.deepEqual(
        answers.map((answer) => answer['content']),
        clients.map((_, i) => i),
      );
      for (const [i, client] of clients.entries()) i % 2 === 0 ? client.socket.close() : client.socket.terminate();
      await eventually(() => server.stats().connections === 0, 'all to be gone');
    });
  });
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
