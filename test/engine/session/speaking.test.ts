import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Wire } from '../../../src/dialect/wire.js';
import type { PooledConnection } from '../../../src/engine/pool.js';
import { Captured } from '../../../src/engine/session/captured.js';
import { speaking } from '../../../src/engine/session/speaking.js';
import type { TranscriptEvent } from '../../../src/engine/session/transcript.js';
import { cellWith } from '../../plan/cell-builder.js';
import { ruleWith, stepWith, wireWith } from '../../plan/wire-builder.js';
import { type FakeConnection, FakeServer, type FakeServerOptions } from '../fake-server.js';
import { ManualClock } from '../manual-clock.js';
import { shardOf } from '../run-engine.js';

const { endpoint } = shardOf(cellWith(), 0, 1);
const HELLO = stepWith('hello', { expect: { has: ['hello'] } });
const LOGIN = stepWith('login', {
  timed: true,
  send: 'login {{data.user}} {{connection}} {{stepId}}',
  expect: { starts: 'welcome' },
  refusals: [{ match: { starts: 'denied' }, code: 'DENIED' }],
  captures: [{ name: 'token', path: ['token'] }],
});
const PING = ruleWith('ping', 'duty', 'ping', 'pong {{session.token}}');

/** One speaking connection, number 5 of the cell and 2 of its worker, and all it tells. */
class Talk {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  readonly transcript: TranscriptEvent[] = [];
  readonly captured = new Captured();
  readonly server: FakeServer;
  readonly connection: PooledConnection;

  constructor(wire: Partial<Wire>, options: Omit<FakeServerOptions, 'clock'> = {}, connectTimeoutMs = 1000) {
    this.server = new FakeServer({ ...options, clock: this.clock });
    const text = (bytes: Buffer, start: number, end: number) => bytes.toString('utf8', start, end);
    const connect = speaking(this.server.connect, {
      wire: wireWith(wire),
      captured: this.captured,
      told: (event) => this.transcript.push(event),
      events: {
        onReply: (index, number, fails, bytes, start, end) =>
          this.told.push(`${index} reply ${number}${fails ? ' fails' : ''} ${text(bytes, start, end)}`),
        onDelivery: () => false,
        onRuled: (index, rule, bytes) => this.told.push(`${index} rule ${rule}, ${bytes} bytes`),
        onStep: (timed, us) => this.told.push(`step ${timed} took ${us}`),
      },
    });
    this.connection = connect(
      2,
      0,
      { endpoint, connection: 5, env: {}, row: { user: 'ann' }, connectTimeoutMs },
      {
        onOpen: (index) => this.told.push(`${index} open`),
        onFailed: (index, { phase, code, message }) => this.told.push(`${index} failed ${phase} ${code}: ${message}`),
        onFrame: () => this.told.push('frame'),
        onReadEnd: () => {},
        onPong: (index) => this.told.push(`${index} pong`),
        onClose: (index, code, clean) => this.told.push(`${index} closed ${code} ${clean}`),
        onError: (index, code) => this.told.push(`${index} error ${code}`),
      },
      this.clock,
    );
  }

  get raw(): FakeConnection {
    return this.server.connections[5]!;
  }

  get said(): string[] {
    return this.server.heard.map(({ text }) => text);
  }

  async after(ms: number): Promise<void> {
    await this.clock.runUntil(this.clock.nowUs() + ms * 1000);
  }

  says(text: string): void {
    this.raw.deliver(Buffer.from(text));
  }
}

