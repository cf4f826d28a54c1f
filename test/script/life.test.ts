import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type AnyScript, ScriptLife } from '../../src/script/life.js';

/** A life, with what it sent, asked and left alone. */
function lifeOf(script: AnyScript) {
  const told: string[] = [];
  const life = new ScriptLife(
    script,
    { connection: 0, env: { X: 'y' }, data: undefined, room: undefined },
    {
      send: (text) => told.push(`sent ${text}`),
      asks: (name) => {
        told.push(`asks ${name}`);
        return () => told.push(`answered ${name}`);
      },
      left: (payload) => told.push(`left ${payload}`),
    },
  );
  const take = (message: unknown) => life.take(Buffer.from(JSON.stringify(message)));
  return { life, told, take };
}

describe('messages that come in one read', () => {
  test('the second is kept until the script waits again', async () => {
    const { life, told, take } = lifeOf({
      async open(chat) {
        const { n } = await chat.expect({ type: 'a' });
        const answer = await chat.ask('b', { n }, { type: 'b' });
        chat.session.both = [n, answer.n];
      },
    });
    const opening = life.open({ before: 1 });
    assert.equal(take({ type: 'x' }), 'left', 'it waits for something else');
    assert.equal(take({ type: 'a', n: 1 }), 'taken');
    assert.equal(take({ type: 'c' }), 'kept', 'it has not gone on yet');
    assert.equal(take({ type: 'b', n: 2 }), 'kept');
    assert.equal(take({ type: 'd' }), 'kept');
    await opening;
    assert.deepEqual(life.session, { before: 1, both: [1, 2] });
    const left = (type: string) => `left {"type":"${type}"}`;
    assert.deepEqual(told, ['asks b', 'sent {"n":1}', left('c'), 'answered b', left('d')], 'in the order of arrival');
  });

  test('kept messages that a script does not wait for next are let go at once', async () => {
    const { life, told, take } = lifeOf({
      async open(chat) {
        await chat.expect({ type: 'a' });
        await chat.expect({ type: 'b' });
      },
    });
    const opening = life.open({});
    take({ type: 'a' });
    take({ type: 'c' });
    await setImmediate();
    assert.deepEqual(told, ['left {"type":"c"}']);
    assert.match(life.place, /^expect \{"type":"b"\} at \S*life\.test\.js:\d+:\d+$/);
    assert.equal(take({ type: 'b' }), 'taken');
    await opening;
  });

  test('more than a thousand are a flood', () => {
    const { life, take } = lifeOf({ open: () => new Promise(() => {}) });
    void life.open({});
    for (let i = 0; i < 1000; i++) assert.equal(take({ i }), 'kept');
    assert.throws(() => take({}), { code: 'script_flood', message: /more than 1000 messages, or 4 MiB/ });
  });

  test('so is more than 4 MiB', () => {
    const { life } = lifeOf({ open: () => new Promise(() => {}) });
    void life.open({});
    const mega = Buffer.alloc(1024 * 1024, 'x');
    for (let i = 0; i < 4; i++) life.take(mega);
    assert.throws(() => life.take(mega), { code: 'script_flood' });
  });
});

test('a message that is kept is a copy: the read buffer is used again', async () => {
  const { life } = lifeOf({
    async open(chat) {
      await new Promise((resolve) => setImmediate().then(resolve));
      chat.session.got = await chat.expect({ type: 'a' });
    },
  });
  const opening = life.open({});
  const buffer = Buffer.from('{"type":"a"}');
  life.take(buffer);
  buffer.fill(0);
  await opening;
  assert.deepEqual(life.session, { got: { type: 'a' } });
});
