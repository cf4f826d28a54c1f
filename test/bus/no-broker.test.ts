/** Brokers that are not there, or not to be trusted, and what people are told about them. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isPrivateBroker, readBrokerSettings } from '../../src/bus/broker-settings.js';
import { connectBus } from '../../src/bus/nats.js';
import type { WsurgeError } from '../../src/errors.js';
import { FOREIGN } from '../e2e/certificate.js';
import { skipWithout } from '../needs.js';
import { freePort } from '../peers/free-port.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { broker, connect, EMPTY, file, folder, isBusError, later, refusal, SECRET } from './brokers.js';

const skip = await skipWithout('natsServer');

describe('a broker with TLS', { skip }, () => {
  const FILES = { 'cert.pem': CERTIFICATE, 'key.pem': KEY };
  const TLS = 'tls { cert_file: cert.pem, key_file: key.pem }';
  const MUTUAL = 'tls { cert_file: cert.pem, key_file: key.pem, ca_file: cert.pem, verify: true }';

  it('is private, by name and by address', async (t) => {
    const { port } = await broker(t, TLS, FILES);
    const env = { NATS_CA: file('ca.pem', CERTIFICATE) };
    for (const host of ['localhost', '127.0.0.1']) {
      const one = await connect(t, `tls://${host}:${port}`, { env });
      assert.equal(one.isPrivate, true);
      await assert.rejects(one.request('a.b', EMPTY, 5000), isBusError('nobody'));
    }
  });

  it('may ask for a certificate', async (t) => {
    const { port } = await broker(t, MUTUAL, FILES);
    const url = `tls://localhost:${port}`;
    const NATS_CA = file('ca.pem', CERTIFICATE);
    const env = { NATS_CA, NATS_CERT: file('cert.pem', CERTIFICATE), NATS_KEY: file('key.pem', KEY) };
    const one = await connect(t, url, { env });
    await assert.rejects(one.request('a.b', EMPTY, 5000), isBusError('nobody'));
    const without = await refusal(url, { NATS_CA });
    assert.deepEqual([without.code, without.exitCode], ['broker_tls', 104], without.message);
    assert.match(without.next!, /set NATS_CERT and NATS_KEY/);
  });

  it('is refused where nobody vouches for it', async (t) => {
    const { port } = await broker(t, TLS, FILES);
    for (const env of [{}, { NATS_CA: file('other.pem', FOREIGN.cert) }]) {
      const { code, exitCode, message, next } = await refusal(`tls://localhost:${port}`, env);
      assert.deepEqual([code, exitCode], ['broker_tls', 104]);
      assert.match(`${message} ${next}`, /is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NATS_CA/);
    }
  });

  it('is refused where its certificate is for another host', async (t) => {
    const { port } = await broker(t, TLS, { 'cert.pem': FOREIGN.cert, 'key.pem': FOREIGN.key });
    const env = { NATS_CA: file('other.pem', FOREIGN.cert) };
    for (const host of ['localhost', '127.0.0.1']) {
      const { message } = await refusal(`tls://${host}:${port}`, env);
      assert.match(message, /is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
    }
  });

  it('is refused where it does not speak TLS: nothing goes out in the clear', async (t) => {
    const { port } = await broker(t);
    const { code, message } = await refusal(`tls://c:${SECRET}@localhost:${port}`);
    assert.deepEqual([code, /does not speak TLS/.test(message)], ['broker_tls', true]);
  });
});

describe('a broker that cannot be reached', () => {
  it('has no such host', async () => {
    const { code, exitCode, message } = await refusal(`nats://c:${SECRET}@broker.invalid:4222`);
    assert.deepEqual([code, exitCode], ['broker_unknown_host', 103]);
    assert.match(message, /broker\.invalid:4222/);
  });

  it('refuses connections', async () => {
    const port = await freePort();
    const { code, exitCode, message } = await refusal(`nats://c:${SECRET}@127.0.0.1:${port}`);
    assert.deepEqual([code, exitCode], ['broker_unreachable', 103]);
    assert.match(message, new RegExp(`127\\.0\\.0\\.1:${port} refuses connections`));
  });

  it('is another server', async (t) => {
    const server: Server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, exitCode } = await refusal(`nats://127.0.0.1:${port}`);
    assert.deepEqual([code, exitCode], ['broker_foreign', 104]);
  });

  it('is waited for as long as asked, and that is said once', { skip }, async (t) => {
    const server = await broker(t);
    await server.kill();
    const told: string[] = [];
    const waiting = later<void>();
    const onWait = (error: WsurgeError): void => {
      told.push(error.code);
      waiting.resolve();
    };
    const connecting = connect(t, server.address, { waitMs: 60_000, onWait });
    await waiting.promise;
    await server.restart();
    await assert.rejects((await connecting).request('a.b', EMPTY, 5000), isBusError('nobody'));
    assert.deepEqual(told, ['broker_unreachable']);
  });

  it('is no longer waited for once the signal aborts', async () => {
    const abort = new AbortController();
    const url = `nats://127.0.0.1:${await freePort()}`;
    const options = { url, env: {}, inboxPrefix: '_INBOX_c' as const, waitMs: 600_000, signal: abort.signal };
    const connecting = connectBus({ ...options, onWait: () => abort.abort() });
    const isInterrupted = (error: WsurgeError) => error.exitCode === 105 && error.code === 'interrupted';
    await assert.rejects(connecting, isInterrupted);
    await assert.rejects(connectBus(options), isInterrupted);
  });
});

describe('what is wrong before anything is dialled', () => {
  const URL = 'nats://127.0.0.1:4222';
  const code = async (url: string | undefined, env: Record<string, string> = {}): Promise<string> => {
    const error = await refusal(url, env);
    assert.equal(error.exitCode, 104);
    return error.code;
  };

  it('is a URL', async () => {
    assert.equal(await code(undefined), 'broker_missing');
    assert.equal(await code(undefined, { NATS_URL: '' }), 'broker_missing');
    for (const url of [
      `nats://c:${SECRET}@`,
      `ws://c:${SECRET}@host`,
      `http://${SECRET}@host`,
      `nats://:${SECRET} @h:x`,
      `nats://%zz${SECRET}@h`,
      `nats://user:${SECRET}%@h`,
    ]) {
      assert.equal(await code(url), 'broker_url', url);
    }
  });

  it('is a file', async () => {
    const missing = path.join(folder, 'missing');
    for (const name of ['NATS_CREDS', 'NATS_CA']) {
      const error = await refusal(URL, { [name]: missing });
      assert.deepEqual([error.code, error.exitCode], ['broker_file', 104]);
      assert.match(`${error.message} ${error.next}`, new RegExp(`missing cannot be read \\(ENOENT\\).*${name}`));
    }
    assert.equal(await code(URL, { NATS_CA: file('no.pem', SECRET) }), 'broker_file');
    assert.equal(await code(URL, { NATS_CREDS: file('no.creds', SECRET) }), 'broker_login');
    const broken = `-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${SECRET}\n------END USER NKEY SEED------\n`;
    assert.equal(await code(URL, { NATS_CREDS: file('broken.creds', broken) }), 'broker_login');
  });

  it('is one variable without the other', async () => {
    assert.equal(await code(URL, { NATS_PASSWORD: SECRET }), 'broker_login');
    assert.equal(await code(URL, { NATS_CERT: file('cert.pem', CERTIFICATE) }), 'broker_tls');
    assert.equal(await code(URL, { NATS_KEY: file('key.pem', KEY) }), 'broker_tls');
  });

  it('is the package: the line that installs it is told', async () => {
    const load = () => Promise.reject(Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' }));
    const error = await refusal(URL, {}, { load });
    assert.deepEqual(
      [error.exitCode, error.message, error.next],
      [104, '@nats-io/transport-node is not installed', 'npm install @nats-io/transport-node, in the folder of wsurge'],
    );
    const broken = await refusal(URL, {}, { load: () => Promise.reject(new Error('broken\nat line 3')) });
    assert.equal(broken.message, '@nats-io/transport-node does not load: broken');
  });
});

describe('a broker of others', () => {
  it('is not private without TLS', async () => {
    const isPrivate = async (url: string, env = {}) => isPrivateBroker(await readBrokerSettings(url, env));
    for (const url of [
      'nats://127.0.0.1',
      'localhost:4222',
      'nats://[::1]:4222',
      'nats://127.8.0.1,nats://localhost',
    ]) {
      assert.equal(await isPrivate(url), true, url);
    }
    for (const url of ['nats://10.0.0.1', 'nats://127.0.0.1,nats://10.0.0.1', 'nats://localhost.example', 'bus:4222']) {
      assert.equal(await isPrivate(url), false, url);
      assert.equal(await isPrivate(url, { NATS_CA: file('ca.pem', CERTIFICATE) }), true, url);
    }
    assert.equal(await isPrivate('tls://10.0.0.1'), true);
  });
});
