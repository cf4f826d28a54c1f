/** Scripts that loop for ever, or end their thread: whoever runs them goes on, and says which script it was. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCanary } from '../../src/coordinator/canary.js';
import { runCell } from '../../src/coordinator/coordinator.js';
import { LocalGroup } from '../../src/coordinator/group-runner.js';
import { ThreadRunner } from '../../src/coordinator/thread-runner.js';
import type { WsurgeError } from '../../src/errors.js';
import { HostLoad } from '../../src/machine/host-load.js';
import type { Cell } from '../../src/plan/cell.js';
import { sha256Of } from '../../src/script/load.js';
import { sanitize } from '../../src/text/sanitize.js';
import { wsServer } from '../e2e/local-server.js';
import { cellWith } from '../plan/cell-builder.js';
import { wireWith } from '../plan/talk.js';
import { ENDLESS, further } from '../share.js';

const STUCK_MS = 3000;
const REAL_WORKER = fileURLToPath(new URL('../../threads/load-worker.js', import.meta.url));
const TLS = { ca: null, cert: null, key: null, insecure: false, servername: null };
const REQUESTS = 'requests: { ask: { build: (_, m) => ({ id: m.sequence }) } }';

async function scripted(t: TestContext, script: string, changes: Partial<Cell> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-stuck-'));
  writeFileSync(join(folder, 'chat.mjs'), script);
  const server = await wsServer({ onMessage: (ws, data) => ws.send(data.toString()) });
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const reply = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 60_000 } as const;
  const wire = {
    ...wireWith({ requests: [{ name: 'ask', send: '', built: { fresh: false } }] }),
    script: { path: 'chat.mjs', sha256: sha256Of(script) },
  };
  const cell = cellWith({ reply, wire, ...changes });
  const endpoint = {
    ...{ url: server.url, address: '127.0.0.1', headers: {}, subprotocols: [], tls: TLS, userAgent: 'wsurge/test' },
  };
  return { cell, endpoint, folder };
}

async function canary(t: TestContext, script: string, signal = new AbortController().signal) {
  const { cell, endpoint, folder } = await scripted(t, script);
  return await runCanary({
    ...{ cells: [cell], endpoint, folder, env: {}, data: [], signal },
    ...{ printable: sanitize, shownUrl: 'ws://shown/', stuckMs: STUCK_MS },
  });
}

async function refused(t: TestContext, script: string): Promise<WsurgeError> {
  return await canary(t, script).then(
    () => assert.fail('it landed'),
    (error: WsurgeError) => error,
  );
}

describe('the test connection of a script', () => {
  for (const [place, script, words, options] of [
    ['before the first await of open', `open() { for (;;); }, ${REQUESTS}`, 'in open, before its first await', further],
    [
      'behind an await of open',
      `async open() { await null; ${ENDLESS} }, ${REQUESTS}`,
      'behind an await of open',
      further,
    ],
    ['in build', `requests: { ask: { build() { ${ENDLESS} } } }`, 'in build', {}],
  ] as const) {
    test(`that loops ${place}: 104, with the script and the place`, options, async (t) => {
      const { exitCode, code, message, next } = await refused(t, `export default { ${script} };`);
      assert.deepEqual([exitCode, code], [104, 'script_stuck']);
      assert.match(message, /^the script chat\.mjs has held its thread for 3 s without a pause/);
      assert.ok(message.includes(words), message);
      assert.match(next!, /a loop there that never ends/);
    });
  }

  test('that ends its thread: 104 with the script', async (t) => {
    const { exitCode, code, message } = await refused(
      t,
      `export default { open() { process.exit(0); }, ${REQUESTS} };`,
    );
    assert.deepEqual([exitCode, code], [104, 'script_ended']);
    assert.match(message, /^the script chat\.mjs ended its thread/);
  });

  test('that throws: what it threw, and the transcript', async (t) => {
    const { exitCode, message } = await refused(
      t,
      `export default { open(chat) { chat.send({ hi: 1 }); throw new Error('no luck'); }, ${REQUESTS} };`,
    );
    assert.equal(exitCode, 104);
    assert.match(message, /open threw at .*chat\.mjs:1:\d+: no luck .*\n.*\n.*sent +\{"hi":1\}/);
  });

  test('lands although the script keeps what no thread can pass on', async (t) => {
    const script = `export default { async open(chat) { chat.session.sign = () => 1; }, ${REQUESTS} };`;
    const { requests, sessionUs } = await canary(t, script);
    assert.deepEqual(requests, { sent: 1, answered: 1, silent: 0 });
    assert.ok(sessionUs !== null);
  });

  test('ends at once when the run is stopped, also in a loop', async (t) => {
    const { cell, endpoint, folder } = await scripted(t, `export default { open() { ${ENDLESS} }, ${REQUESTS} };`);
    const stop = new AbortController();
    const landing = runCanary({
      ...{ cells: [cell], endpoint, folder, env: {}, data: [], signal: stop.signal },
      ...{ printable: sanitize, shownUrl: 'ws://shown/' },
    });
    stop.abort();
    await assert.rejects(landing, { exitCode: 105 });
  });
});

/** What became of the two workers of a load, of which the second has connection 1. */
async function workersOf(t: TestContext, atConnection1: string) {
  const script = `export default { async open(chat) { await null; if (chat.connection === 1) ${atConnection1} }, ${REQUESTS} };`;
  const load = { connections: { from: 4, to: 4 }, warmupMs: 0, durationMs: 1000 };
  const { cell, endpoint, folder } = await scripted(t, script, load);
  const runner = new ThreadRunner({
    ...{ workers: 2, workerFile: REAL_WORKER, agent: 'test', instrumentCheck: false, stuckMs: STUCK_MS },
  });
  try {
    const result = await runCell(
      cell,
      {
        ...{
          runner: new LocalGroup(runner),
          workers: 2,
          stop: new AbortController().signal,
          pacing: 'timer',
        },
        ...{ endpoint, env: {}, data: [], folder, host: new HostLoad(), restart: null },
        server: {
          engine: null,
          pid: null,
          unavailable: 'not watched',
          sample: () => ({ atMs: 0, cpuMs: 0, rssBytes: 0, openFds: 0 }),
        },
      },
      () => {},
    );
    assert.deepEqual(result.laws, []);
    return result.client.workers;
  } finally {
    await runner.dispose();
  }
}

describe('a worker whose script', () => {
  for (const [does, code, words] of [
    ['loops', ENDLESS, /^the script chat\.mjs has held its thread for 3 s .*behind an await of open/],
    [
      'ends its thread',
      'process.exit(0);',
      /^the script chat\.mjs ended its worker: a script may not call process\.exit/,
    ],
    [
      'throws where nobody catches',
      "setTimeout(() => { throw new Error('boom'); });",
      /^the script chat\.mjs: code that nobody awaits threw at .*chat\.mjs:1:\d+: boom$/,
    ],
  ] as const) {
    test(`${does} is lost, with the script; the others end as planned`, async (t) => {
      const [done, lost] = await workersOf(t, code);
      assert.deepEqual([done!.status, done!.error], ['done', null]);
      assert.equal(lost!.status, 'lost');
      assert.match(lost!.error!, words);
    });
  }
});
