import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProtocolName } from '../../src/profile/protocols.js';
import { sent, translated } from './translated.js';

/** What one request without a reply puts on the wire. */
const said = (name: ProtocolName) =>
  sent(translated(name, { requests: [{ to: 'say', send: ['{{sequence}}'], silent: true }] })).at(-1);

test('a request without a reply asks for none, where the protocol has words for that', () => {
  assert.equal(said('none'), '[1000000000]');
  assert.equal(said('socket.io'), '42["say",1000000000]');
  assert.equal(said('json-rpc'), '{"jsonrpc":"2.0","method":"say","params":[1000000000]}');
  assert.equal(said('signalr'), '{"type":1,"target":"say","arguments":[1000000000]}\u001e');
});
