import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolSpoken } from '../../src/dialect/recognise.js';

const says = (...messages: string[]) => protocolSpoken({ messages, closed: null });
const closes = (code: number, reason: string) => protocolSpoken({ messages: [], closed: { code, reason } });

test('what servers of each protocol say first', () => {
  assert.equal(says('0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'), 'socket.io');
  assert.equal(says('{"type":"welcome"}'), 'actioncable');
  assert.equal(says('{"type":"welcome","sid":"s1"}'), 'actioncable');
  assert.equal(says('{"type":"ping","message":1700000000}'), 'actioncable');
  assert.equal(says('{"type":"disconnect","reason":"unauthorized","reconnect":false}'), 'actioncable');
  assert.equal(says('{"event":"pusher:connection_established","data":"{}"}'), 'pusher');
  assert.equal(says('{}\u001e'), 'signalr');
  assert.equal(says('{"error":"The protocol is not supported."}\u001e{"type":7}\u001e'), 'signalr');
  assert.equal(says('["1","1","room:1","phx_reply",{"status":"ok","response":{}}]'), 'phoenix');
  assert.equal(says('{"type":"connection_ack"}'), 'graphql-ws');
  assert.equal(says('{"jsonrpc":"2.0","error":{"code":-32600},"id":null}'), 'json-rpc');
  assert.equal(says('ERROR\nmessage:Bad CONNECT\n\nno\n\0\n'), 'stomp');
  assert.equal(says('CONNECTED\r\nversion:1.2\r\n\r\n\0'), 'stomp');
  assert.equal(closes(4400, 'Invalid message received'), 'graphql-ws');
  assert.equal(closes(4408, 'Connection initialisation timeout'), 'graphql-ws');
  assert.equal(closes(4429, 'Too many initialisation requests'), 'graphql-ws');
  assert.equal(closes(3501, 'bad request'), 'centrifugo');
});

test('what servers of their own kind say shows no protocol', () => {
  for (const text of [
    'hello',
    '0',
    '{"type":"welcome","user":"u1"}',
    '{"type":"ping"}',
    '{"type":"ping","message":"x"}',
    '{"event":"pushed"}',
    '{}',
    '[1,2,3,4,5]',
    'no json\u001e',
    'ERROR\nsomething went wrong',
    'ERRORS\n\n',
    `{"jsonrpc":"2.0","x":"${'x'.repeat(70_000)}"}`,
  ]) {
    assert.equal(says(text), null, text.slice(0, 60));
  }
  assert.equal(closes(4400, 'bad token'), null);
  assert.equal(closes(1008, 'policy'), null);
  assert.equal(protocolSpoken({ messages: [], closed: null }), null);
});

test('the first message that shows a protocol decides', () => {
  assert.equal(says('hello', '{"type":"connection_ack"}', '{}\u001e'), 'graphql-ws');
});
