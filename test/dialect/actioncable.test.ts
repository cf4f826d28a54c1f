import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, requestText, wireFor } from './conversation.js';

const WELCOME = '{"type":"welcome"}';

/** What the server says of a channel; Rails writes some characters with escapes that nobody asked for. */
function about(identifier: object, more: object): string {
  return JSON.stringify({ identifier: JSON.stringify(identifier), ...more }).replaceAll('<', '\\u003c');
}

test('actioncable: the server welcomes, then a channel is subscribed to by its identifier, JSON in a string', async () => {
  const session = [{ subscribe: 'ChatChannel' }, { subscribe: { channel: 'RoomChannel', room: '{{room}}' } }];
  const talk = await Conversation.begin(wireFor('actioncable', { session, rooms: 2 }));
  assert.deepEqual(talk.said, []);
  assert.deepEqual(talk.hears(WELCOME), [
    String.raw`{"command":"subscribe","identifier":"{\"channel\":\"ChatChannel\"}"}`,
  ]);
  // Confirmations of other channels, and pushes that come first, are not the one that is awaited.
  talk.hears(about({ channel: 'Other' }, { type: 'confirm_subscription' }));
  talk.hears(about({ channel: 'ChatChannel' }, { message: 'early' }));
  assert.deepEqual(talk.hears(about({ channel: 'ChatChannel' }, { type: 'confirm_subscription' })), [
    String.raw`{"command":"subscribe","identifier":"{\"channel\":\"RoomChannel\",\"room\":1}"}`,
  ]);
  talk.hears(about({ channel: 'RoomChannel', room: 1 }, { type: 'confirm_subscription' }));
  assert.deepEqual(talk.events, ['count confirm_subscription', 'count push', 'open']);
});

test('actioncable: values of any kind stay what they are through both strings', async () => {
  const token = 'a"b\\c\n<é>';
  const session = [
    { subscribe: { channel: 'C', token: '{{data.token}}', note: 'is {{data.token}}' } },
    { to: { channel: 'C', token: '{{data.token}}' }, send: { said: '{{data.token}}' }, words: { action: 'say' } },
  ];
  const talk = await Conversation.begin(wireFor('actioncable', { session }), { token });
  const [subscribe] = talk.hears(WELCOME);
  const identifier = { channel: 'C', token, note: `is ${token}` };
  assert.equal(subscribe, JSON.stringify({ command: 'subscribe', identifier: JSON.stringify(identifier) }));
  const [message] = talk.hears(about(identifier, { type: 'confirm_subscription' }));
  const wanted = {
    command: 'message',
    identifier: JSON.stringify({ channel: 'C', token }),
    data: JSON.stringify({ said: token, action: 'say' }),
  };
  assert.equal(message, JSON.stringify(wanted));
  assert.deepEqual(talk.events, ['open']);
});

test('actioncable: refusals go by the name that the protocol gives them', async () => {
  const begin = () => Conversation.begin(wireFor('actioncable', { session: [{ subscribe: 'ChatChannel' }] }));
  const cases: [code: string, step: RegExp, ...said: string[]][] = [
    ['unauthorized', /^step welcome: /, '{"type":"disconnect","reason":"unauthorized","reconnect":false}'],
    ['disconnect', /^step welcome: /, '{"type":"disconnect","reason":"server_restart","reconnect":true}'],
    ['disconnect', /step 1: /, WELCOME, '{"type":"disconnect","reason":"remote","reconnect":false}'],
    ['reject_subscription', /step 1: /, WELCOME, about({ channel: 'ChatChannel' }, { type: 'reject_subscription' })],
  ];
  for (const [code, step, ...said] of cases) {
    const talk = await begin();
    for (const frame of said) talk.hears(frame);
    assert.deepEqual(talk.events, [`failed ${code}`]);
    assert.match(talk.failure, step);
  }
  const other = await begin();
  other.hears(WELCOME);
  other.hears(about({ channel: 'Other' }, { type: 'reject_subscription' }));
  assert.deepEqual(other.events, ['count reject_subscription']);
});

test('actioncable: a step that expects something waits for such a push of its channel', async () => {
  const session = [
    { to: 'ChatChannel', send: { q: 1 }, words: { action: 'ask' }, expect: { ok: true }, capture: { id: '$.id' } },
    { subscribe: 'LogChannel', expect: { text: 'ready' } },
  ];
  const talk = await Conversation.begin(wireFor('actioncable', { session }));
  assert.deepEqual(talk.hears(WELCOME), [
    String.raw`{"command":"message","identifier":"{\"channel\":\"ChatChannel\"}","data":"{\"q\":1,\"action\":\"ask\"}"}`,
  ]);
  talk.hears(about({ channel: 'Other' }, { message: { ok: true, id: 1 } }));
  talk.hears(about({ channel: 'ChatChannel' }, { message: { ok: false, id: 2 } }));
  assert.equal(talk.hears(about({ channel: 'ChatChannel' }, { message: { ok: true, id: 3 } })).length, 1);
  talk.hears(about({ channel: 'LogChannel' }, { type: 'confirm_subscription' }));
  talk.hears(about({ channel: 'LogChannel' }, { message: 'ready' }));
  assert.deepEqual(talk.events, ['count push', 'count push', 'count confirm_subscription', 'open']);
  assert.deepEqual(talk.captured, { id: 3 });
});

test('actioncable: a request is an action, whose data is JSON in a string', () => {
  const request = { name: 'say', to: { channel: 'RoomChannel', room: '{{room}}' }, words: { action: 'speak' } };
  const wire = wireFor('actioncable', {
    requests: [{ ...request, send: { text: '{{sequence}}', from: 'c{{connection}}' } }],
    rooms: 4,
  });
  assert.equal(
    requestText(wire, 3),
    String.raw`{"command":"message","identifier":"{\"channel\":\"RoomChannel\",\"room\":3}",` +
      String.raw`"data":"{\"text\":1000000000,\"from\":\"c3\",\"action\":\"speak\"}"}`,
  );
  const bare = wireFor('actioncable', { requests: [{ name: 'ping', to: 'C' }] });
  assert.equal(requestText(bare), String.raw`{"command":"message","identifier":"{\"channel\":\"C\"}","data":"{}"}`);
});

test('actioncable: pushes, pings and goodbyes are counted, and nothing is answered', async () => {
  const wire = wireFor('actioncable');
  assert.equal(wire.beat, null);
  const talk = await Conversation.begin(wire);
  talk.hears(WELCOME);
  talk.hears('{"type":"ping","message":1700000000}');
  talk.hears(about({ channel: 'C' }, { message: { type: 'ping' } }));
  talk.hears(about({ channel: 'C' }, { message: null }));
  talk.hears(String.raw`{ "message": 1, "identifier": "{\"channel\":\"C\"}" }`);
  talk.hears(about({ channel: 'C', message: 1 }, { type: 'confirm_subscription' }));
  talk.hears('{"type":"disconnect","reason":"remote","reconnect":true}');
  const names = ['ping', 'push', 'push', 'push', 'confirm_subscription', 'disconnect'];
  assert.deepEqual(
    talk.events.slice(1),
    names.map((name) => `count ${name}`),
  );
  assert.deepEqual(talk.said, []);
});
