/** A check follows a script in its own thread: one that loops or ends the process must neither hang nor pass. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENDLESS } from '../share.js';
import { wsServer } from './local-server.js';

const BIN = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const ASK = 'requests: { ask: { build: (_, m) => ({ id: m.sequence }) } }';

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

async function checked(t: TestContext, open: string): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-guard-'));
  const server = await wsServer({ onMessage: (ws, data) => ws.send(data.toString()) });
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, 'chat.mjs'), `export default { ${open}, ${ASK} };`);
  const load = 'load: [{ connections: 1, rate: 1/s, reply: { field: id } }]';
  writeFileSync(join(folder, 'chat.yaml'), `target: { url: ${server.url} }\nscript: chat.mjs\n${load}\n`);
  const child = spawn(process.execPath, [BIN, 'check', 'chat.yaml', '--only', '2', '--quick'], {
    ...{ cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return await new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, stderr })));
}

describe('a check with a script', () => {
  test('that loops in open is ended by its guard, with the script, the place and what to do', async (t) => {
    const { code, signal, stderr } = await checked(t, `async open() { await null; ${ENDLESS} }`);
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
    assert.match(stderr, /the script chat\.mjs has held its thread for 10 s .*behind an await of open/);
    assert.match(stderr, /try: look for a loop there/);
  });

  test('that ends the process has not passed', async (t) => {
    const { code, stderr } = await checked(t, 'open() { process.exit(0); }');
    assert.equal(code, 104);
    assert.match(stderr, /the script chat\.mjs ended wsurge\n {2}try: a script may not call process\.exit/);
  });

  test('that does neither is left alone', async (t) => {
    const { code, stderr } = await checked(t, 'async open(chat) { await null; }');
    // A machine that stands still may leave a check unjudged.
    assert.ok(code === 0 || code === 98, `${code}: ${stderr}`);
    assert.doesNotMatch(stderr, /the script/);
  });
});
