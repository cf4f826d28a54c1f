import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Wire } from '../../../src/dialect/wire.js';
import type { PooledConnection } from '../../../src/engine/pool.js';
import { Captured } from '../../../src/engine/session/captured.js';
import { Scripted } from '../../../src/engine/session/scripted.js';
import { speaking } from '../../../src/engine/session/speaking.js';
import type { AnyScript } from '../../../src/script/life.js';
import { cellWith } from '../../plan/cell-builder.js';
import { ruleWith, stepWith, wireWith } from '../../plan/wire-builder.js';
import { type FakeConnection, FakeServer } from '../fake-server.js';
import { ManualClock } from '../manual-clock.js';
import { shardOf } from '../run-engine.js';

const { endpoint } = shardOf(cellWith(), 0, 1);

/** One connection with a script, and all it tells. */
class Talk {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  readonly captured = new Captured();
  readonly server = new FakeServer({ clock: this.clock });
  readonly connection: PooledConnection;

  constructor(script: AnyScript, words: Partial<Wire> = {}) {
    const wire = wireWith({ ...words, script: { path: 'chat.mjs', sha256: '' } });
    const scripted = new Scripted({
      ...{ script, wire, clock: this.clock, isNumbered: true, shard: { env: {}, worker: 0, workers: 1 } },
      recorder: {
        script: {
          asked: (name, us) => this.told.push(`asked ${name}: ${us}`),
          heard: (name, means) => this.told.push(`heard ${name} ${means}`),
        },
        error: (_, code) => this.told.push(`error ${code}`),
      },
      end: () => this.told.push('end'),
    });
    const connect = speaking(this.server.connect, {
      ...{ wire, scripted, captured: this.captured },
      events: {
        onReply: (_, __, ___, bytes, start, end) => this.told.push(`reply ${bytes.toString('utf8', start, end)}`),
        onDelivery: () => false,
        onRuled: (_, rule) => this.told.push(`rule ${rule}`),
        onStep: () => {},
      },
    });
    this.connection = connect(
      0,
      0,
      { endpoint, connection: 0, env: {}, row: { user: 'ann' }, connectTimeoutMs: 1000 },
      {
        onOpen: () => this.told.push('open'),
        onFailed: (_, { phase, code, message }) => this.told.push(`failed ${phase} ${code}: ${message}`),
        onFrame: () => this.told.push('frame'),
        onReadEnd: () => {},
        onPong: () => {},
        onClose: (_, code) => this.told.push(`closed ${code}`),
        onError: (_, code) => this.told.push(`error ${code}`),
      },
      this.clock,
    );
  }

  get raw(): FakeConnection {
    return this.server.connections[0]!;
  }

  get said(): string[] {
    return this.server.heard.map(({ text }) => text);
  }

  async after(ms: number): Promise<void> {
    await this.clock.runUntil(this.clock.nowUs() + ms * 1000);
  }

  /** Messages that come with one read: the script goes on only after all of them. */
  says(...messages: object[]): void {
    for (const message of messages) this.raw.deliver(Buffer.from(JSON.stringify(message)));
  }
}

const never = () => new Promise<void>(() => {});
const PING = ruleWith('ping', 'duty', 'ping', 'pong');
const TICK = ruleWith('tick', 'count', 'tick');

