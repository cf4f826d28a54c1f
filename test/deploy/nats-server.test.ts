/** docs/deploy/nats-server.conf on a real nats-server: each user can do its own part, and not the other's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseEnv } from 'node:util';
import {
  connect,
  type NatsConnection,
  type NodeConnectionOptions,
  PermissionViolationError,
  RequestError,
} from '@nats-io/transport-node';
import { orderSubject, reportSubject, whoSubject } from '../../src/fleet/orders.js';
import { skipWithout } from '../needs.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { type Broker, startBroker } from './broker.js';
import { DEPLOY, deployFile } from './deploy-files.js';

const CONFIG = join(DEPLOY, 'nats-server.conf');
const PASSWORDS = { COORDINATOR_PASSWORD: 'of-the-coordinator', AGENT_PASSWORD: 'of-the-agents' };
const TLS = { ca: CERTIFICATE, cert: CERTIFICATE, key: KEY };
/** Far longer than an answer takes: nothing waits for it to pass. */
const TIMEOUT_MS = 30_000;

const WHO = whoSubject('default');
const ORDER = orderSubject('default', 'eu-1-0a1b2c3d');
const OTHER_ORDER = orderSubject('other', 'eu-2-0a1b2c3d');
const UP = reportSubject('default', '0123456789abcdef');

type Outcome = 'granted' | 'refused';

/** Asks a subject on which nobody listens: where the question is let through, the broker says just that. */
async function asks(client: NatsConnection, subject: string): Promise<Outcome> {
  try {
    await client.request(subject, 'x', { timeout: TIMEOUT_MS });
    return 'granted';
  } catch (error) {
    if (error instanceof RequestError && error.isNoResponders()) return 'granted';
    if (violationOf(error) !== null) return 'refused';
    throw error;
  }
}

/** Subscribes, and waits for a ping to be answered: a refusal comes before it. */
async function subscribes(client: NatsConnection, subject: string, queue?: string): Promise<Outcome> {
  let outcome: Outcome = 'granted';
  const subscription = client.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error) => {
      if (error instanceof PermissionViolationError) outcome = 'refused';
    },
  });
  await client.flush();
  if (outcome === 'granted') subscription.unsubscribe();
  return outcome;
}

function violationOf(error: unknown): PermissionViolationError | null {
  if (error instanceof PermissionViolationError) return error;
  return error instanceof Error && error.cause instanceof PermissionViolationError ? error.cause : null;
}

