import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WebSocket } from 'ws';
import { canaryLine, runCanary } from '../../src/coordinator/canary.js';
import type { WsurgeError } from '../../src/errors.js';
import { sanitize } from '../../src/text/sanitize.js';
import { wsServer } from '../e2e/local-server.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Words, wireWith } from '../plan/talk.js';
import { type Asked, sessionServer, tell } from './session-server.js';

const SAY = { name: 'say', send: { type: 'say', id: '{{sequence}}' }, reaches: 'all', silent: true } as const;
const ASK = { name: 'ask', send: { type: 'ask', id: '{{sequence}}' } };
/** For servers that never answer as they should. */
const SOON_MS = 300;

async function fly(t: TestContext, words: Words, answer: (ws: WebSocket, asked: Asked) => void, timeoutMs = 60_000) {
  const { url } = await sessionServer(t, answer);
  return flyTo(url, words, timeoutMs);
}

function flyTo(url: string, words: Words, timeoutMs: number) {
  const isSilent = words.requests?.every(({ silent }) => silent === true) === true;
  const match = isSilent ? 'none' : 'sequence';
  const reply = { match, field: 'id', echo: { kind: 'none' }, timeoutMs } as const;
  const wire = wireWith({ ...words, deliver: { timeoutMs } });
  return runCanary({
    cells: [cellWith({ reply, wire })],
    endpoint: {
      ...{ url, address: '127.0.0.1', headers: {}, subprotocols: [], userAgent: 'wsurge/test' },
      tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
    },
    ...{ env: {}, data: [], printable: sanitize, shownUrl: 'ws://shown/', signal: new AbortController().signal },
  });
}

async function refusal(flight: Promise<unknown>): Promise<{ lines: string[]; next: string | null; code: string }> {
  let found: WsurgeError | null = null;
  await assert.rejects(flight, (error: WsurgeError) => {
    found = error;
    return true;
  });
  const { message, next, code } = found!;
  const lines = message.split('\n').map((line) => line.replace(/^ +[\d.]+ ms +/, '').replaceAll(/\d{10}/g, 'N'));
  return { lines, next, code };
}

/** What is said is sent to all, and so to the sender; other messages are answered. */
const broadcast = (ws: WebSocket, { type, id }: Asked) => tell(ws, { type: type === 'say' ? 'said' : 'answer', id });

test('a request without a reply is not waited for, and its delivery is no reply to the next', async (t) => {
  const report = await fly(t, { requests: [SAY, ASK] }, broadcast);
  assert.deepEqual(report.requests, { sent: 2, answered: 1, silent: 1 });
  const line = canaryLine({ ...report, tcpUs: 100, upgradeUs: 200, replyUs: 1500 }, 'host:1', null);
  assert.match(line, /, 1 of 1 request answered \(1\.50 ms\), 1 sent without a reply, /);
});

test('requests without any reply: each once, whatever comes back', async (t) => {
  const report = await fly(t, { requests: [SAY, { ...SAY, name: 'shout', reaches: 'others' }] }, () => {});
  assert.deepEqual(report.requests, { sent: 2, answered: null, silent: 2 });
});

test('a delivery that a rule knows comes before the reply', async (t) => {
  const when = [{ has: ['"said"'], means: 'delivery', name: 'say' }] as const;
  const { silent: _, ...say } = SAY;
  const report = await fly(t, { when, requests: [say] }, (ws, asked) => {
    broadcast(ws, asked);
    tell(ws, { type: 'ok', id: asked.id });
  });
  assert.deepEqual(report.requests, { sent: 1, answered: 1, silent: 0 });
});

test('the transcript says what is a delivery', async (t) => {
  const { lines } = await refusal(
    fly(t, { requests: [SAY, ASK] }, (ws, asked) => asked.type === 'say' && broadcast(ws, asked), SOON_MS),
  );
  assert.deepEqual(lines.slice(2).sort(), [
    'expected  a reply with the number N  (request ask)',
    'received  {"type":"said","id":N}  (a delivery)',
    'sent      {"type":"ask","id":N}  (request ask)',
    'sent      {"type":"say","id":N}  (request say, which reaches all)',
  ]);
});

test('events of a protocol are deliveries if they bring a message back, and else counted', async (t) => {
  const say = { name: 'say', to: 'say', send: ['{{sequence}}'], reaches: 'all' } as const;
  const answer = (ws: WebSocket, text: string) => {
    if (text === '40') return tell(ws, '40{"sid":"a"}');
    const number = /\["say",(\d+)\]/.exec(text)![1]!;
    for (const said of ['"hello"', number, `"of ${number}"`]) tell(ws, `42["said",${said}]`);
  };
  const server = await wsServer({
    onConnection: (ws) => ws.send('0{"sid":"a"}'),
    onMessage: (ws, data) => answer(ws, data.toString()),
  });
  t.after(() => server.stop());
  const { lines } = await refusal(flyTo(server.url, { protocol: 'socket.io', requests: [say] }, SOON_MS));
  assert.deepEqual(lines.slice(-3), [
    'received  42["said","hello"]  (counted)',
    'received  42["said",N]  (a delivery)',
    'received  42["said","of N"]  (a delivery)',
  ]);
});

test('a message that reaches others and is not answered: the fix names reply: none', async (t) => {
  const shout = { name: 'shout', send: { type: 'say', id: '{{sequence}}' }, reaches: 'others' } as const;
  const { next, code } = await refusal(fly(t, { requests: [shout] }, () => {}, SOON_MS));
  assert.equal(code, 'no_matching_reply');
  assert.match(next!, /^if request shout is delivered to others and has no reply of its own, say reply: none for it$/);
});
