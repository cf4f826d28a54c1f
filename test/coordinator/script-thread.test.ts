/** Scripts that do not load: whoever wants to know what they have is told why, and never waits for ever. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scriptFacts } from '../../src/coordinator/script-thread.js';
import type { WsurgeError } from '../../src/errors.js';
import { ENDLESS } from '../share.js';

const BIN = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const ASK = 'requests: { ask: { weight: 3, expect: { ok: true }, build: (_, m) => ({ id: m.sequence }) } }';
const STUCK_MS = 2000;

function folderWith(t: TestContext, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-facts-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'chat.mjs'), script);
  return folder;
}

function facts(t: TestContext, script: string) {
  return scriptFacts({ path: 'chat.mjs', folder: folderWith(t, script), sha256: null }, STUCK_MS);
}

describe('what a script has', () => {
  test('is known without its functions', async (t) => {
    assert.deepEqual(await facts(t, `export default { ${ASK}, onFrame() {} };`), {
      requests: [{ name: 'ask', weight: 3, fresh: false, expect: { ok: true } }],
    });
    assert.deepEqual(await facts(t, 'export default { open() {} };'), { requests: [] });
  });

  for (const [what, script, code, words] of [
    ['loops', 'for (;;);', 'script_stuck', /has held its thread for 2 s .*outside of its functions, while it loads/],
    ['loops behind an await', `await null; ${ENDLESS}`, 'script_stuck', /has held its thread for 2 s/],
    [
      'waits for what never comes',
      'await new Promise(() => {});',
      'script_stuck',
      /await outside of its functions waits/,
    ],
    [
      'waits for it beside a timer',
      'setInterval(() => undefined, 20);\nawait new Promise(() => {});',
      'script_stuck',
      /did not load within 2 s: an await outside of its functions does not end/,
    ],
    ['ends its thread', 'process.exit(0);', 'script_ended', /ended its thread while it loaded/],
    ['throws a text', "throw 'no luck';", 'script_broken', /does not load: no luck/],
    ['throws nothing', 'throw undefined;', 'script_broken', /does not load: undefined/],
    [
      'forgets a promise',
      "Promise.reject(new Error('lost'));",
      'script_stray',
      /nobody catches.*chat\.mjs:1:16\): lost/,
    ],
  ] as const) {
    test(`is refused where it ${what} while it loads`, async (t) => {
      const tries = facts(t, `${script}\nexport default { ${ASK} };`);
      const error = await tries.then(
        () => assert.fail('it loaded'),
        (thrown: WsurgeError) => thrown,
      );
      assert.deepEqual([error.exitCode, error.code], [104, code]);
      assert.match(error.message, words);
      assert.match(error.message, /^the script chat\.mjs/);
      assert.ok(error.code === 'script_broken' || error.next !== null);
    });
  }

  test('that is no script is told with every problem', async (t) => {
    await assert.rejects(facts(t, 'export default { opne() {}, requests: 7 };'), ({ problems }: WsurgeError) => {
      assert.deepEqual(
        problems.map(({ where, hint }) => [where, hint?.includes('open') === true]),
        [
          ['chat.mjs: opne', true],
          ['chat.mjs: requests', false],
        ],
      );
      return true;
    });
  });

  test('is told apart from what it prints, which goes to stderr', (t) => {
    const folder = folderWith(
      t,
      `for (let i = 0; i < 20000; i++) console.log('line', i);\nprocess.stdout.write('more');\nexport default { ${ASK} };`,
    );
    const profile =
      'target: { url: ws://127.0.0.1:9/ }\nscript: chat.mjs\nload: [{ connections: 1, rate: 1/s, reply: { field: id } }]\n';
    writeFileSync(join(folder, 'chat.yaml'), profile);
    const ran = spawnSync(process.execPath, [BIN, 'run', 'chat.yaml', '--dry-run', '--json'], {
      ...{ cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 },
    });
    assert.equal(ran.status, 0, ran.stderr.slice(-500));
    assert.equal((JSON.parse(ran.stdout) as { name: string }).name, 'chat');
    assert.match(ran.stderr, /^line 0\nline 1\n/);
  });
});
