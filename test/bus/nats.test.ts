/** The bus over a real NATS broker: what arrives, what goes on after a restart, who may ask what. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerEach, ask, askAll } from '../../src/bus/exchange.js';
import { WsurgeError } from '../../src/errors.js';
import { skipWithout } from '../needs.js';
import { broker, connect, dialled, EMPTY, isBusError, isHeard, later, PATIENCE, refusal, SECRET } from './brokers.js';

const skip = await skipWithout('natsServer');

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
    await dialled(server.port, 6);
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