describe('a speaking connection', () => {
  it('opens when its session is ready, and is timed from then on', async () => {
    const talk = new Talk({ steps: [HELLO, LOGIN] });
    await talk.after(10);
    assert.deepEqual([talk.told, talk.said, talk.connection.isOpen, talk.connection.canSend], [[], [], false, false]);
    assert.equal(talk.connection.times.openUs, null);
    talk.says('hello');
    assert.deepEqual(talk.said, ['login ann 5 2']);
    await talk.after(20);
    talk.says('welcome {"token":"t"}');
    assert.deepEqual(talk.told, ['step -1 took 9000', 'step 0 took 20000', '2 open']);
    const { startUs, openUs, upgradedUs } = talk.connection.times;
    assert.deepEqual([openUs! - startUs, upgradedUs! - startUs], [30_000, 1000]);
    assert.deepEqual([talk.connection.isOpen, talk.connection.canSend], [true, true]);
    assert.deepEqual(talk.captured.of(2), { token: 't' });
    assert.equal(talk.clock.timers, 0);
  });

  it('without steps it is open when the upgrade is done', async () => {
    const talk = new Talk({ rules: [PING] });
    await talk.after(1);
    assert.deepEqual([talk.told, talk.connection.times.openUs], [['2 open'], talk.connection.times.upgradedUs]);
  });

  it('takes only what fits for the answer; the rest is judged by the rules, or left alone', async () => {
    const talk = new Talk({ steps: [HELLO], rules: [PING, ruleWith('tick', 'count', 'tick')] });
    await talk.after(1);
    for (const text of ['other', 'tick', 'ping', '1000000001', 'hello', 'hello', 'tick']) talk.says(text);
    assert.deepEqual(
      talk.told,
      ['2 rule 1, 4 bytes', '2 rule 0, 4 bytes', 'step -1 took 0', '2 open'].concat([
        '2 reply -2 hello',
        '2 rule 1, 4 bytes',
      ]),
    );
    assert.deepEqual(talk.said, ['pong {{session.token}}']);
    const received = talk.transcript.flatMap((event) => (event.type === 'received' ? [event.as] : []));
    assert.deepEqual(received, ['ignored', 'count', 'duty', 'ignored', 'expected', 'reply', 'count']);
  });

  it('reads the number of a reply where the wire says, and whether it says no', async () => {
    const talk = new Talk({
      key: { kind: 'member', name: 'id' },
      rules: [ruleWith('error', 'fails', '"error":'), ruleWith('known', 'reply', 'known')],
    });
    await talk.after(1);
    for (const text of ['{"id":1000000001}', '{"error":1,"id":"1000000002"}', '{"known":1}']) talk.says(text);
    assert.deepEqual(talk.told.slice(1), [
      '2 reply 1000000001 {"id":1000000001}',
      '2 reply 1000000002 fails {"error":1,"id":"1000000002"}',
      '2 reply -1 {"known":1}',
    ]);
  });

  it('splits frames, also where the session becomes ready in the middle of one', async () => {
    const talk = new Talk({ steps: [HELLO, LOGIN_NOW], separator: 0x1e, rules: [PING] });
    await talk.after(1);
    talk.says('\x1e\x1ehello\x1eping\x1ewelcome\x1epi');
    assert.deepEqual(talk.told, ['step -1 took 0', '2 rule 0, 4 bytes', 'step -1 took 0', '2 open', '2 reply -2 pi']);
  });

  it('does duties at once, with what was captured, and only if what they need is true', async () => {
    const needs = { ...ruleWith('beat', 'duty', 'beat', 'beat back'), needs: 'pongs' };
    const off = ruleWith('off', 'duty', 'off');
    const steps = [stepWith('welcome', { expect: { has: ['token'] }, captures: [{ name: 'token', path: ['token'] }] })];
    const talk = new Talk({
      steps,
      rules: [PING, needs, off],
      beat: { everyMs: 10, send: 'client beat {{connection}}' },
    });
    await talk.after(1);
    talk.connection.beat!();
    assert.deepEqual(talk.said, []);
    talk.says('{"token":7}');
    for (const text of ['ping', 'beat', 'off']) talk.says(text);
    talk.connection.beat!();
    assert.deepEqual(talk.said, ['pong 7', 'client beat 5']);
    talk.captured.add(2, { pongs: true, token: 8 });
    for (const text of ['ping', 'beat']) talk.says(text);
    assert.deepEqual(talk.said.slice(2), ['pong 8', 'beat back']);
    // A server that does not read: nothing piles up.
    talk.raw.bufferedBytes = 2 ** 20 + 1;
    talk.says('ping');
    talk.connection.beat!();
    assert.equal(talk.said.length, 4);
    assert.equal(talk.told.filter((each) => each.includes('rule 0')).length, 3);
  });
});

