import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { FaultProxy } from '../../src/check/fault-proxy.js';
import { resetSocket } from '../../src/check/reset-socket.js';
import { rawServer } from '../e2e/local-server.js';

interface Line {
  readonly proxy: FaultProxy;
  readonly client: Socket;
  readonly server: Socket;
}

/** A client and a server with the proxy between them. */
async function line(t: TestContext): Promise<Line> {
  const accepted: Socket[] = [];
  let wake = (): void => undefined;
  const upstream = await rawServer((socket) => {
    accepted.push(socket);
    wake();
  });
  const proxy = await FaultProxy.open({ host: '127.0.0.1', port: upstream.port });
  t.after(async () => {
    await proxy.close();
    await upstream.stop();
  });
  const came = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const client = net.connect({ host: proxy.host, port: proxy.port, noDelay: true });
  t.after(() => client.destroy());
  await came;
  return { proxy, client, server: accepted[0]! };
}

/** Resolves with what came, once it is that much. */
function bytesFrom(socket: Socket, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let all = Buffer.alloc(0);
    const onData = (bytes: Buffer) => {
      all = Buffer.concat([all, bytes]);
      if (all.length < count) return;
      socket.off('data', onData);
      resolve(all);
    };
    socket.on('data', onData);
    socket.once('close', () => reject(new Error(`closed after ${all.length} of ${count} bytes`)));
  });
}

async function errorOf(socket: Socket): Promise<string> {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code ?? error.message;
}

describe('the fault proxy', () => {
  test('passes both directions on, and the ends of both', async (t) => {
    const { client, server } = await line(t);
    const big = Buffer.alloc(3_000_000, 'abc');
    client.write(big);
    assert.deepEqual(await bytesFrom(server, big.length), big);
    server.write('back');
    assert.equal((await bytesFrom(client, 4)).toString(), 'back');
    client.end('last');
    server.resume();
    client.resume();
    await Promise.all([once(server, 'end'), once(client, 'end')]);
  });

  test('resets both sides', async (t) => {
    const { proxy, client, server } = await line(t);
    const codes = Promise.all([errorOf(client), errorOf(server.resume())]);
    proxy.reset();
    assert.deepEqual(await codes, ['ECONNRESET', 'ECONNRESET']);
  });

  test('a reset of one side reaches the other as a reset', async (t) => {
    const { client, server } = await line(t);
    const code = errorOf(server.resume());
    client.resetAndDestroy();
    assert.equal(await code, 'ECONNRESET');
  });

  test('a socket that is ending already is closed by a reset as well', async (t) => {
    const { client, server } = await line(t);
    server.resume();
    const closed = once(client, 'close');
    client.end();
    resetSocket(client);
    await closed;
  });

  test('half open, nothing passes, not even an end, until it passes again', async (t) => {
    const { proxy, client, server } = await line(t);
    client.write('before');
    assert.equal((await bytesFrom(server, 6)).toString(), 'before');
    proxy.setMode({ kind: 'half-open' });
    let came = '';
    server.on('data', (bytes) => {
      came += bytes.toString();
    });
    client.end('behind');
    // What goes the same way through another proxy, several times over: what was to pass has passed by then.
    const other = await line(t);
    for (let turn = 0; turn < 5; turn++) {
      other.client.write('x');
      await bytesFrom(other.server, 1);
      other.server.write('y');
      await bytesFrom(other.client, 1);
    }
    assert.equal(came, '');
    assert.equal(server.readableEnded, false);
    const ended = once(server, 'end');
    proxy.setMode({ kind: 'pass' });
    await ended;
    assert.equal(came, 'behind');
  });

  test('slices into pieces that are reads of their own', async (t) => {
    const { proxy, client, server } = await line(t);
    proxy.setMode({ kind: 'slice', bytes: 1 });
    const sent = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256));
    let reads = 0;
    server.on('data', () => {
      reads += 1;
    });
    client.write(sent);
    assert.deepEqual(await bytesFrom(server, sent.length), sent);
    // The kernel may join some of the pieces again.
    assert.ok(reads > 1, `${reads} reads`);
  });

  test('throttles to a rate', async (t) => {
    const { proxy, client, server } = await line(t);
    proxy.setMode({ kind: 'throttle', bytesPerSecond: 10_000 });
    const startedMs = performance.now();
    const sent = Buffer.alloc(2000, 'x');
    client.write(sent);
    assert.deepEqual(await bytesFrom(server, sent.length), sent);
    // All but the last piece of 200 bytes are waited for.
    assert.ok(performance.now() - startedMs >= 179, `${performance.now() - startedMs} ms`);
  });

  test('delays each direction, and keeps the order', async (t) => {
    const { proxy, client, server } = await line(t);
    proxy.setMode({ kind: 'delay', ms: 40 });
    const startedMs = performance.now();
    client.write('one');
    client.write('two');
    assert.equal((await bytesFrom(server, 6)).toString(), 'onetwo');
    server.write('three');
    assert.equal((await bytesFrom(client, 5)).toString(), 'three');
    assert.ok(performance.now() - startedMs >= 79, `${performance.now() - startedMs} ms`);
  });

  test('holds back a sender that nobody reads', async (t) => {
    const { proxy, client } = await line(t);
    proxy.setMode({ kind: 'half-open' });
    const chunk = Buffer.alloc(64 * 1024);
    // The kernel takes some megabytes, the proxy 256 KiB; a proxy without bounds would take all of it.
    for (let i = 0; i < 512; i++) client.write(chunk);
    let [before, quiet] = [client.writableLength, 0];
    while (quiet < 20) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      quiet = client.writableLength === before ? quiet + 1 : 0;
      before = client.writableLength;
    }
    assert.ok(client.writableLength > 8 * 1024 * 1024, `${client.writableLength} bytes wait`);
  });

  test('cuts its client where there is no server', async () => {
    const gone = await rawServer((socket) => socket.destroy());
    await gone.stop();
    const proxy = await FaultProxy.open({ host: '127.0.0.1', port: gone.port });
    const client = net.connect({ host: proxy.host, port: proxy.port }).resume();
    await new Promise((resolve) => client.once('error', () => undefined).once('close', resolve));
    await proxy.close();
  });

  test('closes every socket when it closes', async (t) => {
    const { proxy, client, server } = await line(t);
    const closed = Promise.all([once(client.resume(), 'close'), once(server.resume(), 'close')]);
    await proxy.close();
    await closed;
  });
});
