import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scenario } from '../../../src/check/check.js';
import type { ScenarioResult } from '../../../src/check/runner.js';
import { connectScenario } from '../../../src/check/scenarios/connect.js';
import { orderScenario } from '../../../src/check/scenarios/order.js';
import { sendScenario } from '../../../src/check/scenarios/send.js';
import { troubleScenario } from '../../../src/check/scenarios/trouble.js';
import { skipWithout, type ToolName } from '../../needs.js';
import { nodePeer, type Peer } from '../../peers/child-peer.js';
import { withPeer } from '../../peers/stand-in.js';
import { checkSession, withStatus } from './check-session.js';

interface Spoken {
  readonly protocol: string;
  /** What must be installed for the server; null for a stand-in of our own. */
  readonly needs: ToolName | null;
  readonly server: readonly [script: string, ...args: string[]];
  readonly path: string;
  /** The server begins the heartbeat, as a message. */
  readonly beats?: true;
  /** As in a profile. */
  readonly says: object;
}

const SPOKEN: readonly Spoken[] = [
  {
    protocol: 'socket.io',
    needs: 'socketIo',
    server: ['socket_io_counted.mjs', '--ping-interval', '300', '--ping-timeout', '2000'],
    path: '/socket.io/',
    beats: true,
    says: {
      protocol: { name: 'socket.io', namespace: '/members', auth: { token: 'good' } },
      requests: [
        { name: 'echo', to: 'echo', send: [{ ok: true }], expect: { ok: true } },
        { name: 'photo', to: 'photo' },
      ],
    },
  },
  {
    protocol: 'graphql-ws',
    needs: 'graphqlWs',
    server: ['graphql_ws_counted.mjs', '--ping', '300'],
    path: '/graphql',
    beats: true,
    says: {
      protocol: { name: 'graphql-ws', payload: { token: 'good' } },
      requests: [{ name: 'hello', send: { query: '{ hello }' }, expect: { data: { hello: 'world' } } }],
    },
  },
  {
    protocol: 'phoenix',
    needs: null,
    server: ['stand-ins/phoenix.mjs'],
    path: '/socket/websocket',
    says: {
      protocol: { name: 'phoenix', beat: '200ms' },
      session: [{ name: 'join', subscribe: { topic: 'room:1', payload: { token: 't' } } }],
      requests: [
        { name: 'echo', to: 'room:1 echo', send: { text: '{{sequence}}' }, expect: { text: '{{sequence}}' } },
        { name: 'shout', to: 'room:1 shout', send: { text: 'hi' } },
      ],
    },
  },
  {
    protocol: 'signalr',
    needs: null,
    server: ['stand-ins/signalr.mjs'],
    path: '/hub',
    says: {
      protocol: { name: 'signalr', beat: '200ms' },
      requests: [
        { name: 'echo', to: 'Echo', send: [{ n: '{{sequence}}' }], expect: { n: '{{sequence}}' } },
        { name: 'shout', to: 'Shout', send: ['hi'] },
      ],
    },
  },
  {
    protocol: 'centrifugo',
    needs: null,
    server: ['stand-ins/centrifugo.mjs', '300', 'pong'],
    beats: true,
    path: '/connection/websocket',
    says: {
      protocol: { name: 'centrifugo', token: 'good' },
      session: [{ name: 'news', subscribe: 'news' }],
      requests: [
        { name: 'echo', to: 'rpc echo', send: { n: '{{sequence}}' }, expect: { n: '{{sequence}}' } },
        { name: 'say', to: 'publish news', send: { text: 'hi' } },
      ],
    },
  },
  {
    protocol: 'stomp',
    needs: null,
    server: ['stand-ins/stomp.mjs', '200'],
    path: '/ws',
    says: {
      protocol: { name: 'stomp', 'heart-beat': '200,200' },
      session: [{ name: 'news', subscribe: '/topic/news' }],
      requests: [
        { name: 'echo', to: '/app/echo', send: { n: '{{sequence}}' } },
        { name: 'say', to: '/topic/news', send: 'hi' },
      ],
    },
  },
];
/** The heartbeats that came in the silence of 8.8. */
function heartbeatsOf(results: readonly ScenarioResult[]): number {
  const check = results.flatMap(({ checks }) => checks).find(({ id }) => id === '8.8');
  assert.ok(check?.status === 'passed');
  const { value = 0 } = check.measured.find(({ unit }) => unit === 'heartbeats') ?? {};
  assert.equal(/ heartbeats?,/.test(check.received), value > 0);
  return value;
}

const part = (scenario: Scenario, ...ids: string[]): Scenario => ({
  ...scenario,
  checks: scenario.checks.filter(({ id }) => ids.includes(id)),
});
const CHECKS = [
  part(connectScenario, '1.1'),
  part(sendScenario, '2.1', '2.2'),
  part(orderScenario, '7.1'),
  part(troubleScenario, '8.8'),
];

for (const { protocol, needs, server, path, beats, says } of SPOKEN) {
  const skip = needs === null ? false : await skipWithout(needs);
  test(`${protocol}: its session, its heartbeats and the requests of the profile, beside pushes`, {
    skip,
  }, async () => {
    const [script, ...args] = server;
    await withPeer(nodePeer(script, args), async (peer: Peer) => {
      const words = { connectTimeout: '5s', reply: { timeout: '5s' }, ...says };
      const { look, results } = await checkSession(`${peer.origin}${path}`, CHECKS, words);
      const { kind } = look.found;
      assert.ok(kind.name === 'session' && kind.protocol === protocol);
      assert.deepEqual(kind.answered, kind.requests);
      assert.deepEqual(withStatus(results, 'failed'), []);
      const passed = withStatus(results, 'passed').map((text) => text.split(' ')[0]);
      assert.deepEqual(passed, ['1.1', '2.1', '7.1', '8.8']);
      assert.deepEqual(heartbeatsOf(results) > 0, beats === true);
      const [skipped] = withStatus(results, 'skipped');
      assert.match(skipped!, new RegExp(`^2\\.2 .*: the server speaks ${protocol.replace('.', '\\.')}: a message`));
    });
  });
}

test('Action Cable: no message is answered, so checks that need an answer say that, and the others run', async () => {
  await withPeer(nodePeer('stand-ins/actioncable.mjs'), async ({ origin }) => {
    const says = {
      protocol: 'actioncable',
      session: [{ name: 'join', subscribe: { channel: 'ChatChannel', room: '1' } }],
      requests: [{ name: 'say', to: { channel: 'ChatChannel', room: '1' }, action: 'announce', send: { text: 'hi' } }],
      reply: { match: 'none' },
      connectTimeout: '5s',
    };
    const { results } = await checkSession(`${origin}/cable`, CHECKS, says);
    assert.deepEqual(withStatus(results, 'failed'), []);
    const passed = withStatus(results, 'passed').map((text) => text.split(' ')[0]);
    assert.deepEqual(passed, ['1.1', '8.8']);
    for (const line of withStatus(results, 'skipped')) {
      assert.match(line, /: the server speaks actioncable, in which no message is answered$/);
    }
  });
});