const LOGIN_NOW = stepWith('login', { send: 'login', expect: { starts: 'welcome' } });

describe('a session that does not become ready', () => {
  it('fails when a step takes too long, and says what came instead', async () => {
    const talk = new Talk({ steps: [{ ...HELLO, timeoutMs: 100 }] });
    await talk.after(1);
    for (const text of ['what', 'is', 'this']) talk.says(text);
    await talk.after(99);
    assert.deepEqual(talk.told, []);
    await talk.after(1);
    assert.deepEqual(talk.told, [
      '2 failed session step_timeout: step hello: nothing that fits came within 0.1 s; 3 other messages came, the first is what',
    ]);
    await talk.after(2000);
    assert.deepEqual([talk.told.length, talk.raw.closedByUs, talk.clock.timers], [1, true, 0]);
  });

  it('fails when the deadline of the connect is over, whatever its steps may take', async () => {
    const talk = new Talk({ steps: [stepWith('a', { waitMs: 600 }), { ...HELLO, timeoutMs: 600 }] }, {});
    await talk.after(999);
    assert.deepEqual(talk.told, ['step -1 took 0']);
    await talk.after(1);
    assert.deepEqual(talk.told.slice(1), ['2 failed session session_timeout: step hello: not done within 1 s']);
    talk.says('hello');
    assert.equal(talk.told.length, 2);
  });

  it('fails at once where the upgrade is done when the deadline is over', async () => {
    const talk = new Talk({ steps: [HELLO] }, { connectMs: () => 1000 }, 1000);
    await talk.after(1001);
    assert.deepEqual(talk.told, ['2 failed session session_timeout: step hello: not done within 1 s']);
  });

  it('fails when the server refuses, with the code of the refusal', async () => {
    const talk = new Talk({ steps: [HELLO, LOGIN] });
    await talk.after(1);
    talk.says('denied');
    talk.says('hello');
    talk.says('denied: wrong password');
    talk.says('welcome {"token":1}');
    assert.deepEqual(talk.told, [
      'step -1 took 0',
      '2 failed session DENIED: step login: the server refused: denied: wrong password',
    ]);
    await talk.after(5000);
    assert.equal(talk.told.length, 2);
  });

  it('fails at once where a step waits and a rule says that what came says no', async () => {
    const talk = new Talk({ steps: [HELLO, LOGIN], rules: [ruleWith('no', 'fails', 'error')] });
    await talk.after(1);
    talk.says('hello');
    talk.says('{"type":"error","message":"bad token"}');
    assert.deepEqual(talk.told, [
      'step -1 took 0',
      '2 failed session step_failed: step login: the server says no (no): {"type":"error","message":"bad token"}',
    ]);
  });

  it('fails where what came lacks what is to be captured', async () => {
    const talk = new Talk({ steps: [HELLO, LOGIN] });
    await talk.after(1);
    talk.says('hello');
    talk.says('welcome {"tok":1}');
    assert.deepEqual(talk.told.slice(1), [
      '2 failed session capture_missing: step login: no token in welcome {"tok":1}',
    ]);
  });

  it('fails when the server closes, or the connection breaks', async () => {
    const talk = new Talk({ steps: [HELLO, { ...LOGIN, repeat: 3 }] });
    await talk.after(1);
    talk.says('hello');
    talk.raw.drop(4401);
    assert.deepEqual(talk.told.slice(1), ['2 failed session closed_4401: step login: the server closed with 4401']);
    await talk.after(5000);
    assert.deepEqual([talk.told.length, talk.clock.timers], [2, 0]);
  });

  it('fails as any other where there is no upgrade', async () => {
    const talk = new Talk({ steps: [HELLO] }, { connectMs: () => null });
    await talk.after(5000);
    assert.deepEqual([talk.told, talk.clock.timers], [['2 failed tcp ECONNREFUSED: refused'], 0]);
  });

  it('fails where the server reads nothing of what many steps say', async () => {
    const talk = new Talk({ steps: [stepWith('fill', { send: 'x', repeat: 10 })] });
    talk.raw.bufferedBytes = 2 ** 24 + 1;
    await talk.after(1);
    assert.deepEqual(talk.told, ['2 failed session unread: step fill: the server does not read what it is sent']);
    assert.equal(talk.said.length, 0);
  });

  it('leaves nothing behind where the connect itself cannot be asked for', () => {
    const clock = new ManualClock();
    const server = new FakeServer({ clock, impossible: 5 });
    const events = { onReply: () => {}, onDelivery: () => false, onRuled: () => {}, onStep: () => {} };
    const connect = speaking(server.connect, { wire: wireWith({ steps: [HELLO] }), captured: new Captured(), events });
    const options = { endpoint, connection: 5, env: {}, connectTimeoutMs: 1000 };
    assert.throws(() => connect(2, 0, options, {} as never, clock), /bad header/);
    assert.equal(clock.timers, 0);
  });
});

