import assert from 'node:assert/strict';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { securityScenario } from '../../src/check/scenarios/security.js';
import type { ServerOptions } from '../../src/server/options.js';
import { startServer } from '../../src/server/server.js';
import { FOREIGN, OWN } from '../e2e/certificate.js';
import { wsServer } from '../e2e/local-server.js';
import { CERTIFICATE, KEY, writeFiles } from '../server/certificate.js';
import { checkServer } from './check-server.js';

interface Says {
  readonly target?: object;
  readonly security: object;
}

/** How one security check ends against this address. Where it is to fail, an answer that never comes is waited for. */
async function ends(id: string, url: string, { target = {}, security }: Says, timeout = '60s'): Promise<string> {
  const checks = securityScenario.checks.filter((check) => check.id === id);
  const says = { target, check: { security }, reply: { timeout } };
  const result = await checkServer({ ...securityScenario, checks }, url, 'bot', says);
  return result.checks.map(({ status }) => status).join();
}

async function serving(t: TestContext, options: ServerOptions): Promise<string> {
  const server = await startServer({ engine: 'ws', ...options });
  t.after(() => server.close());
  return server.url;
}

/** Passes against the server with these options, and fails against one without. */
async function tells(t: TestContext, id: string, options: ServerOptions, says: Says): Promise<void> {
  assert.equal(await ends(id, await serving(t, options), says), 'passed');
  assert.equal(await ends(id, await serving(t, {}), says, '1s'), 'failed');
}

test('what the profile does not say is skipped', async (t) => {
  const url = await serving(t, {});
  for (const id of ['S.1', 'S.2', 'S.3', 'S.4', 'S.6', 'S.7', 'S.9']) {
    assert.equal(await ends(id, url, { security: {} }), 'skipped', id);
  }
});

test('S.1: credentials', async (t) => {
  const headers = { Authorization: 'Bearer open-sesame' };
  await tells(t, 'S.1', { token: 'open-sesame' }, { target: { headers }, security: { unauthenticated: 401 } });
});

test('S.2: Origin', async (t) => {
  await tells(t, 'S.2', { origins: ['https://right.example'] }, { security: { wrongOrigin: {} } });
});

test('S.3: quota', async (t) => {
  await tells(t, 'S.3', { quota: 5 }, { security: { quota: { messages: 5, close: 4429 } } });
});

test('S.4: connection limit', async (t) => {
  await tells(t, 'S.4', { maxConnections: 3 }, { security: { connectionLimit: { connections: 3 } } });
});

test('S.5: isolation', async (t) => {
  assert.equal(await ends('S.5', await serving(t, {}), { security: {} }), 'passed');
  assert.equal(await ends('S.5', await serving(t, { faults: 'misdeliver:100%' }), { security: {} }, '1s'), 'failed');
});

test('S.6: the certificate', async (t) => {
  const files = writeFiles({ 'cert.pem': CERTIFICATE, 'key.pem': KEY, 'other.pem': FOREIGN.cert });
  t.after(() => files.remove());
  const url = await serving(t, { certFile: files.path('cert.pem'), keyFile: files.path('key.pem') });
  const security = { certificate: 'verified' };
  assert.equal(await ends('S.6', url, { target: { tls: { ca: files.path('cert.pem') } }, security }), 'passed');
  assert.equal(await ends('S.6', url, { target: { tls: { ca: files.path('other.pem') } }, security }), 'failed');
  assert.equal(await ends('S.6', await serving(t, {}), { security }), 'skipped');
});

test('S.7: old TLS', async (t) => {
  const security = { minimumTls: '1.2' };
  const target = { tls: { insecure: true } };
  const modern = await wsServer({ tls: OWN });
  t.after(() => modern.stop());
  assert.equal(await ends('S.7', modern.url, { target, security }), 'passed');
  const old = createTlsServer({ ...OWN, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
  const sockets = new WebSocketServer({ server: old });
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    sockets.close();
    old.close();
    old.closeAllConnections();
  });
  const url = `wss://127.0.0.1:${(old.address() as AddressInfo).port}/`;
  assert.equal(await ends('S.7', url, { target, security }), 'failed');
});

test('S.8: a compression bomb', async (t) => {
  assert.equal(await ends('S.8', await serving(t, {}), { security: {} }), 'passed');
  const inflating = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true, maxPayload: 0 });
  t.after(() => inflating.close());
  await new Promise((resolve) => inflating.once('listening', resolve));
  inflating.on('connection', (socket) => socket.on('message', (data, binary) => binary || socket.send(String(data))));
  const url = `ws://127.0.0.1:${(inflating.address() as AddressInfo).port}/`;
  assert.equal(await ends('S.8', url, { security: { compressionBomb: 1009 } }, '1s'), 'failed');
});

test('S.9: a frame of 2^63 bytes', async (t) => {
  const url = await serving(t, {});
  assert.equal(await ends('S.9', url, { security: { hugeLength: 1009 } }), 'passed');
  assert.equal(await ends('S.9', url, { security: { hugeLength: 1008 } }), 'failed');
});
