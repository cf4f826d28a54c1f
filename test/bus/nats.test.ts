/** The bus over a real NATS broker: what arrives, what goes wrong, and what people are told about it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { type Bus, BusError, type BusMessage } from '../../src/bus/bus.js';
import { answerEach, ask, askAll, type Patience } from '../../src/bus/exchange.js';
import { type BusOptions, connectBus } from '../../src/bus/nats.js';
import { WsurgeError } from '../../src/errors.js';
import { FOREIGN } from '../e2e/certificate.js';
import { skipWithout } from '../needs.js';
import { freePort } from '../peers/free-port.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { type NatsServer, natsServer } from './nats-server.js';

const skip = await skipWithout('natsServer');
const PATIENCE: Patience = { timeoutMs: 1000, overallMs: 60_000 };
const SECRET = 'hunter2-secret';
const EMPTY: BusMessage = { headers: {}, body: new Uint8Array(0) };

const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-bus-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A file for a variable such as NATS_CA. */
function file(name: string, text: string): string {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
}

/** Connections to close before the broker ends. */
const open = new WeakMap<TestContext, Bus[]>();

async function broker(t: TestContext, configuration = '', files = {}): Promise<NatsServer> {
  const server = await natsServer(configuration, files);
  t.after(async () => {
    for (const bus of open.get(t) ?? []) await bus.close();
    await server.stop();
  });
  return server;
}

async function connect(t: TestContext, url: string | undefined, more: Partial<BusOptions> = {}): Promise<Bus> {
  const bus = await connectBus({ url, env: {}, inboxPrefix: '_INBOX_c', ...more });
  open.set(t, [...(open.get(t) ?? []), bus]);
  return bus;
}

/** The broker has heard of everything that this one has subscribed to. */
async function isHeard(bus: Bus): Promise<void> {
  await assert.rejects(bus.request('nobody', EMPTY, 5000), isBusError('nobody'));
}

/** What people are told where it does not connect. */
async function refusal(url: string | undefined, env: Record<string, string> = {}, more: Partial<BusOptions> = {}) {
  try {
    const bus = await connectBus({ url, env, inboxPrefix: '_INBOX_c', ...more });
    await bus.close();
  } catch (error) {
    assert.ok(error instanceof WsurgeError, String(error));
    assert.ok(error.next !== null && error.next.length > 10, 'it has a next step');
    assert.ok(!`${error.message} ${error.next}`.includes(SECRET), 'it shows no secret');
    return error;
  }
  return assert.fail('it connected');
}

/** A promise, and what resolves it. */
function later<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const isBusError = (code: string) => (error: unknown) => error instanceof BusError && error.code === code;

