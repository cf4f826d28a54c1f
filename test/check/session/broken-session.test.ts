import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectError } from '../../../src/check/check-socket.js';
import { orderScenario } from '../../../src/check/scenarios/order.js';
import { reconnectScenario } from '../../../src/check/scenarios/reconnect.js';
import { sendScenario } from '../../../src/check/scenarios/send.js';
import { troubleScenario } from '../../../src/check/scenarios/trouble.js';
import { wsServer } from '../../e2e/local-server.js';
import { checkSession, SAYS, withStatus } from './check-session.js';
import { answerOf, loginServer } from './login-server.js';

const only = (scenario: typeof orderScenario, ...ids: string[]) => ({
  ...scenario,
  checks: scenario.checks.filter(({ id }) => ids.includes(id)),
});
const failures = async (url: string, scenario: typeof orderScenario, says: object = SAYS) =>
  withStatus((await checkSession(url, [scenario], says)).results, 'failed');

test('a server that loses a reply fails, and the check says how many were lost', async (t) => {
  let answered = 0;
  const server = await loginServer(t, {
    answers: (ws, asked) => {
      if (++answered % 50 !== 0) answerOf(ws, asked);
    },
  });
  assert.deepEqual(await failures(server.url, only(orderScenario, '7.1')), [
    '7.1 100 requests are answered once each: 2 of 100 lost: 47, 97',
  ]);
});

test('a server that answers twice fails', async (t) => {
  let answered = 0;
  const server = await loginServer(t, {
    answers: (ws, asked) => {
      answerOf(ws, asked);
      if (++answered === 10) answerOf(ws, asked);
    },
  });
  assert.deepEqual(await failures(server.url, only(orderScenario, '7.1')), [
    '7.1 100 requests are answered once each: 1 too many: 7',
  ]);
});

test('a server that answers in another order passes: replies have numbers', async (t) => {
  let kept: (() => void) | null = null;
  const server = await loginServer(t, {
    answers: (ws, asked, ordinal) => {
      if (ordinal === 0) return answerOf(ws, asked);
      if (kept === null) {
        kept = () => answerOf(ws, asked);
        return;
      }
      answerOf(ws, asked);
      kept();
      kept = null;
    },
  });
  assert.deepEqual(await failures(server.url, only(orderScenario, '7.1')), []);
});

test("a server that answers another's number fails, and the check says what came", async (t) => {
  const server = await loginServer(t, {
    // The first request of the run is 1000000000, of the look.
    answers: (ws, asked, ordinal) => answerOf(ws, ordinal === 0 ? asked : { ...asked, id: 1_000_000_000 }),
  });
  assert.deepEqual(await failures(server.url, only(sendScenario, '2.1')), [
    '2.1 each request of the profile is answered as it expects: the reply to a request of another connection came: {"id":1000000000,"ok":true}; the reply to a request of another connection came: {"id":1000000000,"price":7}',
  ]);
});

test('a reply that says no, and one without what is expected, fail with the words of the server', async (t) => {
  const server = await loginServer(t, {
    answers: (ws, { type, id }) => ws.send(JSON.stringify(type === 'order' ? { id, error: 'sold out' } : { id })),
  });
  const [failure] = await failures(server.url, only(sendScenario, '2.1'));
  assert.match(failure!, /request order was answered with a failure: \{"id":\d+,"error":"sold out"\}/);
  assert.match(failure!, /the reply to request quote is not what it expects: \{"id":\d+\}/);
});

test('a server that closes in the session: no look, and the step is named', async (t) => {
  const server = await loginServer(t, { lets: (ws) => ws.close(4403, 'not you') });
  await assert.rejects(checkSession(server.url, [sendScenario]), (error: ConnectError) => {
    assert.ok(error instanceof ConnectError);
    assert.deepEqual([error.phase, error.code], ['session', 'closed_4403']);
    assert.match(error.message, /^step login: the server closed with 4403.* not you$/);
    return true;
  });
});

test('a server that closes some sessions fails the checks that meet it', async (t) => {
  const server = await loginServer(t, {
    lets: (ws, ordinal) => {
      if (ordinal === 5) ws.close(4403, 'not you');
      else ws.send(`{"type":"welcome","user":"u${ordinal}"}`);
    },
  });
  const found = await failures(server.url, only(reconnectScenario, '6.1', '6.5'));
  assert.equal(found.length, 1);
  assert.match(found[0]!, /^6\.5 .*: step login: the server closed with 4403/);
});

test('heartbeats that are not answered end the connection, and the check of silence says so', async (t) => {
  const server = await loginServer(t, { pingsEveryMs: 50 });
  const silence = only(troubleScenario, '8.8');
  assert.deepEqual(await failures(server.url, silence), []);
  const deaf = { ...SAYS, when: [{ has: '"type":"ping"', count: 'ping' }, ...SAYS.when] };
  assert.match((await failures(server.url, silence, deaf))[0]!, /in silence the server ended it: closed with 4000/);
});

test('the heartbeat that a client of a protocol owes by itself is sent while a check waits', async (t) => {
  const server = await wsServer({
    onConnection: (ws) => {
      let silent = 0;
      const timer = setInterval(() => {
        if (++silent > 10) ws.close(4000, 'no heartbeat');
      }, 200);
      ws.on('message', () => {
        silent = 0;
      });
      ws.on('close', () => clearInterval(timer));
    },
    onMessage: (ws, data) => {
      if (data.includes('"protocol"')) ws.send('{}\u001e');
    },
  });
  t.after(() => server.stop());
  const silence = only(troubleScenario, '8.8');
  const says = (beat: string) => ({ protocol: { name: 'signalr', beat }, load: [{ connections: 1, rate: 0 }] });
  assert.deepEqual(await failures(server.url, silence, says('200ms')), []);
  assert.match((await failures(server.url, silence, says('off')))[0]!, /closed with 4000 "no heartbeat"/);
});
