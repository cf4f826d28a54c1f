import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WsurgeError } from '../../src/errors.js';
import { loadScript, sha256Of } from '../../src/script/load.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-script-'));
const HAS_TYPES = Boolean((process.features as { typescript?: unknown }).typescript);
const GOOD = 'export default { requests: { ask: { build: (chat, m) => ({ id: m.sequence }) } } };\n';

describe('a script', () => {
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  const load = (name: string, text?: string, sha256: string | null = null) => {
    if (text !== undefined) write(name, text);
    return loadScript({ path: name, folder, sha256 }, name === 'stuck.mjs' ? { timeoutMs: 1000 } : {});
  };
  const refused = async (name: string, text?: string, sha256: string | null = null): Promise<WsurgeError> => {
    const error = await load(name, text, sha256).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof WsurgeError, String(error));
    assert.equal(error.exitCode, 104);
    return error;
  };
  const problemsOf = async (text: string) => {
    const { problems } = await refused('shape.mjs', text);
    return problems.map(({ where, message, hint }) => [where, message, hint ?? ''].join(' | '));
  };

  test('of JavaScript loads, as a module and as CommonJS', async () => {
    for (const [name, text] of [
      ['good.mjs', GOOD],
      ['good.js', GOOD],
      ['common.cjs', GOOD.replace('export default', 'module.exports =')],
    ] as const) {
      const script = await load(name, text, sha256Of(text));
      assert.deepEqual(Object.keys(script.requests!), ['ask'], name);
    }
  });

  test('that has changed is loaded anew', async () => {
    await load('changes.mjs', GOOD);
    const script = await load('changes.mjs', GOOD.replace('ask', 'tell'));
    assert.deepEqual(Object.keys(script.requests!), ['tell']);
  });

  test('that is not there, or not what the plan was made of', async () => {
    const missing = await refused('missing.mjs');
    assert.equal(missing.code, 'script_unreadable');
    assert.match(`${missing.message} ${missing.next}`, /missing\.mjs cannot be read \(ENOENT\).*must be there/);
    assert.equal((await refused('good.mjs', GOOD, sha256Of('other'))).code, 'script_changed');
  });

  test('with an error of syntax is named with its line', async () => {
    const { code, message } = await refused('syntax.mjs', 'export default {\n  open() {\n    return ) 1;\n  },\n};\n');
    assert.equal(code, 'script_broken');
    assert.match(message, /^the script syntax\.mjs does not load \(\S*syntax\.mjs:3\): Unexpected token/);
  });

  test('that throws while it loads is named with its line', async () => {
    const { message } = await refused('throws.mjs', `const a = null;\n\na.b();\n${GOOD}`);
    assert.match(message, /^the script throws\.mjs does not load \(\S*throws\.mjs:3:\d+\): Cannot read/);
  });

  test('that never ends loading is given up', async () => {
    const { code, message, next } = await refused('stuck.mjs', `await new Promise(() => {});\n${GOOD}`);
    assert.equal(code, 'script_stuck');
    assert.match(`${message} ${next}`, /did not load within 1 s: an await outside .*await in open/);
  });

  test('that imports wsurge, which is not there, is told how to do without', async () => {
    const text = `import { defineScript } from 'wsurge';\n${GOOD}`;
    const { next } = await refused('imports.mjs', text);
    assert.match(next!, /npm install --save-dev wsurge\), or leave out the import/);
  });

  test('that is no script', async () => {
    assert.match(
      (await problemsOf('export const open = 1;'))[0]!,
      /default export \| is no script \| write `export default/,
    );
    assert.match(
      (await problemsOf('export default {};'))[0]!,
      /does nothing \| give it one of open, requests, onFrame/,
    );
  });

  test('with many mistakes is told them all', async () => {
    const text = `export default {
      opne() {}, onFrame: 1,
      requests: { 'no name': { build: 1, weight: 0 }, ask: { wieght: 2, fresh: 'yes' }, tell: null },
    };`;
    assert.deepEqual(await problemsOf(text), [
      'shape.mjs: opne | is not known | did you mean "open"?',
      'shape.mjs: onFrame | is no function | ',
      'shape.mjs: requests.no name | is no name | up to 64 letters, digits and _ . -, a letter first',
      'shape.mjs: requests.no name.build | is no function | ',
      'shape.mjs: requests.no name.weight | is no number above 0 | ',
      'shape.mjs: requests.ask.wieght | is not known | did you mean "weight"?',
      'shape.mjs: requests.ask.build | is no function | ',
      'shape.mjs: requests.ask.fresh | is neither true nor false | ',
      'shape.mjs: requests.tell | is no object | write `{ weight: 1, build(chat, m) { ... } }`',
    ]);
    assert.match((await problemsOf('export default { requests: {} };'))[0]!, /requests \| has none/);
    const many = Array.from({ length: 17 }, (_, i) => `r${i}: { build() {} }`).join(',');
    assert.match((await problemsOf(`export default { requests: { ${many} } };`))[0]!, /has 17, 16 are allowed/);
  });

  describe('of TypeScript', () => {
    const TYPED = `import { defineScript } from 'wsurge';
interface User { readonly name: string }
export default defineScript<User, { id: string }>({
  requests: { ask: { build: (chat, m) => ({ id: m.sequence, name: chat.data.name as string }) } },
});
`;
    /** The package as a user has it: in node_modules beside the script. */
    /** Tests of what only Node 22.18 and later can do. No tool makes up for it: .ci/run runs them on these versions. */
    const onTypes = (name: string, run: () => Promise<void>) => {
      if (HAS_TYPES) test(name, run);
    };
    const install = () => {
      const modules = path.join(folder, 'node_modules');
      mkdirSync(modules, { recursive: true });
      if (!existsSync(path.join(modules, 'wsurge'))) symlinkSync(root, path.join(modules, 'wsurge'));
    };

    onTypes('loads where Node strips types', async () => {
      install();
      const script = await load('typed.ts', TYPED);
      assert.deepEqual(Object.keys(script.requests!), ['ask']);
    });

    onTypes('that Node cannot strip is refused with its line', async () => {
      const { message } = await refused('enum.ts', `enum A { b }\n${GOOD}`);
      assert.match(message, /does not load.*enum/i);
    });

    test('is refused elsewhere, with the line that compiles it', {
      skip: HAS_TYPES ? 'this Node strips types' : false,
    }, async () => {
      install();
      const { code, message, next } = await refused('typed.ts', TYPED);
      assert.equal(code, 'script_typescript');
      assert.match(message, new RegExp(`typed\\.ts is TypeScript, which Node ${process.versions.node} does not run`));
      const [, ...args] = /npx (esbuild .*)$/.exec(next!)![1]!.split(' ');
      const esbuild = path.join(root, 'node_modules', 'esbuild', 'bin', 'esbuild');
      const made = spawnSync(esbuild, args, { encoding: 'utf8' });
      assert.equal(made.status, 0, made.stderr);
      const script = await load('typed.mjs');
      assert.deepEqual(Object.keys(script.requests!), ['ask']);
    });
  });
});