describe('docs/deploy/nats-server.conf', { skip: await skipWithout('natsServer') }, () => {
  let broker: Broker;
  let coordinator: NatsConnection;
  let agent: NatsConnection;
  const open: NatsConnection[] = [];

  const dial = async (options: NodeConnectionOptions) => {
    const client = await connect({ servers: `tls://127.0.0.1:${broker.port}`, reconnect: false, ...options });
    open.push(client);
    return client;
  };

  before(async () => {
    broker = await startBroker(CONFIG, PASSWORDS);
    const users = {
      coordinator: ['_INBOX_c', PASSWORDS.COORDINATOR_PASSWORD],
      agent: ['_INBOX_a', PASSWORDS.AGENT_PASSWORD],
    };
    const [asCoordinator, asAgent] = Object.entries(users).map(([user, [inboxPrefix, pass]]) =>
      dial({ user, pass: pass!, inboxPrefix: inboxPrefix!, tls: TLS }),
    );
    coordinator = await asCoordinator!;
    agent = await asAgent!;
  });
  after(async () => {
    await Promise.all(open.map((client) => client.close()));
    await broker.stop();
  });

  it('lets a coordinator ask, and agents answer', async () => {
    for (const subject of [WHO, ORDER]) {
      const subscription = agent.subscribe(subject, { callback: (_, message) => void message.respond('mine') });
      await agent.flush();
      const answer = await coordinator.request(subject, 'yours?', { timeout: TIMEOUT_MS });
      assert.equal(answer.string(), 'mine');
      subscription.unsubscribe();
    }
  });

  it('lets an agent report, and the coordinator answer', async () => {
    const subscription = coordinator.subscribe(UP, { callback: (_, message) => void message.respond('ok') });
    await coordinator.flush();
    assert.equal((await agent.request(UP, 'a line', { timeout: TIMEOUT_MS })).string(), 'ok');
    subscription.unsubscribe();
  });

  it('lets an agent neither order nor look for agents', async () => {
    for (const subject of [WHO, ORDER, OTHER_ORDER]) assert.equal(await asks(agent, subject), 'refused', subject);
  });

  it('lets an agent not read what other agents report, nor what a coordinator is answered', async () => {
    for (const subject of [UP, 'wsurge.*.run.*.up', '_INBOX_c.>', 'wsurge.>', '>']) {
      assert.equal(await subscribes(agent, subject), 'refused', subject);
    }
    for (const subject of [WHO, ORDER]) assert.equal(await subscribes(agent, subject), 'granted', subject);
  });

  it('lets a coordinator not report, nor stand in for an agent', async () => {
    assert.equal(await asks(coordinator, UP), 'refused');
    for (const subject of [WHO, ORDER, '_INBOX_a.>', '>']) {
      assert.equal(await subscribes(coordinator, subject), 'refused', subject);
    }
    for (const subject of [WHO, ORDER, OTHER_ORDER]) assert.equal(await asks(coordinator, subject), 'granted', subject);
  });

  it('lets each user do its own part of everything that can be asked and heard, and nothing else', async () => {
    const foreign = ['anything', 'wsurge', 'wsurge.default', '_INBOX.x', '$SYS.REQ.SERVER.PING', '$JS.API.INFO'];
    const near = [
      'wsurge.default.who.more',
      'wsurge.a.b.who',
      'wsurge.default.agent.a.b.order',
      'wsurge.default.run.r',
    ];
    const inboxes = ['_INBOX_c.x', '_INBOX_a.x', '_INBOX_c', '_INBOX_a'];
    const asked = [WHO, ORDER, OTHER_ORDER, UP, ...inboxes, ...near, ...foreign];
    const wild = ['>', '*', '*.>', 'wsurge.>', 'wsurge.*.>', '*.default.who', '$SYS.>', '_INBOX_*.>', '_INBOX.>'];
    const whole = ['wsurge.*.who', 'wsurge.*.agent.*.order', 'wsurge.*.run.*.up', '_INBOX_c.>', '_INBOX_a.>'];
    for (const [client, mayAsk, mayHear] of [
      [coordinator, [WHO, ORDER, OTHER_ORDER], [UP, '_INBOX_c.x', whole[2], whole[3]]],
      [agent, [UP], [WHO, ORDER, OTHER_ORDER, '_INBOX_a.x', whole[0], whole[1], whole[4]]],
    ] as const) {
      const granted: string[] = [];
      for (const subject of asked) if ((await asks(client, subject)) === 'granted') granted.push(subject);
      assert.deepEqual(granted, mayAsk, 'asked');
      for (const queue of [undefined, 'shared']) {
        const heard: string[] = [];
        for (const subject of [...asked, ...wild, ...whole]) {
          if ((await subscribes(client, subject, queue)) === 'granted') heard.push(subject);
        }
        assert.deepEqual(heard.toSorted(), mayHear.toSorted(), `heard${queue === undefined ? '' : ' in a group'}`);
      }
    }
  });

  it('lets nobody speak unasked: one question has one answer', async () => {
    assert.equal(await asks(agent, '_INBOX_c.somebody'), 'refused');
    assert.equal(await asks(coordinator, '_INBOX_a.somebody'), 'refused');
    let second: Promise<Outcome> | undefined;
    const subscription = agent.subscribe(ORDER, {
      callback: (_, message) => {
        message.respond('first');
        second = asks(agent, message.reply!);
      },
    });
    await agent.flush();
    assert.equal((await coordinator.request(ORDER, 'x', { timeout: TIMEOUT_MS })).string(), 'first');
    assert.equal(await second, 'refused');
    subscription.unsubscribe();
  });

  it('lets in who has a certificate and a password, and nobody else', async () => {
    const user = { user: 'agent', pass: PASSWORDS.AGENT_PASSWORD };
    await assert.rejects(dial({ ...user, tls: { ca: CERTIFICATE } }), 'without a certificate');
    await assert.rejects(dial({ ...user, pass: PASSWORDS.COORDINATOR_PASSWORD, tls: TLS }), /authorization/i);
    await assert.rejects(dial({ tls: TLS }), /authorization/i);
  });

  it('takes messages of 1 MiB, keeps nothing, and opens no other door', () => {
    const { max_payload: largest, jetstream, tls_required: tls } = coordinator.info!;
    assert.deepEqual([largest, jetstream ?? false, tls], [1024 * 1024, false, true]);
    const doors = broker.said().match(/Listening for .*/g) ?? [];
    assert.equal(doors.length, 1, doors.join('\n'));
  });
});

