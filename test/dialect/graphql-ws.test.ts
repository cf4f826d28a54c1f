import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, sent, takenFor, translated } from './translated.js';

const WIRE = translated('graphql-ws', {});
const next = (id: string, payload: string) => `{"id":"${id}","type":"next","payload":${payload}}`;

test('connection_init, operations of the session with ids of their own, requests by number', () => {
  const wire = translated('graphql-ws', {
    options: { payload: { token: '{{data.token}}' } },
    session: [
      { send: { query: 'mutation { login }' } },
      { subscribe: { query: 'subscription { ticks }', variables: { room: '{{room}}' } } },
      { waitMs: 100 },
    ],
    requests: [{ send: { query: 'query Q($n: Int!) { double(n: $n) }', variables: { n: '{{sequence}}' } } }],
  });
  assert.deepEqual(sent(wire, { row: { token: 'a"b' } }), [
    '{"type":"connection_init","payload":{"token":"a\\"b"}}',
    '{"id":"s2","type":"subscribe","payload":{"query":"mutation { login }"}}',
    '{"id":"s3","type":"subscribe","payload":{"query":"subscription { ticks }","variables":{"room":0}}}',
    null,
    '{"id":"1000000000","type":"subscribe","payload":{"query":"query Q($n: Int!) { double(n: $n) }","variables":{"n":1000000000}}}',
  ]);
  assert.deepEqual(sent(WIRE), ['{"type":"connection_init"}']);
  const [init, login, subscription, pause] = wire.steps;
  assert.equal(fits(init!.expect, 1, '{"type":"connection_ack","payload":{}}'), true);
  assert.equal(fits(login!.expect, 2, next('s2', '{"data":{"login":true}}')), true);
  assert.equal(fits(login!.expect, 2, next('s3', '{"data":{"ticks":1}}')), false);
  // Nothing confirms a subscription: it is done when sent.
  assert.deepEqual([subscription!.expect, pause!.expect], [null, null]);
});

test('who expects something of a subscription waits for the result that has it', () => {
  const { steps } = translated('graphql-ws', {
    session: [
      {
        subscribe: { query: 'subscription { ticks }' },
        expect: { data: { ticks: 1 } },
        capture: { t: '$.data.ticks' },
      },
    ],
  });
  assert.equal(fits(steps[1]!.expect, 2, next('s2', '{"data":{"ticks":1}}')), true);
  assert.equal(fits(steps[1]!.expect, 2, next('s2', '{"data":{"ticks":2}}')), false);
  assert.deepEqual(steps[1]!.captures, [{ name: 't', path: ['payload', 'data', 'ticks'] }]);
});

test('an error refuses the step, also one of an earlier subscription, and so do errors in a result', () => {
  const { steps } = translated('graphql-ws', { session: [{ send: { query: '{ me }' } }] });
  const refusedBy = (text: string) =>
    steps[1]!.refusals.filter(({ match }) => fits(match, 2, text)).map(({ code }) => code);
  assert.deepEqual(refusedBy('{"id":"s2","type":"error","payload":[{"message":"no"}]}'), ['GRAPHQL_ERROR']);
  assert.deepEqual(refusedBy('{"id":"s1","type":"error","payload":[{"message":"no"}]}'), ['GRAPHQL_ERROR']);
  assert.deepEqual(refusedBy(next('s2', '{"data":null,"errors":[{"message":"no"}]}')), ['GRAPHQL_ERROR']);
  assert.deepEqual(refusedBy(next('s2', '{"data":{"errors":[1]}}')), []);
});

test('every message of a server is what it is', () => {
  const found = (text: string) => takenFor(WIRE, text);
  assert.deepEqual(found(next('1000000007', '{"data":{"hello":"world","errors":["a field of that name"]}}')), [
    'reply 1000000007',
  ]);
  assert.deepEqual(found(next('1000000007', '{"data":null,"errors":[{"message":"no"}]}')), ['fails 1000000007']);
  assert.deepEqual(found('{"type":"next","payload":{"errors":[{}],"data":null},"id":"1000000007"}'), [
    'fails 1000000007',
  ]);
  assert.deepEqual(found('{"id":"1000000007","type":"error","payload":[{"message":"no"}]}'), ['fails 1000000007']);
  assert.deepEqual(found('{"id":"1000000007","type":"complete"}'), ['trailer complete']);
  assert.deepEqual(found(next('s2', '{"data":{"ticks":1}}')), ['count next']);
  assert.deepEqual(found('{"id":"s2","type":"complete"}'), ['count subscription ended']);
  assert.deepEqual(found('{"id":"s2","type":"error","payload":[]}'), ['ends subscription refused']);
  assert.deepEqual(found('{"type":"ping","payload":{"type":"next"}}'), ['duty ping']);
  assert.deepEqual(found('{"type":"pong"}'), ['count pong']);
  assert.deepEqual(found('{"type":"connection_ack"}'), ['reply -1']);
});

test('a ping is answered with a pong, unless heartbeats are off', () => {
  const pings = ({ rules }: typeof WIRE) => rules.filter(({ means }) => means === 'duty').map(({ send }) => send);
  assert.deepEqual(pings(WIRE), ['{"type":"pong"}']);
  assert.deepEqual(pings(translated('graphql-ws', { beat: 'off' })), [null]);
});
