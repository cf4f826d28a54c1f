/**
 * A slip of the command line is told before wsurge loads what reads profiles or measures. Modules are counted, not seconds: V8
 * writes down every script that a process loaded.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { further } from '../share.js';

const root = realpathSync(fileURLToPath(new URL('../../../', import.meta.url)));
const bin = join(root, 'dist/src/cli/bin.js');
/** One of each kind: without a command, help, no such command, a wrong flag, a wrong value, and one that is missing. */
const FIRST = new Set(['--version', 'run --help', 'rn', 'run --nope', 'capacity ws://127.0.0.1:9/', 'compare']);
/** About a quarter more than any of these command lines needs; what measures is three hundred. */
const MOST_MODULES = 80;

interface Loaded {
  readonly code: number | null;
  readonly stderr: string;
  /** The files that were loaded, from the root of the package on: where wsurge lies must not matter. */
  readonly files: readonly string[];
}

function loadedBy(words: readonly string[]): Loaded {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-lazy-'));
  try {
    const env = { PATH: process.env['PATH'], NODE_V8_COVERAGE: folder };
    const { status: code, stderr } = spawnSync(process.execPath, [bin, ...words], {
      env,
      cwd: folder,
      encoding: 'utf8',
    });
    const reports = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const urls = reports.flatMap((text) =>
      (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
    );
    const here = `${pathToFileURL(root).href}/`;
    return { code, stderr, files: urls.filter((url) => url.startsWith(here)).map((url) => url.slice(here.length)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a slip of the command line', () => {
  for (const line of [
    '--version',
    'run --help',
    'rn',
    'run --nope',
    'run',
    'run ws://127.0.0.1:9/ --match maybe -H nocolon',
    'run nowhere.yaml',
    'check --nope',
    'ab --a x --b y smoke -w many',
    'capacity ws://127.0.0.1:9/ -d nope',
    'compare',
    'history chek',
    'report --nope',
    'calibrate --nope',
    'doctor --nope',
    'serve --nope',
  ]) {
    const options = FIRST.has(line.split(' ').slice(0, 2).join(' ')) ? {} : further;
    it(`wsurge ${line}: loads neither zod nor yaml, nor what measures`, options, () => {
      const { code, stderr, files } = loadedBy(line.split(' '));
      assert.equal(code, /--version|--help/.test(line) ? 0 : 104, stderr);
      assert.deepEqual(
        files.filter((file) =>
          /^node_modules|^dist\/src\/(engine|check|target|server)\/|^dist\/src\/store\/(?!durability|store-error)/.test(
            file,
          ),
        ),
        [],
      );
      assert.ok(files.length > 5 && files.length <= MOST_MODULES, `${files.length} modules`);
    });
  }

  it('is counted by a method that sees what a right command line loads', () => {
    const { code, files } = loadedBy(['run', 'smoke', '--dry-run']);
    assert.equal(code, 0);
    assert.ok(
      files.some((file) => file.includes('/zod/')) && files.length > 2 * MOST_MODULES,
      `${files.length} modules`,
    );
  });
});
