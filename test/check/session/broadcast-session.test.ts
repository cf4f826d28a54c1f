import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { bothWaysScenario } from '../../../src/check/scenarios/both-ways.js';
import { securityScenario } from '../../../src/check/scenarios/security.js';
import { sendScenario } from '../../../src/check/scenarios/send.js';
import { wsServer } from '../../e2e/local-server.js';
import { further } from '../../share.js';
import { checkSession, withStatus } from './check-session.js';

/** Messages of one connection that others hear are what a chat is for; everything else about it must be judged still. */
const CHAT = {
  load: [{ connections: 2, rate: 1 }],
  session: [{ name: 'join', send: { type: 'join' }, expect: { type: 'joined' } }],
  requests: [
    { name: 'say', send: { type: 'say', id: '{{sequence}}' }, reaches: 'others', expect: { ok: true } },
    { name: 'shout', send: { type: 'shout', id: '{{sequence}}' }, reaches: 'all', reply: 'none' },
    { name: 'ask', send: { type: 'ask', id: '{{sequence}}' }, expect: { ok: true } },
  ],
  reply: { field: 'id', timeout: '1s' },
  check: { security: { isolation: true } },
};

interface Asked {
  readonly type: string;
  readonly id: number;
}

/** `isLeaking`: what answers one connection goes to the others, too. */
async function chat(t: TestContext, isLeaking: boolean) {
  const joined = new Set<WebSocket>();
  const toAll = (message: object, without?: WebSocket) => {
    for (const ws of joined) {
      if (ws !== without && ws.readyState === WebSocket.OPEN) ws.send(JSON.stringify(message));
    }
  };
  const server = await wsServer({
    onMessage: (ws, data) => {
      const { type, id } = JSON.parse(data.toString()) as Asked;
      if (type === 'join') {
        joined.add(ws);
        return ws.send('{"type":"joined"}');
      }
      if (type === 'say') toAll({ type: 'said', id }, ws);
      if (type === 'shout') return toAll({ type: 'said', id });
      ws.send(JSON.stringify({ id, ok: true }));
      if (isLeaking && type === 'ask') toAll({ id, ok: true }, ws);
    },
  });
  t.after(() => server.stop());
  return server;
}

const scenarios = [sendScenario, bothWaysScenario, securityScenario];

test('a server that passes on what was sent to many: the others take no delivery for a failure', async (t) => {
  const { url } = await chat(t, false);
  const { look, results, setAside } = await checkSession(url, scenarios, CHAT);
  const { kind } = look.found;
  assert.deepEqual(kind.name === 'session' && [kind.requests, kind.answered], [
    ['say', 'ask'],
    ['say', 'ask'],
  ]);
  assert.deepEqual(withStatus(results, 'failed'), []);
  assert.ok(setAside.count > 0, 'deliveries are set aside');
});

test('what was not sent to many is still no business of others', further, async (t) => {
  const { url } = await chat(t, true);
  const { results } = await checkSession(url, scenarios, { ...CHAT, requests: [CHAT.requests[2]] });
  const [failed] = withStatus(results, 'failed');
  assert.match(failed ?? '', /^S\.5 .*heard \{"id":\d+,"ok":true\}/);
});
