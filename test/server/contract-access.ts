import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineName } from '../../src/server/options.js';
import { CERTIFICATE, KEY, OTHER_KEY, writeFiles } from './certificate.js';
import { Client, eventually, RawClient, refusedWith, within } from './client.js';
import { httpUrl, refusesToStart, serving } from './serving.js';

/** Who gets in, what plain HTTP gets, TLS. */
export function accessContract(engine: EngineName): void {
  test('the first sub-protocol offered is agreed on; none offered, none agreed', async () => {
    await serving(engine, {}, async ({ url }) => {
      const some = await Client.open(url, {}, ['chat.v2', 'chat.v1']);
      assert.equal(some.socket.protocol, 'chat.v2');
      assert.equal((await some.ask({ type: 'ping' }))['type'], 'pong');
      const none = await Client.open(url);
      assert.equal(none.socket.protocol, '');
      await Promise.all([some.close(), none.close()]);
    });
  });

  test('compression is never agreed on', async () => {
    await serving(engine, {}, async ({ url }) => {
      const client = await Client.open(url, { perMessageDeflate: true });
      assert.equal(client.socket.extensions, '');
      await client.close();
    });
  });

  test('by default every path takes WebSockets; with a path only that one does', async () => {
    await serving(engine, {}, async ({ port }) => {
      await (await Client.open(`ws://127.0.0.1:${port}/any/path?x=1`)).close();
    });
    await serving(engine, { path: '/ws' }, async (server) => {
      assert.equal(new URL(server.url).pathname, '/ws');
      await (await Client.open(`${server.url}?x=1`)).close();
      assert.equal(await refusedWith(`ws://127.0.0.1:${server.port}/`), 404);
      assert.equal(await refusedWith(`ws://127.0.0.1:${server.port}/ws/`), 404);
      assert.equal((await fetch(httpUrl(server, '/ws'))).status, 426);
      assert.equal((await fetch(httpUrl(server, '/'))).status, 404);
    });
  });

  test('the token is taken from the header or the query; anything else is 401', async () => {
    const token = 's3cret/+ &';
    await serving(engine, { token }, async ({ url }) => {
      await (await Client.open(`${url}?a=b&token=${encodeURIComponent(token)}`)).close();
      assert.equal(await refusedWith(url), 401);
      assert.equal(await refusedWith(`${url}?token=`), 401);
      assert.equal(await refusedWith(`${url}?token=s3cret`), 401);
      assert.equal(await refusedWith(url, { headers: { Authorization: `Basic ${token}` } }), 401);
    });
    await serving(engine, { token: 'abc' }, async (server) => {
      await (await Client.open(server.url, { headers: { Authorization: 'bearer abc' } })).close();
      assert.equal(await refusedWith(server.url, { headers: { Authorization: 'Bearer abd' } }), 401);
      assert.equal((await fetch(httpUrl(server, '/healthz'))).status, 200);
    });
  });

  test('with a list of origins others are refused with 403, and so is none', async () => {
    await serving(engine, { origins: ['https://a.example', 'https://b.example'] }, async ({ url }) => {
      await (await Client.open(url, { origin: 'https://b.example' })).close();
      assert.equal(await refusedWith(url, { origin: 'https://c.example' }), 403);
      assert.equal(await refusedWith(url), 403);
    });
  });

  test('connections above the limit get 503 until one closes', async () => {
    await serving(engine, { maxConnections: 2 }, async (server) => {
      const [one, two] = [await Client.open(server.url), await Client.open(server.url)];
      assert.equal(await refusedWith(server.url), 503);
      await one.close();
      await eventually(() => server.stats().connections === 1, 'the place to be free');
      const three = await Client.open(server.url);
      assert.equal(server.stats().refusedRequests[503], 1);
      await Promise.all([two.close(), three.close()]);
    });
  });

  test('handshakes that are none are refused by status', async () => {
    await serving(engine, {}, async ({ port }) => {
      const cases: [Record<string, string | null>, string, RegExp][] = [
        [{ 'Sec-WebSocket-Key': null }, 'GET', / 400 /],
        [{ 'Sec-WebSocket-Key': 'short' }, 'GET', / 400 /],
        [{ 'Sec-WebSocket-Version': '7' }, 'GET', / 426 /],
        [{ 'Sec-WebSocket-Protocol': 'a, a' }, 'GET', / 400 /],
        [{ 'Sec-WebSocket-Protocol': 'a b' }, 'GET', / 400 /],
        [{ Connection: 'close' }, 'GET', / 400 /],
        [{ Upgrade: null }, 'GET', / 426 /],
        [{ Upgrade: 'h2c' }, 'GET', / 426 /],
        [{ 'Content-Length': '0' }, 'POST', / 405 /],
      ];
      for (const [headers, method, status] of cases) {
        const raw = new RawClient(port);
        assert.match(await raw.request(headers, '/', method), status, JSON.stringify(headers));
        raw.socket.destroy();
      }
    });
  });

  test('plain HTTP: health, metrics, 404, 405, and 426 where WebSockets live', async () => {
    await serving(engine, {}, async (server) => {
      const client = await Client.open(server.url);
      await client.ask({ type: 'ping' });
      await client.ask('nonsense');
      const health = await fetch(httpUrl(server, '/healthz'));
      assert.match(health.headers.get('content-type') ?? '', /json/);
      assert.deepEqual(await health.json(), { status: 'ok', engine, connections: 1 });
      const upgrade = await fetch(httpUrl(server, '/'));
      assert.deepEqual([upgrade.status, upgrade.headers.get('upgrade')], [426, 'websocket']);
      assert.equal((await fetch(httpUrl(server, '/nothing'))).status, 404);
      assert.equal((await fetch(httpUrl(server, '/healthz'), { method: 'POST', body: 'x' })).status, 405);
      const head = await fetch(httpUrl(server, '/metrics'), { method: 'HEAD' });
      assert.ok(Number(head.headers.get('content-length')) > 500);
      const metrics = await (await fetch(httpUrl(server, '/metrics'))).text();
      for (const line of [
        `wsurge_server_info{engine="${engine}"} 1`,
        'wsurge_server_connections 1',
        'wsurge_server_messages_received_total 2',
        'wsurge_server_messages_sent_total 2',
        'wsurge_server_refused_messages_total{code="invalid_json"} 1',
        'wsurge_server_refused_requests_total{status="404"} 1',
      ]) {
        assert.ok(metrics.split('\n').includes(line), `${line} in\n${metrics}`);
      }
      await client.close();
    });
  });

  test('with certificate and key it speaks wss, and only that', async () => {
    const files = writeFiles({ 'cert.pem': CERTIFICATE, 'key.pem': KEY });
    try {
      await serving(engine, { certFile: files.path('cert.pem'), keyFile: files.path('key.pem') }, async (server) => {
        assert.match(server.url, /^wss:/);
        const client = await Client.open(server.url, { ca: CERTIFICATE });
        const content = 'x'.repeat(100_000);
        assert.equal((await client.ask({ type: 'message', content }))['content'], content);
        await client.close();
        const raw = new RawClient(server.port);
        raw.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
        await within(raw.closed, 'the end of the plain connection');
        assert.equal(raw.text.includes(' 101 '), false);
      });
    } finally {
      files.remove();
    }
  });

  test('certificates that cannot be used are refused with 104 before anything listens', async () => {
    const files = writeFiles({ 'cert.pem': CERTIFICATE, 'key.pem': OTHER_KEY, 'junk.pem': 'junk' });
    try {
      for (const [cert, key] of [
        ['cert.pem', 'key.pem'],
        ['junk.pem', 'key.pem'],
        ['absent.pem', 'key.pem'],
      ] as const) {
        const options = { engine, certFile: files.path(cert), keyFile: files.path(key) };
        await refusesToStart(options, { name: 'WsurgeError', code: 'tls_files', exitCode: 104 });
      }
    } finally {
      files.remove();
    }
  });
}