describe('the user of a fleet, as the comment of nats-server.conf shows it', {
  skip: await skipWithout('natsServer'),
}, () => {
  it('reads orders of its own fleet alone', async () => {
    const [, comment = ''] = /\n((?: {4}# {1,5}[{}\w].*\n)+) {2}\]\n/.exec(deployFile('nats-server.conf')) ?? [];
    const user = comment.slice(comment.indexOf('    # {')).replaceAll('    # ', '    ');
    const file = join(mkdtempSync(join(tmpdir(), 'wsurge-config-')), 'nats-server.conf');
    writeFileSync(file, deployFile('nats-server.conf').replace(/\n {2}\]\n/, `\n${user}  ]\n`));
    const broker = await startBroker(file, { ...PASSWORDS, AGENT_EU_PASSWORD: 'of-eu' });
    try {
      const client = await connect({
        ...{ servers: `tls://127.0.0.1:${broker.port}`, reconnect: false, tls: TLS },
        ...{ user: 'agent-eu', pass: 'of-eu', inboxPrefix: '_INBOX_a' },
      });
      for (const subject of [whoSubject('eu'), orderSubject('eu', 'a-0a1b2c3d')]) {
        assert.equal(await subscribes(client, subject), 'granted', subject);
      }
      assert.equal(await asks(client, reportSubject('eu', '0123456789abcdef')), 'granted');
      for (const subject of [WHO, ORDER]) assert.equal(await subscribes(client, subject), 'refused', subject);
      assert.equal(await asks(client, UP), 'refused');
      await client.close();
    } finally {
      await broker.stop();
      rmSync(dirname(file), { recursive: true, force: true });
    }
  });
});

describe('the lines of docs/deploy/README.md that make certificates', {
  skip: (await skipWithout('natsServer')) || (await skipWithout('openssl')),
}, () => {
  it('make those that the broker and its clients need, and passwords', async () => {
    const [, lines = ''] = /```sh\n(NAMES=[\s\S]*?)```/.exec(deployFile('README.md')) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-certificates-'));
    try {
      const { status, stderr } = spawnSync('bash', ['-e', '-c', lines], { cwd: folder, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const read = (name: string) => readFileSync(join(folder, name), 'utf8');
      const passwords = parseEnv(read('.env')) as Record<string, string>;
      for (const file of ['.env', 'ca-key.pem', 'tls/client-key.pem', 'tls/server-key.pem']) {
        assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
      }
      const made = ['ca.pem', 'server.pem', 'server-key.pem', 'client.pem', 'client-key.pem'];
      assert.deepEqual(readdirSync(join(folder, 'tls')).toSorted(), made.toSorted());
      const files = Object.fromEntries(made.map((name) => [name, read(`tls/${name}`)]));
      const broker = await startBroker(CONFIG, passwords, files);
      try {
        const client = await connect({
          ...{ servers: `tls://localhost:${broker.port}`, reconnect: false },
          ...{ user: 'agent', pass: passwords['AGENT_PASSWORD']! },
          tls: { ca: files['ca.pem']!, cert: files['client.pem']!, key: files['client-key.pem']! },
        });
        await client.close();
      } finally {
        await broker.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
