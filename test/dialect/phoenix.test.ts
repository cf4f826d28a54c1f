import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, requestText, wireFor } from './conversation.js';

test('phoenix: a socket is ready at once; a topic is joined by subscribe', async () => {
  assert.deepEqual((await Conversation.begin(wireFor('phoenix'))).events, ['open']);
  const session = [
    { subscribe: 'room:{{room}}' },
    { subscribe: { topic: 'user:1', payload: { token: '{{data.token}}' } }, capture: { id: '$.id' } },
  ];
  const talk = await Conversation.begin(wireFor('phoenix', { session, rooms: 2 }), { token: 't' });
  assert.deepEqual(talk.said, ['["1","1","room:1","phx_join",{}]']);
  assert.deepEqual(talk.hears('["1","1","room:1","phx_reply",{"response":{},"status":"ok"}]'), [
    '["1","2","user:1","phx_join",{"token":"t"}]',
  ]);
  talk.hears('["1",null,"room:1","presence_state",{}]');
  talk.hears('["1","2","user:1","phx_reply",{"response":{"id":7},"status":"ok"}]');
  assert.deepEqual(talk.events, ['count broadcast', 'open']);
  assert.deepEqual(talk.captured, { id: 7 });
});

test('phoenix: a refused join and a refused push fail the connect by name', async () => {
  const refused = await Conversation.begin(wireFor('phoenix', { session: [{ subscribe: 'room:1' }] }));
  refused.hears('["1","1","room:1","phx_reply",{"response":{"reason":"unauthorized"},"status":"error"}]');
  assert.deepEqual(refused.events, ['failed JOIN_ERROR']);
  assert.match(refused.failure, /unauthorized/);
  const session = [{ to: 'room:1 enter', expect: { ok: true } }];
  const push = await Conversation.begin(wireFor('phoenix', { session }));
  assert.deepEqual(push.said, ['["1","1","room:1","enter",{}]']);
  // An `ok` that speaks of an error, and an error of another push.
  push.hears('["1","1","room:1","phx_reply",{"response":{"status":"error"},"status":"ok"}]');
  push.hears('["1","9","room:1","phx_reply",{"response":{},"status":"error"}]');
  assert.deepEqual(push.events, []);
  push.hears('["1","1","room:1","phx_reply",{"status":"error","response":{}}]');
  assert.deepEqual(push.events, ['failed REPLY_ERROR']);
});

test('phoenix: a push of a step is waited for only where something is asked of its reply', async () => {
  const session = [
    { to: 'room:{{ room }} shout', send: { body: 'hi' } },
    { to: 'room:1 enter', timeoutMs: 500 },
    { to: 'room:1 seat', expect: { free: true } },
  ];
  const talk = await Conversation.begin(wireFor('phoenix', { session, rooms: 2 }));
  assert.deepEqual(talk.said, ['["1","1","room:1","shout",{"body":"hi"}]', '["1","2","room:1","enter",{}]']);
  assert.deepEqual(talk.hears('["1","2","room:1","phx_reply",{"status":"ok","response":{}}]'), [
    '["1","3","room:1","seat",{}]',
  ]);
  talk.hears('["1","3","room:1","phx_reply",{"status":"ok","response":{"free":false}}]');
  assert.deepEqual(talk.events, []);
  talk.hears('["1","3","room:1","phx_reply",{"status":"ok","response":{"free":true,"row":3}}]');
  assert.deepEqual(talk.events, ['open']);
});

test('phoenix: a request is a push with the number of the message as its ref, and says what its reply is', async () => {
  const wire = wireFor('phoenix', {
    requests: [{ name: 'say', to: 'room:{{room}} new_msg', send: { body: '{{sequence}} from {{connection}}' } }],
    rooms: 4,
  });
  assert.equal(requestText(wire, 3), '["1","1000000000","room:3","new_msg",{"body":"1000000000 from 3"}]');
  const own = wireFor('phoenix', { requests: [{ name: 'beat', to: 'phoenix heartbeat' }] });
  assert.equal(requestText(own), '[null,"1000000000","phoenix","heartbeat",{}]');
  const talk = await Conversation.begin(wire);
  talk.hears('["1","1000000000","room:3","phx_reply",{"response":{},"status":"ok"}]');
  talk.hears('["1","1000000001","room:3","phx_reply",{"response":{"status":"error"},"status":"ok"}]');
  talk.hears('["1","1000000002","room:3","phx_reply",{"response":{},"status":"error"}]');
  talk.hears('["1","1000000003","room:3","phx_reply",{ "status": "error", "response": {} }]');
  assert.deepEqual(talk.events.slice(1), [
    'reply 1000000000',
    'reply 1000000001',
    'fails 1000000002',
    'fails 1000000003',
  ]);
});

test('phoenix: broadcasts, crashed and closed channels are counted under their names', async () => {
  const talk = await Conversation.begin(wireFor('phoenix'));
  talk.hears('[null,null,"room:1","new_msg",{"status":"error"}]');
  talk.hears('["1",null,"room:1","new_msg",{}]');
  talk.hears('["1","1","room:1","phx_error",{}]');
  talk.hears('["1","1","room:1","phx_close",{}]');
  const names = ['broadcast', 'broadcast', 'phx_error', 'phx_close'];
  assert.deepEqual(
    talk.events.slice(1),
    names.map((name) => `count ${name}`),
  );
});

test('phoenix: a heartbeat goes out every 30 s, and its answer is counted, not taken for a reply', async () => {
  const wire = wireFor('phoenix');
  assert.equal(wire.beat!.everyMs, 30_000);
  assert.equal(wireFor('phoenix', { beat: 500 }).beat!.everyMs, 500);
  const talk = await Conversation.begin(wire);
  assert.deepEqual(talk.beat(), ['[null,"0","phoenix","heartbeat",{}]']);
  talk.hears('[null,"0","phoenix","phx_reply",{"response":{},"status":"ok"}]');
  assert.deepEqual(talk.events.slice(1), ['count heartbeat reply']);
});