describe('the bus over NATS', { skip }, () => {
  it('carries headers and bytes as they are, and answers', async (t) => {
    const { address } = await broker(t);
    const [one, other] = [await connect(t, `nats://${address}`), await connect(t, address)];
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    other.answer('a.b', ({ headers, body }) => ({ headers: { ...headers, got: String(body.length) }, body }));
    await isHeard(other);
    const headers = { kind: 'test', 'an-id': 'A_b.c:d/e-0' };
    const answer = await one.request('a.b', { headers, body: every }, 5000);
    assert.deepEqual(answer.headers, { ...headers, got: '256' });
    assert.deepEqual(Uint8Array.from(answer.body), every);
    assert.deepEqual([one.maxPayloadBytes, one.isPrivate, one.reconnects], [1024 * 1024, true, 0]);
  });

  it('says apart that nobody listens, that nobody answers, and that it is closed', async (t) => {
    const { address } = await broker(t);
    const [one, other] = [await connect(t, address), await connect(t, address)];
    await assert.rejects(one.request('a.b', EMPTY, 5000), isBusError('nobody'));
    const end = other.answer('a.b', () => new Promise(() => {}));
    await isHeard(other);
    await assert.rejects(one.request('a.b', EMPTY, 50), isBusError('silence'));
    end();
    await assert.rejects(other.request('a.b', EMPTY, 5000), isBusError('nobody'));
    other.answer('a.b', () => new Promise(() => {}));
    await isHeard(other);
    const pending = assert.rejects(one.request('a.b', EMPTY, 60_000), isBusError('closed'));
    await one.close();
    await pending;
    await assert.rejects(one.request('a.b', EMPTY, 5000), isBusError('closed'));
    await assert.rejects(one.requestMany('a.b', EMPTY, 50), isBusError('closed'));
    assert.throws(() => one.answer('a.b', () => EMPTY), isBusError('closed'));
  });

  it('goes on where a handler throws: who asked gets no answer', async (t) => {
    const { address } = await broker(t);
    const [one, other] = [await connect(t, address), await connect(t, address)];
    let asked = 0;
    other.answer('a.b', (message) => {
      if (++asked === 1) throw new Error('a mistake');
      return message;
    });
    await isHeard(other);
    await assert.rejects(one.request('a.b', EMPTY, 50), isBusError('silence'));
    await one.request('a.b', EMPTY, 5000);
  });

  it('asks all', async (t) => {
    const { address } = await broker(t);
    const one = await connect(t, address);
    assert.deepEqual(await askAll(one, 'who', { id: '1', kind: 'who', body: null }, 5000), []);
    for (const name of ['a', 'b', 'c']) {
      const bus = await connect(t, address);
      answerEach(bus, 'who', () => name);
      await isHeard(bus);
    }
    const answers = await askAll(one, 'who', { id: '1', kind: 'who', body: null }, 500);
    assert.deepEqual([...answers].sort(), ['a', 'b', 'c']);
  });

  for (const [payload, configuration] of [
    ['1 MiB', ''],
    ['64 KiB', 'max_payload: 65536'],
  ] as const) {
    it(`carries questions and answers of any size where a message has at most ${payload}`, async (t) => {
      const { address } = await broker(t, configuration);
      const [one, other] = [await connect(t, address), await connect(t, address)];
      answerEach(other, 'a.b', ({ body }) => ({ got: body }));
      for (const length of [0, 10_000, 100_000, 2_000_000]) {
        const body = Array.from({ length: length / 10 }, (_, index) => Math.sin(index + length));
        const { value } = await ask(one, 'a.b', { id: String(length), kind: 'test', body }, PATIENCE);
        assert.deepEqual(value, { got: body });
      }
    });
  }

  it('has stamps of both clocks, in order', async (t) => {
    const { address } = await broker(t);
    const [one, other] = [await connect(t, address), await connect(t, address)];
    answerEach(other, 'a.b', () => null);
    const { stamps } = await ask(one, 'a.b', { id: '1', kind: 'test', body: null }, PATIENCE);
    // One process, so one clock.
    const inOrder = [stamps.askedUs, stamps.receivedUs, stamps.answeredUs, stamps.gotUs];
    assert.deepEqual(
      [...inOrder].sort((a, b) => a - b),
      inOrder,
    );
  });

  it('goes on after the broker was restarted: what was asked meanwhile is asked again, and answered once', async (t) => {
    const server = await broker(t);
    const [one, other] = [await connect(t, server.address), await connect(t, server.address)];
    const handled = new Map<string, number>();
    answerEach(other, 'a.b', ({ id }) => {
      handled.set(id, (handled.get(id) ?? 0) + 1);
      return id;
    });
    const put = (id: string) => ask(one, 'a.b', { id, kind: 'test', body: null }, PATIENCE);
    assert.equal((await put('before')).value, 'before');
    await server.kill();
    const asking = ['1', '2', '3'].map(put);
    await server.restart();
    const answers = await Promise.all(asking);
    assert.deepEqual(
      answers.map(({ value }) => value),
      ['1', '2', '3'],
    );
    assert.ok(answers.every(({ tries }) => tries > 1));
    assert.equal((await put('after')).value, 'after');
    assert.deepEqual([...handled.values()], [1, 1, 1, 1, 1]);
    assert.deepEqual([one.reconnects, other.reconnects], [1, 1]);
  });

  it('finds no answer to what was in flight when the broker ended, and asks again', async (t) => {
    const server = await broker(t);
    const [one, other] = [await connect(t, server.address), await connect(t, server.address)];
    let finish = (): void => {};
    const begun = new Promise<void>((resolve) => {
      answerEach(other, 'a.b', () => {
        resolve();
        return new Promise((answer) => {
          finish = () => answer('done');
        });
      });
    });
    const asking = ask(one, 'a.b', { id: '1', kind: 'test', body: null }, PATIENCE);
    await begun;
    await server.kill();
    finish();
    await server.restart();
    const { value, tries } = await asking;
    assert.equal(value, 'done');
    assert.ok(tries > 1);
  });

  it('has the smaller messages of a broker that came back with another limit', async (t) => {
    const server = await broker(t);
    const [one, other] = [await connect(t, server.address), await connect(t, server.address)];
    answerEach(other, 'a.b', ({ body }) => body);
    await server.restart('max_payload: 32768');
    const put = (id: string, body: unknown) => ask(one, 'a.b', { id, kind: 'test', body }, PATIENCE);
    await put('1', null);
    const body = Array.from({ length: 20_000 }, (_, index) => Math.sin(index));
    assert.deepEqual((await put('2', body)).value, body);
    assert.equal(one.maxPayloadBytes, 32_768);
  });
});

