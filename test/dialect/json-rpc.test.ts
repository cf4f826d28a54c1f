import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, sent, takenFor, translated } from './translated.js';

const WIRE = translated('json-rpc', {});

test('calls: parameters as a list, by name, alone or not at all', () => {
  const wire = translated('json-rpc', {
    session: [
      { to: 'login', send: { token: '{{data.token}}' } },
      { subscribe: ['eth_subscribe', ['newHeads']] },
      { subscribe: ['watch'] },
      { waitMs: 500 },
    ],
    requests: [
      { to: 'eth_call', send: [{ to: '0x1', note: 'number {{sequence}}' }, 'latest'] },
      { to: 'eth_blockNumber' },
      { to: 'sum', send: 7 },
    ],
  });
  assert.deepEqual(sent(wire, { row: { token: 'a"b' } }), [
    '{"jsonrpc":"2.0","id":1,"method":"login","params":{"token":"a\\"b"}}',
    '{"jsonrpc":"2.0","id":2,"method":"eth_subscribe","params":["newHeads"]}',
    '{"jsonrpc":"2.0","id":3,"method":"watch"}',
    null,
    '{"jsonrpc":"2.0","id":1000000000,"method":"eth_call","params":[{"to":"0x1","note":"number 1000000000"},"latest"]}',
    '{"jsonrpc":"2.0","id":1000000000,"method":"eth_blockNumber"}',
    '{"jsonrpc":"2.0","id":1000000000,"method":"sum","params":[7]}',
  ]);
  assert.equal(wire.steps[3]!.expect, null);
});

test('a step waits for the answer with its id, and an error refuses it', () => {
  const { steps } = translated('json-rpc', {
    session: [
      { subscribe: ['eth_subscribe', ['newHeads']] },
      { to: 'login', expect: { ok: true }, capture: { user: '$.user' } },
      { expect: { ready: true } },
    ],
  });
  const [subscribe, login, waiting] = steps;
  const [refusal] = subscribe!.refusals;
  assert.equal(refusal!.code, 'RPC_ERROR');
  const answer = '{"id":1,"jsonrpc":"2.0","result":null}';
  assert.deepEqual(
    [1, 2].map((id) => fits(subscribe!.expect, id, answer)),
    [true, false],
  );
  const refused = '{"id":1,"jsonrpc":"2.0","error":{"code":-32601}}';
  assert.deepEqual(
    [1, 2].map((id) => fits(refusal!.match, id, refused)),
    [true, false],
  );
  assert.equal(fits(refusal!.match, 1, '{"id":1,"error":null,"result":1}'), false);
  assert.equal(fits(login!.expect, 2, '{"id":2,"result":{"ok":true,"user":7}}'), true);
  assert.equal(fits(login!.expect, 2, '{"id":2,"result":{"ok":false}}'), false);
  assert.deepEqual(login!.captures, [{ name: 'user', path: ['result', 'user'] }]);
  assert.equal(fits(waiting!.expect, 3, '{"method":"state","params":{"ready":true}}'), true);
});

test('replies, errors and notifications are told apart, in batches too', () => {
  const reply = '{"id":1000000007,"jsonrpc":"2.0","result":{"method":"x","error":{"code":1}}}';
  const error = '{"jsonrpc":"2.0","error":{"code":-32601,"message":"no"},"id":1000000008}';
  assert.deepEqual(takenFor(WIRE, reply), ['reply 1000000007']);
  assert.deepEqual(takenFor(WIRE, '{"id":"1000000007","error":null,"result":1}'), ['reply 1000000007']);
  assert.deepEqual(takenFor(WIRE, error), ['fails 1000000008']);
  assert.deepEqual(takenFor(WIRE, '{"id":null,"error":{"code":-32700}}'), ['fails -1']);
  const push = '{"jsonrpc":"2.0","method":"eth_subscription","params":{"id":1000000007}}';
  assert.deepEqual(takenFor(WIRE, push), ['count notification']);
  assert.deepEqual(takenFor(WIRE, '{"notification":"news","params":[1]}'), ['count event']);
  const batch = ['reply 1000000007', 'fails 1000000008', 'count notification'];
  assert.deepEqual(takenFor(WIRE, `[${reply},${error} , ${push}]`), batch);
  // A batch that breaks off, or holds nothing, is one message, and answers nothing.
  for (const broken of [`[${reply},`, '[]', `[${reply}`]) assert.deepEqual(takenFor(WIRE, broken), ['reply -1']);
});

test('what a user calls a failure is one of replies only', () => {
  const when = [{ has: ['"ok":false'], means: 'fails' as const, name: 'no' }];
  const wire = translated('json-rpc', { when });
  assert.deepEqual(takenFor(wire, '{"id":1000000007,"result":{"ok":false}}'), ['fails 1000000007']);
  assert.deepEqual(takenFor(wire, '{"method":"state","params":{"ok":false}}'), ['count notification']);
});

test('a request may expect and capture something of its result', () => {
  const { requests } = translated('json-rpc', {
    requests: [{ to: 'open', expect: { state: 'open' }, capture: { handle: '$.handle' } }],
  });
  assert.equal(fits(requests[0]!.expect, 0, '{"id":1000000000,"result":{"state":"open","handle":3}}'), true);
  assert.equal(fits(requests[0]!.expect, 0, '{"id":1000000000,"result":{"state":"shut"}}'), false);
  assert.deepEqual(requests[0]!.captures, [{ name: 'handle', path: ['result', 'handle'] }]);
});
