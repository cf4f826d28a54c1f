/** A check of the library whose connections follow a script: the script must not take the caller with it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { checkApart } from '../../../src/app/library/check-apart.js';
import { check, type LibraryEvent } from '../../../src/index.js';
import { wsServer } from '../../e2e/local-server.js';
import { isAlive } from '../../e2e/spawn-cli.js';
import { ENDLESS } from '../../share.js';

const ASK = 'requests: { ask: { build: (_, m) => ({ id: m.sequence }) } }';
const STUCK_MS = 2000;

const WS = JSON.stringify(new URL('../../../../node_modules/ws/wrapper.mjs', import.meta.url).href);

/** A server that writes its pid once it listens. */
function serverProgram(pidFile: string, socket: string): string {
  return `import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from ${WS};
const server = createServer();
new WebSocketServer({ server }).on('connection', (ws) => ws.on('message', (data) => ws.send(data.toString())));
writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
server.listen(${JSON.stringify(socket)});
`;
}

/** A request for the echo check of a server, with a script that opens its connections so. */
async function requestWith(t: TestContext, open: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'wsurge-apart-'));
  const server = await wsServer({ onMessage: (ws, data) => ws.send(data.toString()) });
  t.after(async () => {
    await server.stop();
    rmSync(cwd, { recursive: true });
  });
  writeFileSync(join(cwd, 'chat.mjs'), `export default { ${open}, ${ASK} };`);
  const target = {
    ...{ name: 'chat', target: { url: server.url }, script: 'chat.mjs' },
    load: [{ connections: 1, rate: '1/s', reply: { field: 'id' } }],
  };
  return { target, cwd, env: { FROM_HERE: 'yes' }, only: [2], quick: true };
}

async function errorOf(t: TestContext, open: string) {
  const around = { env: {}, signal: new AbortController().signal };
  const request = await requestWith(t, open);
  const tries = checkApart(request, 'chat.mjs', { around: { ...around, cwd: request.cwd }, tell() {} }, STUCK_MS);
  return await tries.then(
    () => assert.fail('it checked'),
    ({ exitCode, code, message, next }) => ({ exitCode, code, message, next }),
  );
}

describe('a check of the library with a script', () => {
  test('has its results, tells of each, and lets the script read its environment', async (t) => {
    const events: LibraryEvent[] = [];
    const open = "open(chat) { if (chat.env.FROM_HERE !== 'yes') throw new Error('another environment'); }";
    const { exitCode, result } = await check({
      ...(await requestWith(t, open)),
      onEvent: (event) => events.push(event),
    });
    const ids = result.scenarios.flatMap(({ checks }) => checks.map(({ id }) => id));
    assert.ok(ids.length > 0);
    assert.equal(exitCode, 0, JSON.stringify(result.scenarios));
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'check' ? event.result.id : [])),
      result.scenarios
        .filter(({ checks }) => checks.some(({ status }) => status !== 'skipped'))
        .flatMap(({ checks }) => checks.map(({ id }) => id)),
    );
  });

  test('is refused where it loops, by name and place', async (t) => {
    const { exitCode, code, message, next } = await errorOf(t, `async open() { await null; ${ENDLESS} }`);
    assert.deepEqual([exitCode, code], [104, 'script_stuck']);
    assert.match(message, /^the script chat\.mjs has held its thread for 2 s .*behind an await of open.*in a check/);
    assert.match(next!, /look for a loop/);
  });

  test('is refused where it ends its process, which is not this one', async (t) => {
    // Not 0: were it this process, the test would seem to have passed.
    const open = 'open() { process.exit(3); }';
    const { exitCode, code, message } = await errorOf(t, open);
    assert.deepEqual([exitCode, code], [104, 'script_ended']);
    assert.match(message, /chat\.mjs ended its thread during a check/);
    await assert.rejects(check(await requestWith(t, open)), { code: 'script_ended' });
  });

  test('is refused where it throws and nobody catches', async (t) => {
    const lost = "open() { setTimeout(() => { throw new Error('lost'); }); return new Promise(() => {}); }";
    const { exitCode, code, message } = await errorOf(t, lost);
    assert.deepEqual([exitCode, code], [104, 'script_stray']);
    assert.match(message, /chat\.mjs threw where nobody catches \(\S*chat\.mjs:1:\d+\): lost/);
  });

  test('leaves no server behind that it started', async (t) => {
    const request = await requestWith(t, `open() { ${ENDLESS} }`);
    const [pidFile, socket] = ['pid', 'socket'].map((name) => join(request.cwd, name)) as [string, string];
    writeFileSync(join(request.cwd, 'server.mjs'), serverProgram(pidFile, socket));
    const command = `'${process.execPath}' '${join(request.cwd, 'server.mjs')}'`;
    const target = { ...request.target, target: { command, url: `ws+unix:${socket}:/` } };
    const around = { cwd: request.cwd, env: {}, signal: new AbortController().signal };
    const tries = checkApart({ ...request, target }, 'chat.mjs', { around, tell() {} }, STUCK_MS);
    await assert.rejects(tries, { code: 'script_stuck' });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test('ends with what there is when the caller stops it', async (t) => {
    const stop = new AbortController();
    const request = await requestWith(t, 'open() {}');
    const { exitCode, result } = await check({ ...request, signal: stop.signal, onEvent: () => stop.abort() });
    assert.equal(exitCode, 105);
    assert.equal(result.status, 'interrupted');
  });

  test('names the keys of the request in what it refuses', async (t) => {
    const request = await requestWith(t, 'open() {}');
    await assert.rejects(check({ ...request, only: [99] }), /^WsurgeError: only "99" names no scenario/);
  });
});