describe('a broker with users', { skip }, () => {
  const USERS = `authorization { users = [
    { user: c, password: "${SECRET}", permissions: { publish: ["ask.>"], subscribe: ["_INBOX_c.>"] } }
    { user: a, password: "${SECRET}", permissions: { publish: ["up.>"], subscribe: ["ask.>", "_INBOX_a.>"], allow_responses: { max: 1, expires: "1m" } } }
  ] }`;

  it('lets them in by variables or by the URL, and does what they may', async (t) => {
    const { address } = await broker(t, USERS);
    const env = { NATS_URL: `nats://${address}`, NATS_USER: 'a', NATS_PASSWORD: SECRET };
    const agent = await connect(t, undefined, { env, inboxPrefix: '_INBOX_a' });
    const one = await connect(t, `nats://c:${SECRET}@${address}`);
    answerEach(agent, 'ask.a', () => 'yes');
    const { value } = await ask(one, 'ask.a', { id: '1', kind: 'test', body: null }, PATIENCE);
    assert.equal(value, 'yes');
  });

  it('says what they may not: ask elsewhere, listen elsewhere, take the answers of others', async (t) => {
    const { address } = await broker(t, USERS);
    const url = `nats://c:${SECRET}@${address}`;
    const forbids = (what: RegExp) => (error: unknown) =>
      error instanceof WsurgeError && error.code === 'broker_forbids' && what.test(error.message);
    const problem = later<WsurgeError>();
    const one = await connect(t, url, { onProblem: problem.resolve });
    await assert.rejects(one.request('up.x', EMPTY, 5000), forbids(/ask on up\.x/));
    const asking = ask(one, 'up.x', { id: '1', kind: 'test', body: null }, PATIENCE);
    await assert.rejects(asking, forbids(/ask on up\.x/));
    one.answer('ask.a', () => EMPTY);
    assert.ok(forbids(/listen on ask\.a/)(await problem.promise));
    const other = await connect(t, url, { inboxPrefix: '_INBOX_a' });
    await assert.rejects(other.request('ask.a', EMPTY, 5000), forbids(/listen on _INBOX_a/));
  });

  it('turns away who has no password or a wrong one', async (t) => {
    const { address } = await broker(t, USERS);
    const none = await refusal(`nats://${address}`);
    assert.deepEqual([none.code, none.exitCode], ['broker_login', 104]);
    assert.match(`${none.message} ${none.next}`, /asks for a user and a password.*NATS_USER/);
    const wrong = await refusal(`nats://c:x${SECRET}@${address}`);
    assert.match(`${wrong.message} ${wrong.next}`, /does not accept these credentials.*NATS_USER/);
    const token = await refusal(`nats://${SECRET}@${address}`);
    assert.equal(token.code, 'broker_login');
  });

  it('ends the bus where it comes back with other passwords', async (t) => {
    const server = await broker(t, USERS);
    const problem = later<WsurgeError>();
    const one = await connect(t, `nats://c:${SECRET}@${server.address}`, { onProblem: problem.resolve });
    await server.restart(USERS.replaceAll(SECRET, 'another'));
    const { code, message } = await problem.promise;
    assert.equal(code, 'broker_login', message);
    await assert.rejects(one.request('ask.a', EMPTY, 5000), isBusError('closed'));
  });

  it('takes a token', async (t) => {
    const { address } = await broker(t, `authorization { token: "${SECRET}" }`);
    const one = await connect(t, `nats://${SECRET}@${address}`);
    await assert.rejects(one.request('a.b', EMPTY, 5000), isBusError('nobody'));
  });
});

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
    await assert.rejects(connecting, isBusError('closed'));
    await assert.rejects(connectBus(options), isBusError('closed'));
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
      [104, '@nats-io/transport-node is not installed', 'npm install @nats-io/transport-node'],
    );
    const broken = await refusal(URL, {}, { load: () => Promise.reject(new Error('broken\nat line 3')) });
    assert.equal(broken.message, '@nats-io/transport-node does not load: broken');
  });
});

describe('a broker of others', () => {
  it('is not private without TLS', async () => {
    const { isPrivateBroker, readBrokerSettings } = await import('../../src/bus/broker-settings.js');
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
