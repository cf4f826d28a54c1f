import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { skipWithout } from '../needs.js';
import { type PeerKind, pythonPeer } from '../peers/python-peer.js';
import { Client } from '../server/client.js';

async function talking(t: TestContext, kind: PeerKind, args: readonly string[] = []): Promise<Client> {
  const peer = await pythonPeer(kind, args);
  t.after(() => peer.stop());
  const client = await Client.open(peer.url);
  t.after(() => client.socket.terminate());
  return client;
}

test('the FastAPI peer speaks the bot protocol', { skip: await skipWithout('fastapi') }, async (t) => {
  const client = await talking(t, 'fastapi');
  const message = { type: 'message', content: 'grüße', sequence: 7 };
  assert.deepEqual(await client.ask(message), message);
  assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' });
  client.send('{');
  assert.equal((await client.nextJson())['code'], 'invalid_json');
  client.send({ type: 'stream', count: 3, rate: 1000 });
  for (const index of [0, 1, 2]) assert.equal((await client.nextJson())['index'], index);
  client.send({ type: 'close', code: 4001, reason: 'asked for' });
  assert.deepEqual(await client.closed, { code: 4001, reason: 'asked for' });
});

test('the websockets peer sends everything back', { skip: await skipWithout('websockets') }, async (t) => {
  const client = await talking(t, 'websockets');
  client.send('not JSON\r\n');
  assert.equal((await client.next()).data.toString(), 'not JSON\r\n');
});