describe('steps', () => {
  it('are repeated, paused, and numbered', async () => {
    const steps = [
      stepWith('watch', { send: 'watch {{step}} {{stepId}}', expect: { starts: 'ok {{step}}' }, repeat: 2 }),
      stepWith('pause', { waitMs: 50 }),
      stepWith('done', { send: 'done {{stepId}}' }),
    ];
    const talk = new Talk({ steps }, { hears: (connection, text) => connection.deliver(Buffer.from(`ok ${text[6]}`)) });
    await talk.after(1);
    assert.deepEqual(talk.said, ['watch 0 1', 'watch 1 2']);
    await talk.after(49);
    assert.equal(talk.said.length, 2);
    await talk.after(1);
    assert.deepEqual([talk.said[2], talk.told.at(-1)], ['done 4', '2 open']);
  });

  it('that are done at once may be as many as one likes', async () => {
    const talk = new Talk({ steps: [stepWith('x', { send: 'x', repeat: 50_000 })] });
    await talk.after(1);
    assert.deepEqual([talk.said.length, talk.told.at(-1)], [50_000, '2 open']);
  });

  it('tell a transcript: what they say, what came, what they were done with', async () => {
    const talk = new Talk({ steps: [HELLO, LOGIN_NOW] });
    await talk.after(1);
    talk.says('hello');
    talk.says('welcome');
    assert.deepEqual(
      talk.transcript.map((event) => ('name' in event ? `${event.type} ${event.name}` : event.type)),
      ['step hello', 'received', 'done hello', 'step login', 'received', 'done login'],
    );
  });
});

describe('the end of a connection', () => {
  it('that is open is told as that of any other', async () => {
    const talk = new Talk({ rules: [PING] });
    await talk.after(1);
    talk.connection.ping();
    await talk.after(1);
    talk.connection.close();
    assert.equal(talk.connection.closedByUs, true);
    await talk.after(10);
    talk.says('ping');
    assert.deepEqual(talk.told, ['2 open', '2 pong', '2 closed 1000 true']);
    assert.deepEqual([talk.connection.isOpen, talk.connection.canSend], [false, false]);
    const cut = new Talk({ rules: [PING] });
    await cut.after(1);
    cut.connection.terminate();
    await cut.after(1);
    assert.deepEqual(cut.told, ['2 open', '2 closed 1006 false']);
  });

  it('that is given up by this side while it connects or opens is not told at all', async () => {
    for (const ms of [0, 5]) {
      for (const how of ['close', 'terminate'] as const) {
        const talk = new Talk({ steps: [stepWith('a', { waitMs: 1 }), HELLO] });
        await talk.after(ms);
        talk.connection[how]();
        await talk.after(5000);
        talk.says('hello');
        assert.deepEqual(talk.told, ms === 0 ? [] : ['step -1 took 0']);
        assert.equal(talk.clock.timers, 0);
      }
    }
  });

  it('is no session any more: what comes late is nobody’s', async () => {
    const talk = new Talk({ steps: [HELLO, LOGIN] });
    await talk.after(1);
    talk.says('hello');
    talk.connection.terminate();
    talk.says('welcome {"token":1}');
    await talk.after(2000);
    assert.deepEqual(talk.told, ['step -1 took 0']);
  });
});
