import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, requestText, wireFor } from './conversation.js';

const ESTABLISHED = String.raw`{"event":"pusher:connection_established","data":"{\"socket_id\":\"12.34\",\"activity_timeout\":120}"}`;
const INTERNAL = 'pusher_internal:subscription_succeeded';

test('pusher: the server says when the connection is established; its socket_id is kept', async () => {
  const talk = await Conversation.begin(wireFor('pusher'));
  assert.deepEqual(talk.hears(ESTABLISHED), []);
  assert.deepEqual(
    [talk.said, talk.events, talk.captured],
    [[], ['open'], { socket_id: '12.34', 'connection.activity_timeout': 120 }],
  );
});

test('pusher: the server says how often it wants a ping, unless the profile does', async () => {
  const every = async (timeout: string, beat: number | null = null) => {
    const talk = await Conversation.begin(wireFor('pusher', { beat }));
    talk.hears(ESTABLISHED.replace(',\\"activity_timeout\\":120', timeout));
    return talk.events;
  };
  assert.deepEqual(await every(String.raw`,\"activity_timeout\":7.5`), ['beat every 7500 ms', 'open']);
  assert.deepEqual(await every(String.raw`,\"activity_timeout\":0.001`), ['beat every 1000 ms', 'open']);
  for (const none of ['', String.raw`,\"activity_timeout\":0`, String.raw`,\"activity_timeout\":\"soon\"`]) {
    assert.deepEqual(await every(none), ['open']);
  }
  assert.deepEqual(await every(String.raw`,\"activity_timeout\":7.5`, 20_000), ['open']);
});

test('pusher: a channel is subscribed to by name, or with what authorises it', async () => {
  const session = [
    { subscribe: 'room-{{room}}' },
    { subscribe: { channel: 'private-a', auth: 'key:{{data.sign}}' } },
    {
      subscribe: { channel: 'presence-b', auth: 'key:s', channel_data: { user_id: '{{data.user}}' } },
      expect: { presence: { count: 2 } },
      capture: { first: '$.presence.ids[0]' },
    },
    { subscribe: { channel: 'presence-c', auth: 'key:s', channel_data: '{"user_id":"7"}' } },
  ];
  const talk = await Conversation.begin(wireFor('pusher', { session, rooms: 2 }), { sign: 'ab"c', user: 'u"1' });
  assert.deepEqual(talk.hears(ESTABLISHED), ['{"event":"pusher:subscribe","data":{"channel":"room-1"}}']);
  talk.hears(`{"event":"${INTERNAL}","channel":"room-2","data":"{}"}`);
  assert.deepEqual(talk.hears(`{"event":"${INTERNAL}","channel":"room-1","data":"{}"}`), [
    String.raw`{"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:ab\"c"}}`,
  ]);
  const [presence] = talk.hears(`{"event":"${INTERNAL}","data":"{}","channel":"private-a"}`);
  const data = { channel: 'presence-b', auth: 'key:s', channel_data: JSON.stringify({ user_id: 'u"1' }) };
  assert.equal(presence, JSON.stringify({ event: 'pusher:subscribe', data }));
  const joined = JSON.stringify({ presence: { count: 2, ids: ['9'] } });
  assert.deepEqual(talk.hears(JSON.stringify({ event: INTERNAL, channel: 'presence-b', data: joined })), [
    String.raw`{"event":"pusher:subscribe","data":{"channel":"presence-c","auth":"key:s","channel_data":"{\"user_id\":\"7\"}"}}`,
  ]);
  talk.hears(JSON.stringify({ event: INTERNAL, channel: 'presence-c', data: joined }));
  assert.deepEqual(talk.events, ['count internal', 'open']);
  assert.deepEqual(talk.captured, { socket_id: '12.34', 'connection.activity_timeout': 120, first: '9' });
});

test('pusher: refusals go by the name that the protocol gives them', async () => {
  const error = '{"event":"pusher:error","data":{"code":4001,"message":"no such app"}}';
  const denied = '{"event":"pusher:subscription_error","channel":"private-a","data":{"type":"AuthError","status":401}}';
  const cases: [code: string, step: RegExp, ...said: string[]][] = [
    ['pusher:error', /^step connection: /, error],
    ['pusher:error', /step 1: /, ESTABLISHED, error],
    ['pusher:subscription_error', /step 1: /, ESTABLISHED, denied],
  ];
  for (const [code, step, ...said] of cases) {
    const talk = await Conversation.begin(wireFor('pusher', { session: [{ subscribe: 'private-a' }] }));
    for (const frame of said) talk.hears(frame);
    assert.deepEqual(talk.events, [`failed ${code}`]);
    assert.match(talk.failure, step);
  }
});

test('pusher: steps may send client events and wait for events', async () => {
  const session = [{ to: 'private-a client-hi', send: { n: 1 } }, { expect: { event: 'ready', channel: 'private-a' } }];
  const talk = await Conversation.begin(wireFor('pusher', { session }));
  assert.deepEqual(talk.hears(ESTABLISHED), ['{"event":"client-hi","data":{"n":1},"channel":"private-a"}']);
  talk.hears('{"event":"other","channel":"private-a","data":"{}"}');
  talk.hears('{"event":"ready","channel":"private-a","data":"{}"}');
  assert.deepEqual(talk.events, ['count event', 'open']);
});

test('pusher: a request is a client event', () => {
  const send = { text: '{{sequence}}', to: 'room {{room}}' };
  const wire = wireFor('pusher', { requests: [{ name: 'say', to: 'private-{{ room }} client-say', send }], rooms: 4 });
  assert.equal(
    requestText(wire, 3),
    '{"event":"client-say","data":{"text":1000000000,"to":"room 3"},"channel":"private-3"}',
  );
});

test('pusher: pings are answered, everything else is counted under its name', async () => {
  const talk = await Conversation.begin(wireFor('pusher'));
  talk.hears(ESTABLISHED);
  assert.deepEqual(talk.hears('{"event":"pusher:ping","data":"{}"}'), ['{"event":"pusher:pong","data":{}}']);
  talk.hears('{"event":"said","channel":"a","data":"{\\"event\\":\\"pusher_internal:x\\"}"}');
  talk.hears('{"event":"pusher_internal:member_added","channel":"presence-a","data":"{}"}');
  talk.hears('{"event":"pusher:pong","data":"{}"}');
  talk.hears('{"event":"pusher:error","data":{"code":4301,"message":"too fast"}}');
  talk.hears('{"event":"global","data":"{}"}');
  assert.deepEqual(talk.events, [
    ...['open', 'duty ping', 'count event', 'count internal', 'count pong', 'count pusher:error', 'count event'],
  ]);
  const silent = await Conversation.begin(wireFor('pusher', { beat: 'off' }));
  silent.hears(ESTABLISHED);
  assert.deepEqual(silent.hears('{"event":"pusher:ping","data":"{}"}'), []);
  assert.deepEqual(silent.events, ['open', 'duty ping']);
});

test('pusher: the client pings every 30 s', async () => {
  const wire = wireFor('pusher');
  assert.equal(wire.beat!.everyMs, 30_000);
  const talk = await Conversation.begin(wire);
  talk.hears(ESTABLISHED);
  assert.deepEqual(talk.beat(), ['{"event":"pusher:ping","data":{}}']);
});
