import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCheck } from '../../src/documents/check-schema.js';
import { loginServer } from '../check/session/login-server.js';
import { wsServer } from './local-server.js';
import { runCli } from './run-cli.js';

const SOME = ['--quick', '--only', '1.1,2.1,3.4,7.2'];

/** The words of a profile for the server on which clients log in. */
const profile = (url: string, token = 'good-token-1') => `
target: { url: '${url}' }
session:
  - { name: login, send: { type: login, token: '${token}' }, expect: { type: welcome }, capture: { user: $.user } }
when: [{ has: '"type":"tick"', count: tick }]
requests:
  - { name: order, send: { type: order, id: '{{sequence}}', user: '{{session.user}}' }, expect: { ok: true } }
  - { name: quote, send: { type: quote, id: '{{sequence}}' } }
reply: { field: id, timeout: 30s }
`;

test('a profile with a session: what was found, what was asked, and why the rest was not', async (t) => {
  const server = await loginServer(t, { ticksEveryMs: 20 });
  const run = await runCli(['check', 'talk.yaml', ...SOME], { files: { 'talk.yaml': profile(server.url) } });
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(
    run.stdout,
    /The server lets the session of the profile in, and answers its 2 requests; messages come unasked/,
  );
  const { found, scenarios, verdict } = parseCheck(JSON.parse(run.files['result.json'] ?? ''));
  assert.deepEqual(found?.kind, {
    name: 'session',
    protocol: 'none',
    steps: 1,
    requests: ['order', 'quote'],
    answered: ['order', 'quote'],
  });
  assert.deepEqual(verdict.checks, { passed: 3, failed: 0, error: 0, skipped: 1 });
  const titles = scenarios.flatMap(({ checks }) => checks.map(({ title }) => title));
  assert.deepEqual(titles, [
    'a connection opens, and its session is ready',
    'each request of the profile is answered as it expects',
    'numbers, booleans and text come back as they were',
    'a single message is answered once',
  ]);
  assert.match(run.files['report.md'] ?? '', /lets the session of the profile in/);
  assert.deepEqual(server.unknown, []);
});

test('a server that refuses the session is told first, with the step, the lines and the fix; no folder is left', async (t) => {
  const server = await loginServer(t, { lets: (ws) => ws.close(4403, 'no rights') });
  const run = await runCli(['check', 'talk.yaml', ...SOME], { files: { 'talk.yaml': profile(server.url) } });
  assert.deepEqual([run.code, run.folders, run.stdout], [103, 0, '']);
  const lines = run.stderr
    .replaceAll(/^ +[\d.]+ ms {2}/gm, '')
    .replaceAll(server.url, 'URL')
    .split('\n');
  assert.deepEqual(lines, [
    'wsurge: the session on URL did not become ready: step login: the server closed with 4403 no rights (session, closed_4403)',
    '  on the first connection:',
    'sent      {"type":"login","token":"***"}  (step login)',
    'expected  a message that holds {"type":"welcome"}  (step login)',
    'failed    step login: the server closed with 4403 no rights  (closed_4403)',
    '  try: the server does not accept the credentials: check a step of session, target.headers or the query of target.url',
    '',
  ]);
});

test('a profile that names a protocol alone: its session is flown, nothing else is sent', async (t) => {
  const heard: string[] = [];
  const server = await wsServer({
    onConnection: (ws) => ws.send('0{"sid":"x","pingInterval":25000}'),
    onMessage: (ws, data) => {
      heard.push(data.toString());
      ws.send('40{"sid":"y"}');
    },
  });
  t.after(() => server.stop());
  const files = { 'talk.yaml': `target: { url: '${server.url}' }\nprotocol: socket.io\n` };
  const run = await runCli(['check', 'talk.yaml', ...SOME], { files });
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /session of socket\.io of the profile in; the profile has no requests whose replies/);
  assert.deepEqual([...new Set(heard)], ['40']);
});

test('a script opens the connections of checks, and builds what they ask', async (t) => {
  const server = await loginServer(t);
  const script = `export default {
    async open(chat) {
      const { user } = await chat.ask('login', { type: 'login' }, { type: 'welcome' });
      chat.session.user = user;
    },
    requests: { order: { build: (chat, m) => ({ type: 'order', id: m.sequence, user: chat.session.user }) } },
  };`;
  const yaml = `target: { url: '${server.url}' }\nscript: chat.mjs\nreply: { field: id, timeout: 30s }\n`;
  const load = 'load: [{ connections: 1, rate: 1/s }]\n';
  const run = await runCli(['check', 'talk.yaml', ...SOME], {
    files: { 'talk.yaml': yaml + load, 'chat.mjs': script },
  });
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /lets the session of the profile in, and answers its 1 request\./);
  assert.deepEqual(server.unknown, []);
});
