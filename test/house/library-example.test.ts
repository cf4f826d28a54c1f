/** The library example of the documents compiles as a user of the package would compile it, and runs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { further } from '../share.js';
import { blocksOf, pagesOf } from './pages.js';
import { projectFiles } from './project.js';

const EXAMPLE_TIMEOUT_MS = 60_000;
const root = fileURLToPath(new URL('../../../', import.meta.url));
const library = new URL('../../src/index.js', import.meta.url);
const declarations = fileURLToPath(new URL('index.d.ts', library));
const pages = new Map([...pagesOf(projectFiles())].filter(([path]) => path !== 'docs/guide/scripts.md'));

describe('the library example', () => {
  const [example, ...others] = blocksOf(pages, 'ts');
  const source = example?.text ?? '';

  it('is the only one', () => assert.deepEqual(others, []));

  const lacking = existsSync(declarations) ? further.skip : 'needs the declarations that ship: npm run build';
  it('compiles against the types that ship, and not with a name that is not exported', { skip: lacking }, () => {
    const wrong = source.replaceAll('startServer', 'startAnything');
    assert.deepEqual(
      typeErrors({ 'right.ts': source, 'wrong.ts': wrong }).map(({ file }) => file),
      ['wrong.ts'],
    );
  });

  it('runs, and prints what it promises', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-library-'));
    try {
      const file = join(folder, 'example.mjs');
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      });
      writeFileSync(file, outputText.replace("'wsurge'", `'${library.href}'`));
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
        cwd: folder,
        encoding: 'utf8',
        timeout: EXAMPLE_TIMEOUT_MS,
      });
      assert.equal(stderr, '');
      assert.equal(status, 0);
      assert.match(
        stdout,
        /^measured load\/c10-r200\nload\/c10-r200 held 10 p50 (\d+|null) us (valid|degraded|invalid)\nexit code (0|98), report in \S+\n$/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** What the compiler has against some sources, as a strict user of the package would compile them. */
function typeErrors(sources: Readonly<Record<string, string>>): { file: string; message: string }[] {
  const texts = new Map(Object.entries(sources).map(([name, text]) => [join(root, name), text]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    // Without those of a browser, which take a third of the time to check.
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    paths: { wsurge: [declarations] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, language) => {
    const text = texts.get(path);
    return text === undefined ? getSourceFile(path, language) : ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => ({
    file: relative(root, file?.fileName ?? ''),
    message: ts.flattenDiagnosticMessageText(messageText, '\n'),
  }));
}
