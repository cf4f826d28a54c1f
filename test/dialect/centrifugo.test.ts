import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, requestText, wireFor } from './conversation.js';

const CONNECTED = '{"id":1,"connect":{"client":"c1","version":"6","ping":25,"pong":true}}';

test('centrifugo: connect carries token and data, each filled in for its connection', async () => {
  const bare = await Conversation.begin(wireFor('centrifugo'));
  assert.deepEqual(bare.said, ['{"id":1,"connect":{}}']);
  const options = { token: '{{data.jwt}}', data: { user: '{{connection}}', name: 'c-{{connection}}' } };
  const talk = await Conversation.begin(wireFor('centrifugo', { options }), { jwt: 'e30"' });
  assert.deepEqual(talk.said, [String.raw`{"id":1,"connect":{"token":"e30\"","data":{"user":3,"name":"c-3"}}}`]);
  talk.hears(CONNECTED);
  assert.deepEqual(talk.events, ['open']);
});

test('centrifugo: refusals go by the command that was refused', async () => {
  const session = [{ subscribe: 'news' }, { to: 'rpc hello' }];
  const cases: [code: string, step: RegExp, ...said: string[]][] = [
    ['CONNECT_ERROR', /^step connect: /, '{"id":1,"error":{"code":109,"message":"token expired"}}'],
    ['SUBSCRIBE_ERROR', /step 1: /, CONNECTED, '{"id":2,"error":{"code":103,"message":"permission denied"}}'],
    [
      'REPLY_ERROR',
      /step 2: /,
      CONNECTED,
      '{"id":2,"subscribe":{}}',
      '{"id":3,"error":{"code":108,"message":"no method"}}',
    ],
  ];
  for (const [code, step, ...said] of cases) {
    const talk = await Conversation.begin(wireFor('centrifugo', { session }));
    for (const frame of said) talk.hears(frame);
    assert.deepEqual(talk.events, [`failed ${code}`]);
    assert.match(talk.failure, step);
  }
});

test('centrifugo: steps subscribe, call and publish, and wait for the reply with their id', async () => {
  const session = [
    { subscribe: 'news' },
    { subscribe: { channel: 'room:{{room}}', token: 't' }, expect: { recoverable: true } },
    { to: 'rpc whoami', capture: { me: '$.user' } },
    { to: 'publish room:{{ room }}', send: { from: '{{session.me}}' } },
  ];
  const talk = await Conversation.begin(wireFor('centrifugo', { session, rooms: 2 }));
  assert.deepEqual(talk.hears(CONNECTED), ['{"id":2,"subscribe":{"channel":"news"}}']);
  assert.deepEqual(talk.hears('{"push":{"channel":"news","pub":{"data":{"id":2}}}}\n{"id":2,"subscribe":{}}\n'), [
    '{"id":3,"subscribe":{"channel":"room:1","token":"t"}}',
  ]);
  assert.deepEqual(talk.hears('{"id":3,"subscribe":{"recoverable":true,"epoch":"x"}}'), [
    '{"id":4,"rpc":{"method":"whoami","data":{}}}',
  ]);
  assert.deepEqual(talk.hears('{"id":4,"rpc":{"data":{"user":"ann"}}}'), [
    '{"id":5,"publish":{"channel":"room:1","data":{"from":"ann"}}}',
  ]);
  talk.hears('{"id":5,"publish":{}}');
  assert.deepEqual(talk.events, ['count push', 'open']);
});

test('centrifugo: requests are rpcs and publishes with the number of the message as id', () => {
  const wire = wireFor('centrifugo', {
    requests: [
      { name: 'sum', to: 'rpc sum', send: [1, '{{sequence}}'], expect: { sum: 3 }, capture: { last: '$.sum' } },
      { name: 'say', to: 'publish room:{{room}}', send: { text: 'hi' }, capture: { at: '$.offset' } },
    ],
  });
  assert.equal(requestText(wire), '{"id":1000000000,"rpc":{"method":"sum","data":[1,1000000000]}}');
  const [sum, say] = wire.requests;
  assert.deepEqual(sum!.expect, { json: { at: ['rpc', 'data'], subset: '{"sum":3}' } });
  assert.deepEqual(sum!.captures, [{ name: 'last', path: ['rpc', 'data', 'sum'] }]);
  assert.equal(say!.send, '{"id":{{sequence}},"publish":{"channel":"room:{{t1:room}}","data":{"text":"hi"}}}');
  assert.deepEqual(say!.captures, [{ name: 'at', path: ['publish', 'offset'] }]);
});

test('centrifugo: several replies share a frame; errors fail, pushes are counted', async () => {
  const talk = await Conversation.begin(wireFor('centrifugo'));
  talk.hears(
    [
      CONNECTED,
      '{"id":1000000000,"rpc":{"data":{"error":"not this one"}}}',
      '{"id":1000000001,"error":{"code":108,"message":"method not found"}}',
      '{"push":{"channel":"news","pub":{"data":{"error":"nor this one"}}}}',
      '{"push":{"channel":"news","unsubscribe":{"code":2500,"reason":"shut"}}}',
      '{"push":{"channel":"news","pub":{"data":"unsubscribe"}}}',
      '{"push":{"disconnect":{"code":3000,"reason":"shutdown"}}}',
      '{ "push": {"channel":"news","join":{}} }',
      '{"id":1000000002,"publish":{}}',
    ].join('\n'),
  );
  assert.deepEqual(talk.events, [
    ...['open', 'reply 1000000000', 'fails 1000000001', 'count push', 'count unsubscribe', 'count push'],
    ...['count disconnect', 'count push', 'reply 1000000002'],
  ]);
});

test('centrifugo: pings are answered only if connect said so, during the session too', async () => {
  const asked = await Conversation.begin(wireFor('centrifugo', { session: [{ subscribe: 'news' }] }));
  assert.deepEqual(asked.hears('{}'), []);
  asked.hears(CONNECTED);
  assert.deepEqual(asked.hears('{}'), ['{}']);
  assert.deepEqual(asked.hears('{"id":2,"subscribe":{}}\n{}\n'), ['{}']);
  assert.deepEqual(asked.events, ['duty ping', 'duty ping', 'open', 'duty ping']);
  const spared = await Conversation.begin(wireFor('centrifugo'));
  assert.deepEqual(spared.hears('{"id":1,"connect":{"client":"c1","ping":25}}\n{}'), []);
  assert.deepEqual(spared.events, ['open', 'duty ping']);
  const off = await Conversation.begin(wireFor('centrifugo', { beat: 'off' }));
  assert.deepEqual(off.hears(`${CONNECTED}\n{}`), []);
});
