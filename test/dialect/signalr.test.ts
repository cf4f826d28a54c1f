import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, requestText, wireFor } from './conversation.js';

const RS = '\u001e';
const HANDSHAKE = `{"protocol":"json","version":1}${RS}`;

test('signalr: the handshake is a record, and its empty answer makes the connection ready', async () => {
  const talk = await Conversation.begin(wireFor('signalr'));
  assert.deepEqual(talk.said, [HANDSHAKE]);
  assert.deepEqual(talk.hears(`{}${RS}`), []);
  assert.deepEqual(talk.events, ['open']);
});

test('signalr: what follows the handshake in its frame is taken too', async () => {
  const talk = await Conversation.begin(wireFor('signalr'));
  talk.hears(`{}${RS}{"type":6}${RS}{"type":1,"target":"hi","arguments":[]}${RS}`);
  assert.deepEqual(talk.events, ['open', 'count ping', 'count event']);
});

test('signalr: a refused handshake and an early goodbye fail the connect by name', async () => {
  const refused = await Conversation.begin(wireFor('signalr'));
  refused.hears(`{"error":"no such protocol"}${RS}`);
  assert.deepEqual(refused.events, ['failed HANDSHAKE_ERROR']);
  assert.match(refused.failure, /^step handshake: .*no such protocol/);
  const closed = await Conversation.begin(wireFor('signalr'));
  closed.hears(`{"type":7,"error":"full"}${RS}`);
  assert.deepEqual(closed.events, ['failed CLOSE']);
});

test('signalr: a step invokes a method and waits for its completion', async () => {
  const session = [
    { to: 'Join', send: ['room-{{room}}', '{{data.seat}}'], expect: { ok: true }, capture: { nick: '$.nick' } },
    { to: 'Greet', send: ['{{session.nick}}'] },
    { expect: { target: 'Welcome' } },
  ];
  const talk = await Conversation.begin(wireFor('signalr', { session, rooms: 2 }), { seat: '"7"' });
  assert.deepEqual(talk.hears(`{}${RS}`), [
    `{"type":1,"invocationId":"2","target":"Join","arguments":["room-1","\\"7\\""]}${RS}`,
  ]);
  assert.deepEqual(talk.hears(`{"type":3,"invocationId":"9","result":{"ok":true,"nick":"eve"}}${RS}`), []);
  assert.deepEqual(talk.hears(`{"type":3,"invocationId":"2","result":{"ok":true,"nick":"ann"}}${RS}`), [
    `{"type":1,"invocationId":"3","target":"Greet","arguments":["ann"]}${RS}`,
  ]);
  talk.hears(`{"type":3,"invocationId":"3","result":null}${RS}`);
  assert.deepEqual(talk.events, []);
  talk.hears(`{"type":1,"target":"Welcome","arguments":["ann"]}${RS}`);
  assert.deepEqual(talk.events, ['open']);
  assert.deepEqual(talk.captured, { nick: 'ann' });
});

test('signalr: a step whose invocation fails, or during which the server leaves, fails the connect by name', async () => {
  for (const [said, code] of [
    ['{"type":3,"invocationId":"2","error":"no seat"}', 'INVOCATION_ERROR'],
    ['{"type":7}', 'CLOSE'],
  ]) {
    const talk = await Conversation.begin(wireFor('signalr', { session: [{ to: 'Join' }] }));
    assert.deepEqual(talk.hears(`{}${RS}`), [`{"type":1,"invocationId":"2","target":"Join","arguments":[]}${RS}`]);
    talk.hears(`${said}${RS}`);
    assert.deepEqual(talk.events, [`failed ${code}`]);
  }
});

test('signalr: a request is an invocation with the number of the message, and its completion is the reply', async () => {
  const wire = wireFor('signalr', { requests: [{ name: 'add', to: 'Add', send: [1, '{{sequence}}'], expect: 3 }] });
  assert.equal(
    requestText(wire),
    `{"type":1,"invocationId":"1000000000","target":"Add","arguments":[1,1000000000]}${RS}`,
  );
  assert.deepEqual(wire.requests[0]!.expect, { json: { at: ['result'], subset: '3' } });
  const talk = await Conversation.begin(wire);
  talk.hears(`{}${RS}`);
  talk.hears(
    `{"type":3,"invocationId":"1000000000","result":3}${RS}{"type":3,"invocationId":"1000000001"}${RS}` +
      `{"error":"bad","type":3,"invocationId":"1000000002"}${RS}{"type":3,"invocationId":"x","result":1}${RS}` +
      `{"type":3,"invocationId":"1000000003","result":{"error":"not this one"}}${RS}`,
  );
  assert.deepEqual(talk.events.slice(1), [
    'reply 1000000000',
    'reply 1000000001',
    'fails 1000000002',
    'reply -1',
    'reply 1000000003',
  ]);
});

test('signalr: events, pings, streams and goodbyes are counted under their names', async () => {
  const talk = await Conversation.begin(wireFor('signalr'));
  talk.hears(`{}${RS}`);
  talk.hears(
    [
      '{"type":1,"target":"said","arguments":[{"error":"not this one"}]}',
      '{"type":1,"invocationId":"s1","target":"askClient","arguments":[]}',
      '{"type":2,"invocationId":"1000000000","item":1}',
      '{"type":6}',
      '{"type":7,"error":"restart"}',
    ].join(RS) + RS,
  );
  const names = ['event', 'client result', 'stream item', 'ping', 'close'];
  assert.deepEqual(
    talk.events.slice(1),
    names.map((name) => `count ${name}`),
  );
});

test('signalr: the client pings every 15 s, unless told otherwise', async () => {
  const wire = wireFor('signalr');
  assert.deepEqual(wire.beat, { everyMs: 15_000, send: `{"type":6}${RS}` });
  assert.equal(wireFor('signalr', { beat: 'off' }).beat, null);
  const talk = await Conversation.begin(wire);
  assert.deepEqual(talk.beat(), []);
  talk.hears(`{}${RS}`);
  assert.deepEqual(talk.beat(), [`{"type":6}${RS}`]);
});
