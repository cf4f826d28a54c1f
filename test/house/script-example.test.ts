/** The chat in the guide to scripts: it compiles for a user of the package, its test passes, its run counts true. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { wsServer } from '../e2e/local-server.js';
import { assertExit, COUNTED_RUN, runCli } from '../e2e/run-cli.js';
import { chatServer, users } from '../script/chat.js';
import { further } from '../share.js';
import { type Block, blocksOf } from './pages.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = new Map([['docs/guide/scripts.md', readFileSync(join(root, 'docs/guide/scripts.md'), 'utf8')]]);
const declarations = join(root, 'dist/src/index.d.ts');
const named = (name: string): string => {
  const found = blocksOf(page, 'ts').find(({ text }) => text.startsWith(`// ${name}\n`));
  return found?.text ?? assert.fail(`the guide has no ${name}`);
};
/** As Node 20 runs it too. */
const asJavaScript = (text: string): string =>
  ts
    .transpileModule(text, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 } })
    .outputText.replace('./chat.ts', './chat.mjs');

describe('the guide to scripts', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wsurge-guide-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/wsurge'));
    for (const name of ['chat', 'chat.test']) {
      writeFileSync(join(folder, `${name}.ts`), named(`${name}.ts`));
      writeFileSync(join(folder, `${name}.mjs`), asJavaScript(named(`${name}.ts`)));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'has a test that passes as a user of the package would run it, and fails where the script is wrong',
    further,
    () => {
      // Without the mark by which a runner of tests knows its own children.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const run = () =>
        spawnSync(process.execPath, ['--test', 'chat.test.mjs'], { cwd: folder, encoding: 'utf8', env });
      const right = run();
      assert.equal(right.status, 0, right.stdout);
      const slip = named('chat.ts').replace('chat.data.name', 'chat.data.secret');
      writeFileSync(join(folder, 'chat.mjs'), asJavaScript(slip));
      const wrong = run();
      writeFileSync(join(folder, 'chat.mjs'), asJavaScript(named('chat.ts')));
      assert.equal(wrong.status, 1, wrong.stdout);
    },
  );

  it('has a profile whose run is what the server counted', async () => {
    const [{ text }] = blocksOf(page, 'yaml') as [Block];
    const server = await chatServer();
    try {
      const profile = text
        .replace('ws://127.0.0.1:3000/', server.url)
        .replace('script: chat.ts', `script: ${join(folder, 'chat.mjs')}`)
        .replace(
          /^ *ws_response_time.*$/m,
          '  ws_response_time{request:history}: { threshold: p(99)<60000, gate: false }',
        )
        .replace('connections: 100,', 'connections: 100, warmup: 0s, duration: 1s,');
      const files = { 'chat.yaml': profile, 'users.csv': users(101) };
      const run = await runCli([...COUNTED_RUN, 'chat.yaml', '-w', '2'], { files });
      assertExit(run, 0);
      const [say, history] = run.result!.cells[0]!.requests!;
      const { counts } = server;
      assert.deepEqual([counts.say, counts.history], [say!.messages.sent + 1, history!.messages.sent + 1]);
      assert.equal(say!.messages.answered + history!.messages.answered, 200);
      assert.deepEqual([counts.login, counts.wrong], [101, 0]);
    } finally {
      await server.stop();
    }
  });

  it('costs a thread no more than defineScript: the library is not loaded there', async () => {
    const names: string[][] = [];
    const server = await wsServer({
      onMessage: (ws, data) => {
        names.push((JSON.parse(data.toString()) as { names: string[] }).names);
        ws.send(data.toString());
      },
    });
    try {
      const script = `import * as wsurge from 'wsurge';
        export default { requests: { ask: { build: (_, m) => ({ id: m.sequence, names: Object.keys(wsurge) }) } } };`;
      writeFileSync(join(folder, 'names.mjs'), script);
      const load = 'load: [{ name: ask, connections: 1, rate: 10/s, warmup: 0s, duration: 1s }]';
      const profile = `target: { url: '${server.url}' }\nscript: ${join(folder, 'names.mjs')}\n${load}`;
      const run = await runCli([...COUNTED_RUN, 'names.yaml'], { files: { 'names.yaml': profile } });
      assert.ok(run.result !== null, run.stderr);
    } finally {
      await server.stop();
    }
    // The test connection and the load: each message comes from a thread.
    assert.equal(names.length, 11);
    for (const each of names) assert.deepEqual(each, ['defineScript']);
  });

  const lacking = existsSync(declarations) ? further.skip : 'needs the declarations that ship: npm run build';
  it('compiles against the types that ship, and not with a slip', { skip: lacking }, () => {
    const slip = named('chat.ts').replace('chat.data.secret', 'chat.data.sceret');
    writeFileSync(join(folder, 'slip.ts'), slip);
    const of = (name: string) => typeErrors(join(folder, name));
    assert.deepEqual([of('chat.ts'), of('chat.test.ts')], [[], []]);
    assert.match(of('slip.ts').join('\n'), /'sceret' does not exist on type 'User'/);
  });
});

function typeErrors(file: string): string[] {
  const program = ts.createProgram([file], {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
    ...{
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