describe('a connection with a script', () => {
  it('opens when the script has opened, after the steps of the profile; values go both ways', async () => {
    const login = stepWith('login', { send: 'login', expect: {}, captures: [{ name: 'token', path: ['token'] }] });
    const talk = new Talk(
      {
        async open(chat) {
          const { id } = await chat.ask('join', { token: chat.session.token, user: chat.data.user }, { joined: true });
          chat.session.id = id;
        },
      },
      { steps: [login] },
    );
    await talk.after(10);
    talk.says({ token: 7 });
    await setImmediate();
    assert.deepEqual(talk.said, ['login', '{"token":7,"user":"ann"}']);
    await talk.after(20);
    assert.ok(!talk.connection.isOpen);
    talk.says({ joined: true, id: 'u1' });
    await setImmediate();
    assert.deepEqual(talk.told, ['asked join: 20000', 'open']);
    assert.deepEqual(talk.captured.of(0), { token: 7, id: 'u1' });
    assert.ok(talk.connection.isOpen && talk.connection.canSend);
    await talk.after(2000);
    assert.deepEqual(talk.told.slice(2), [], 'no deadline any more');
  });

  it('answers duties at once, while the script waits for nothing', async () => {
    const talk = new Talk({ open: never }, { rules: [PING] });
    await talk.after(10);
    talk.says({ ping: 1 });
    assert.deepEqual([talk.said, talk.told], [['pong'], ['rule 0']]);
  });

  it('keeps what comes with the same read, and judges later what the script does not want', async () => {
    const talk = new Talk(
      {
        async open(chat) {
          await chat.expect({ a: 1 });
          await chat.expect({ b: 1 });
        },
        onFrame: (_, frame) => (frame.c === 1 ? 'c' : undefined),
      },
      { rules: [TICK] },
    );
    await talk.after(10);
    talk.says({ tick: 0 }, { a: 1 }, { tick: 1 }, { c: 1 }, { b: 1 }, { tick: 2 });
    assert.deepEqual(talk.told, ['rule 0'], 'it waited for something else');
    await setImmediate();
    assert.deepEqual(talk.told, ['rule 0', 'rule 0', 'heard c count', 'rule 0', 'open']);
  });

  it('tells where the script was when the time is over, or the server closes', async () => {
    const asks: AnyScript = { open: async (chat) => void (await chat.ask('seat', {}, { seated: true })) };
    const late = new Talk(asks);
    await late.after(1000);
    assert.match(
      late.told.join(),
      /^failed session session_timeout: script, ask seat at \S*speaking-script\.test\.js:\d+:\d+: not done within 1 s$/,
    );
    const closed = new Talk(asks);
    await closed.after(10);
    closed.raw.drop(4403);
    assert.match(
      closed.told.join(),
      /^failed session closed_4403: script, ask seat at .*: the server closed with 4403/,
    );
  });

  it('fails by what open throws, what it cannot build, and what it calls a failure', async () => {
    const failures: [AnyScript, RegExp][] = [
      [{ open: () => Promise.reject(new Error('no')) }, /^failed session script_open: open threw at .*: no$/],
      [{ requests: { ask: { build: () => ({}) } } }, /^failed session script_number: request ask: its message/],
      [{ open: never, onFrame: () => 'fail' }, /^$/],
    ];
    for (const [script, expected] of failures) {
      const requests = Object.keys(script.requests ?? {}).map((name) => ({
        ...{ name, weight: 1, send: '', expect: null, captures: [], built: { fresh: false } },
      }));
      const talk = new Talk(script, { requests });
      await talk.after(10);
      await setImmediate();
      assert.match(talk.told.join(), expected);
      assert.ok(!talk.connection.isOpen);
    }
    const waits: AnyScript = { open: async (chat) => void (await chat.expect({ a: 1 })), onFrame: () => 'fail' };
    const talk = new Talk(waits);
    await talk.after(10);
    talk.says({ error: 1 });
    assert.deepEqual(talk.told, [`failed session script_fail: onFrame says 'fail' of {"error":1}`]);
  });

  it('fails by a flood that the script does not read', async () => {
    const talk = new Talk({ open: never });
    await talk.after(10);
    talk.says(...Array.from({ length: 1500 }, (_, i) => ({ i })));
    assert.match(talk.told.join(), /^failed session script_flood: more than 1000 messages[^,]*, or 4 MiB, [^,]*$/);
    assert.ok(talk.raw.closedByUs);
  });

  it('that was given up tells nothing when its script goes on', async () => {
    let goOn = () => {};
    const talk = new Talk({ open: () => new Promise((resolve) => (goOn = resolve)) });
    await talk.after(10);
    talk.connection.terminate();
    goOn();
    await setImmediate();
    assert.deepEqual([talk.told, talk.connection.isOpen], [[], false]);
  });
});
