import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { defineScript, type Script } from '../../src/script/define.js';
import { rehearse } from '../../src/script/rehearse.js';
import { proofOf } from './chat.js';

interface User {
  readonly name: string;
  readonly secret: string;
}

const script = defineScript<User, { id: string }>({
  async open(chat) {
    const { nonce } = await chat.expect({ type: 'challenge' });
    const proof = createHmac('sha256', chat.data.secret).update(nonce).digest('hex');
    const welcome = await chat.ask('login', { type: 'login', user: chat.data.name, proof }, { type: 'welcome' });
    chat.session.id = welcome.id;
    await chat.ask('join', { type: 'join', room: chat.room }, { type: 'joined' });
  },
  requests: {
    say: {
      weight: 1,
      build: (chat, m) => ({ type: 'say', room: chat.room, from: chat.session.id, sequence: m.sequence }),
    },
    history: { weight: 4, build: (chat, m) => ({ type: 'history', id: m.sequence, room: chat.room }) },
  },
  onFrame(chat, frame) {
    if (frame.type === 'captcha') chat.send({ type: 'solved', answer: frame.a + frame.b });
    return 'captcha';
  },
});
const ANN = { name: 'ann', secret: 's' };
const opened = async (one: Script, ...messages: object[]) => {
  const chat = rehearse(one);
  await chat.gets(...messages);
  return chat;
};

describe('the chat of the design', () => {
  test('logs in, joins and builds its messages', async () => {
    const chat = rehearse(script, { data: ANN, room: 3 });
    assert.equal(chat.sent.length, 0);
    await chat.gets({ type: 'challenge', nonce: 'n' });
    assert.equal(chat.sent.at(-1).user, 'ann');
    assert.equal(chat.sent.at(-1).proof, proofOf('s', 'n'));
    assert.ok(!chat.isOpen);
    assert.throws(() => chat.message('history', 0), /not open: ask login at .*rehearse\.test\.js:\d+/);
    await chat.gets({ type: 'welcome', id: 'u1' }, { type: 'joined' });
    assert.ok(chat.isOpen);
    assert.equal(chat.failure, null);
    assert.deepEqual(chat.sent[1], { type: 'join', room: 3 });
    assert.deepEqual(chat.message('history', 0), { type: 'history', id: 1000000000, room: 3 });
    assert.deepEqual(chat.message('say', 2), { type: 'say', room: 3, from: 'u1', sequence: 1000000002 });
    await chat.gets({ type: 'captcha', a: 2, b: 3 });
    assert.deepEqual([chat.sent.at(-1), chat.heard], [{ type: 'solved', answer: 5 }, ['captcha']]);
  });

  test('the numbers of a connection are those of the run', async () => {
    const chat = rehearse(script, { data: ANN, room: 0, connection: 3, connections: 10 });
    await chat.gets({ type: 'challenge', nonce: 'n' }, { type: 'welcome', id: 'u1' }, { type: 'joined' });
    assert.equal(chat.message('history', 0).id, 1_000_000_003);
    assert.equal(chat.message('history', 7).id, 1_000_000_073);
  });

  test('what does not fit is left alone, however much of it comes', async () => {
    const chat = rehearse(script, { data: ANN, room: 3 });
    await chat.gets({ type: 'motd' }, 'no JSON', { type: 'challenge', nonce: 'n' }, { type: 'welcome', id: 'u1' });
    await chat.gets({ type: 'joined' });
    assert.ok(chat.isOpen);
    assert.deepEqual(chat.heard, ['captcha', 'captcha'], 'onFrame is asked about both');
  });
});

describe('what a script may expect', () => {
  const waits = (subset: object | string) => {
    const chat = rehearse({
      open: async (talk) => {
        await talk.expect(subset);
      },
    });
    return async (message: object | string) => {
      await chat.gets(message);
      return chat.isOpen;
    };
  };

  test('a part of an object, a list as it is, a part of the text', async () => {
    assert.ok(await waits({ a: { b: 1 } })({ a: { b: 1, c: 2 }, d: 3 }));
    assert.ok(!(await waits({ a: { b: 1 } })({ a: { b: 2 } })));
    assert.ok(!(await waits({ a: [1] })({ a: [1, 2] })));
    assert.ok(await waits({ text: 'ell' })('hello'));
    assert.ok(await waits({ text: 'ell' })({ said: 'hello' }));
    assert.ok(!(await waits({ text: 'ell', type: 'a' })({ type: 'a', text: 'hello' })), 'two members are a subset');
    assert.ok(await waits('hello')('hello'));
  });

  test('several at a time: each message goes to the first that it fits', async () => {
    const order: unknown[] = [];
    const chat = await opened(
      {
        async open(talk) {
          const [b, a] = await Promise.all([talk.expect({ type: 'b' }), talk.expect({ type: 'a' })]);
          order.push(b.n, a.n);
        },
      },
      { type: 'a', n: 1 },
      { type: 'b', n: 2 },
    );
    assert.ok(chat.isOpen);
    assert.deepEqual(order, [2, 1]);
  });
});

