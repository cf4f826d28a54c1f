import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { endpointVia, upstreamOf } from '../../src/check/endpoint-via.js';
import { requestOf, urlFor } from '../../src/check/request-url.js';
import { SCENARIOS } from '../../src/check/scenarios.js';
import type { Endpoint } from '../../src/plan/cell.js';
import { wsServer } from '../e2e/local-server.js';
import { checkServer } from './check-server.js';

const endpoint = (url: string, headers = {}): Endpoint => ({
  ...{ url, headers, address: null, subprotocols: [], userAgent: 'wsurge/test' },
  tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
});

describe('what a request says', () => {
  it('is path, query and host of the URL; of a unix socket what stands behind the file', () => {
    assert.deepEqual(requestOf('ws://127.0.0.1:9001/a?b=c'), { host: '127.0.0.1:9001', path: '/a?b=c' });
    assert.deepEqual(requestOf('wss://a.example/'), { host: 'a.example', path: '/' });
    assert.deepEqual(requestOf('ws+unix:/tmp/x.sock:/a?b=c'), { host: 'localhost', path: '/a?b=c' });
    assert.deepEqual(requestOf('ws+unix:/tmp/x.sock'), { host: 'localhost', path: '/' });
  });

  it('has another path, and no query for a client without credentials', () => {
    assert.equal(urlFor('ws+unix:/tmp/x.sock:/a?token=1', { anonymous: true }), 'ws+unix:/tmp/x.sock:/a');
    assert.equal(urlFor('ws+unix:/tmp/x.sock:/a', { path: '/b' }), 'ws+unix:/tmp/x.sock:/b');
    assert.equal(urlFor('ws://u:p@127.0.0.1:1/a?token=1', { anonymous: true }), 'ws://127.0.0.1:1/a');
  });

  it('keeps its Host through a proxy, which has another port', () => {
    const via = { host: '127.0.0.1', port: 7 };
    assert.deepEqual(endpointVia(endpoint('ws://127.0.0.1:9001/a'), via).headers, { Host: '127.0.0.1:9001' });
    assert.deepEqual(endpointVia(endpoint('ws+unix:/tmp/x.sock:/a'), via).headers, { Host: 'localhost' });
    assert.deepEqual(endpointVia(endpoint('ws://a:1/', { host: 'own' }), via).headers, { host: 'own' });
    assert.equal(endpointVia(endpoint('ws+unix:/tmp/x.sock:/a?b'), via).url, 'ws://localhost:7/a?b');
    assert.deepEqual(upstreamOf(endpoint('ws+unix:/tmp/x.sock:/a')), { path: '/tmp/x.sock' });
  });
});

describe('a server on a unix socket', () => {
  it('passes what it passes over TCP, asked for the same path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-unix-'));
    const asked = new Set<string>();
    const server = await wsServer({
      socketPath: join(folder, 'server.sock'),
      onConnection: (_, __, { url, headers }) => asked.add(`${headers.host}${url}`),
    });
    try {
      for (const ids of [
        ['1.1', '1.5'],
        ['5.1', '5.6'],
        ['8.1', '8.5', '8.11'],
      ]) {
        const scenario = SCENARIOS.find(({ number }) => number === Number(ids[0]![0]))!;
        const checks = scenario.checks.filter(({ id }) => ids.includes(id));
        const result = await checkServer({ ...scenario, checks }, server.url, 'echo', { reply: { timeout: '30s' } });
        // 8.11 wants to read what the server prints, which is not to be seen here.
        assert.deepEqual(
          result.checks.map(({ id, status }) => `${id} ${status}`),
          ids.map((id) => `${id} ${id === '8.11' ? 'skipped' : 'passed'}`),
        );
      }
      assert.deepEqual([...asked], ['localhost/']);
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
