import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, sent, takenFor, translated } from './translated.js';

const CHAT = translated('socket.io', { options: { namespace: '/chat' } });

test('the default namespace is left out, any other stands in front; events of requests have their number', () => {
  const words = {
    session: [
      { to: 'join', send: ['room-{{room}}'] },
      { to: 'who', capture: { nick: '$.nick' } },
      { to: 'ready', expect: true },
      { waitMs: 100 },
    ],
    requests: [
      { to: 'say', send: ['{{sequence}} hello', { n: '{{sequence}}' }] },
      { to: 'time' },
      { to: 'move', send: { x: 1 } },
    ],
  };
  assert.deepEqual(sent(translated('socket.io', { ...words, options: { namespace: '/' } })), [
    null,
    '40',
    '42["join","room-0"]',
    '424["who"]',
    '425["ready"]',
    null,
    '421000000000["say","1000000000 hello",{"n":1000000000}]',
    '421000000000["time"]',
    '421000000000["move",{"x":1}]',
  ]);
  const options = { namespace: '/chat', auth: { token: '{{data.token}}' } };
  assert.deepEqual(sent(translated('socket.io', { ...words, options }), { row: { token: 'a"b' } }).slice(0, 7), [
    null,
    '40/chat,{"token":"a\\"b"}',
    '42/chat,["join","room-0"]',
    '42/chat,4["who"]',
    '42/chat,5["ready"]',
    null,
    '42/chat,1000000000["say","1000000000 hello",{"n":1000000000}]',
  ]);
});

test('the session: handshake, connect or refusal, acknowledged steps, steps that wait for an event', () => {
  const { steps } = translated('socket.io', {
    options: { namespace: '/chat' },
    session: [
      { to: 'join' },
      { to: 'login', expect: { ok: true }, capture: { nick: '$.nick' } },
      { expect: ['welcome', { room: 7 }], capture: { at: '$[1].at' } },
    ],
  });
  const [handshake, connect, join, login, welcome] = steps;
  assert.equal(fits(handshake!.expect, 1, '0{"sid":"x","pingInterval":25000}'), true);
  assert.equal(fits(connect!.expect, 2, '40/chat,{"sid":"x"}'), true);
  const [refusal] = connect!.refusals;
  assert.equal(refusal!.code, 'CONNECT_ERROR');
  assert.equal(fits(refusal!.match, 2, '44/chat,{"message":"no"}'), true);
  assert.equal(join!.expect, null);
  assert.equal(fits(login!.expect, 4, '43/chat,4[{"ok":true,"nick":"ann"}]'), true);
  assert.equal(fits(login!.expect, 4, '43/chat,4[{"ok":false}]'), false);
  assert.deepEqual(login!.captures, [{ name: 'nick', path: [0, 'nick'] }]);
  assert.equal(fits(welcome!.expect, 5, '42/chat,["welcome",{"room":7,"at":3}]'), true);
  // The server asks for an acknowledgement.
  assert.equal(fits(welcome!.expect, 5, '42/chat,19["welcome",{"room":7}]'), true);
  assert.equal(fits(welcome!.expect, 5, '42/chat,["news",{"room":7}]'), false);
  assert.deepEqual(welcome!.captures, [{ name: 'at', path: [1, 'at'] }]);
});

test('every message of a server is what it is', () => {
  const found = (text: string) => takenFor(CHAT, text);
  assert.deepEqual(found('43/chat,1000000007[{"ok":true}]'), ['reply 1000000007']);
  assert.deepEqual(found('461-/chat,1000000007[{"_placeholder":true,"num":0}]'), ['reply 1000000007']);
  assert.deepEqual(found('4610-/chat,1000000007[]'), ['reply 1000000007']);
  assert.deepEqual(found('43/chat,10000000071[]'), ['reply -1']);
  assert.deepEqual(found('431000000007[]'), ['reply -1']);
  assert.deepEqual(found('2'), ['duty ping']);
  assert.deepEqual(found('42/chat,["said","1000000007"]'), ['count event']);
  assert.deepEqual(found('451-/chat,["photo",{"_placeholder":true,"num":0}]'), ['count binary event']);
  assert.deepEqual(found('41/chat,'), ['ends disconnect']);
  assert.deepEqual(found('6'), ['count noop']);
  assert.deepEqual(takenFor(translated('socket.io', {}), '41'), ['ends disconnect']);
});

test('the bytes of an attachment are never taken for a message', () => {
  for (const bytes of ['2', '43/chat,1000000007[]', '41/chat,', '\0\u0001']) {
    assert.deepEqual(takenFor(CHAT, bytes, true), ['trailer attachment']);
  }
});

test('what a user calls a failure is one of acknowledgements only, and a rule of a user comes first', () => {
  const wire = translated('socket.io', {
    when: [
      { has: ['"error":'], means: 'fails', name: 'no' },
      { has: ['["tick"'], means: 'count', name: 'tick' },
    ],
  });
  assert.deepEqual(takenFor(wire, '431000000007[{"error":"full"}]'), ['fails 1000000007']);
  assert.deepEqual(takenFor(wire, '42["state",{"error":"full"}]'), ['count event']);
  assert.deepEqual(takenFor(wire, '42["tick",1]'), ['count tick']);
});

test('a request may expect and capture something of its acknowledgement, with or without attachments', () => {
  const { requests } = translated('socket.io', {
    options: { namespace: '/chat' },
    requests: [{ to: 'open', expect: { ok: true }, capture: { id: '$.id' } }, { to: 'time' }],
  });
  const { expect, captures } = requests[0]!;
  assert.equal(fits(expect, 0, '43/chat,1000000000[{"ok":true,"id":3}]'), true);
  assert.equal(fits(expect, 0, '461-/chat,1000000000[{"ok":true,"id":{"_placeholder":true,"num":0}}]'), true);
  assert.equal(fits(expect, 0, '43/chat,1000000000[{"ok":false}]'), false);
  assert.deepEqual(captures, [{ name: 'id', path: [0, 'id'] }]);
  assert.equal(requests[1]!.expect, null);
});

test('a heartbeat is answered, unless heartbeats are off', () => {
  const pongs = (beat?: 'off') =>
    translated('socket.io', beat === undefined ? {} : { beat }).rules.find(({ means }) => means === 'duty')!.send;
  assert.deepEqual([pongs(), pongs('off')], ['3', null]);
});