describe('a script that goes wrong', () => {
  const request = (build: NonNullable<Script['requests']>[string]['build'], fresh = false): Script => ({
    requests: { ask: { build, fresh } },
  });
  const failureOf = (one: Script) => {
    const chat = rehearse(one);
    assert.ok(!chat.isOpen);
    return chat.failure;
  };
  const HERE = /rehearse\.test\.js:\d+:\d+/;

  test('open that throws is named with its place', async () => {
    const chat = await opened(
      {
        open: async (talk) => {
          await talk.expect({ go: true });
          throw new Error('no such user');
        },
      },
      { go: true },
    );
    assert.ok(!chat.isOpen);
    assert.match(chat.failure!, /^open threw at \S*rehearse\.test\.js:\d+:\d+: no such user$/);
  });

  test('data, rooms and names that are not there', async () => {
    const throwing = (use: (chat: { data: unknown; room: unknown }) => unknown) =>
      opened({ open: (chat) => void use(chat) }).then(({ failure }) => failure);
    assert.match(
      (await throwing(({ data }) => data))!,
      /no chat\.data: the profile must say so, e\.g\. `data: users\.csv`/,
    );
    assert.match((await throwing(({ room }) => room))!, /no chat\.room: .*`rooms: 20`/);
    const unnamed = await opened({ open: async (chat) => void (await chat.ask('', {}, {})) });
    assert.match(unnamed.failure!, /a name is a text of 1 to 64 characters/);
  });

  test('two messages differ in more than their number', () => {
    const problem = failureOf(request((_, m) => ({ id: m.sequence, next: m.sequence + 1 })));
    assert.match(problem!, /^request ask: two messages differ in more than their number: .*1234567891.*6789012346/);
    assert.match(problem!, /say `fresh: true`/);
    assert.match(
      failureOf(request((_, m) => (m.sequence % 2 === 0 ? { id: m.sequence } : { id: m.sequence, odd: 1 })))!,
      /differ/,
    );
    assert.match(failureOf(request((_, m) => `${m.sequence}${m.sequence % 2 === 0 ? '' : ' odd'}`))!, /differ/);
  });

  test('the number may stand anywhere, also in a text, and several times', () => {
    const chat = rehearse(request((_, m) => ({ id: m.sequence, text: `é ${m.sequence}!`, ten: 1234567890 })));
    assert.deepEqual(chat.message('ask', 5), { id: 1000000005, text: 'é 1000000005!', ten: 1234567890 });
  });

  test('fresh messages may differ in anything', () => {
    const chat = rehearse(request((_, m) => ({ id: m.sequence, odd: m.sequence % 2 }), true));
    assert.deepEqual(
      [0, 1].map((n) => chat.message('ask', n).odd),
      [0, 1],
    );
  });

  test('build that throws, or makes nothing', () => {
    const failure = failureOf(
      request(() => {
        throw new Error('oh');
      }),
    );
    assert.match(failure!, /^build of ask threw at \S+: oh$/);
    assert.match(failure!, HERE);
    assert.match(failureOf(request(() => undefined as never))!, /build of ask threw at .*a message is a text or JSON/);
  });

  test('a send outside of open and onFrame', async () => {
    const inBuild = failureOf(
      request((chat, m) => {
        (chat as never as { send(message: object): void }).send({});
        return { m };
      }),
    );
    assert.match(inBuild!, /chat\.send is for open and onFrame: .* said by the plan/);
    let later: (() => void) | undefined;
    const chat = await opened({
      open(talk) {
        later = () => talk.send({ late: true });
      },
    });
    assert.ok(chat.isOpen);
    assert.throws(later!, /chat\.send is for open and onFrame/);
    assert.deepEqual(chat.sent, []);
  });

  test('onFrame that throws, is async, or says what is no name', async () => {
    const said = async (onFrame: unknown) => (await opened({ onFrame } as Script, { type: 'x' })).failure;
    assert.match(
      (await said((_: unknown, frame: { a: { b: 1 } }) => frame.a.b))!,
      /^onFrame threw at \S+:\d+:\d+: Cannot read/,
    );
    assert.match((await said(async () => 'x'))!, /returned a promise: it must not be async/);
    assert.match((await said(() => Promise.reject(new Error('later'))))!, /returned a promise/);
    assert.match((await said(() => 7))!, /returned number; it returns a name, 'fail' or nothing/);
    assert.match((await said(() => 'fail'))!, /^onFrame says 'fail' of \{"type":"x"\}$/);
    assert.equal(await said(() => undefined), null);
  });

  test('what is no script at all', () => {
    assert.throws(() => rehearse({}), { code: 'profile_invalid' });
  });
});
