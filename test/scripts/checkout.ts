import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../../scripts/', import.meta.url));

/** Stands in for npm: notes each call, then installs the lockfile by writing it down, or fails as it is told. */
const FAKE_NPM = `
const { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync, readFileSync } = require('node:fs');
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
if (process.env.NPM_SAYS) { process.stderr.write(process.env.NPM_SAYS); process.exit(1); }
rmSync('node_modules', { recursive: true, force: true });
for (const path of Object.keys(JSON.parse(readFileSync('package-lock.json', 'utf8')).packages)) {
  if (path === '') continue;
  mkdirSync(path, { recursive: true });
  writeFileSync(path + '/package.json', '{}');
}
mkdirSync('node_modules/typescript/bin', { recursive: true });
cpSync('fake-tsc.js', 'node_modules/typescript/bin/tsc');
cpSync('fake-typescript.js', 'node_modules/typescript/index.js');
cpSync('fake-stripper.js', 'node_modules/ts-blank-space/index.js');
cpSync('fake-bundler.js', 'node_modules/esbuild/index.js');
cpSync('package-lock.json', 'node_modules/.package-lock.json');
`;

/** Stands in for the compiler: writes the outputs of every source that ships, or, after the first time, of those that changed. */
const FAKE_COMPILER = `
const { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const notes = existsSync('dist/.tsbuildinfo') ? JSON.parse(readFileSync('dist/.tsbuildinfo', 'utf8')) : null;
appendFileSync('tsc-calls', (notes === null ? 'full' : 'incremental') + '\\n');
for (const folder of ['dist/src/cli', 'dist/src/target', 'dist/workers']) mkdirSync(folder, { recursive: true });
const sources = {};
const all = ['src', 'workers'].flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => folder + '/' + name));
for (const path of all.filter((name) => name.endsWith('.ts'))) {
  const text = readFileSync(path, 'utf8');
  if (text.includes('BROKEN')) { process.stdout.write(path + ': broken'); process.exit(2); }
  sources[path] = text;
  if (notes !== null && notes[path] === text) continue;
  for (const ending of ['.js', '.js.map', '.d.ts']) writeFileSync('dist/' + path.replace('.ts', ending), '');
}
writeFileSync('dist/.tsbuildinfo', JSON.stringify(sources));
`;

/** Stands in for the parser of the compiler. */
const FAKE_PARSER = `
exports.ScriptTarget = {};
exports.flattenDiagnosticMessageText = (text) => text;
exports.createSourceFile = (name, text) => ({
  text,
  parseDiagnostics: text.includes('BROKEN') ? [{ messageText: 'no TypeScript' }] : [],
});
`;

/** Stands in for what strips types off: notes that it was loaded, once for each build. */
const FAKE_STRIPPER = `
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
appendFileSync(join(__dirname, '../../strip-calls'), 'stripped\\n');
exports.blankSourceFile = ({ text }) => text;
`;

/** Stands in for the bundler: copies each entry to its output. */
const FAKE_BUNDLER = `
const { cpSync, mkdirSync, readFileSync } = require('node:fs');
const { extname, join } = require('node:path');
exports.build = async ({ entryPoints, outdir }) => {
  mkdirSync(outdir, { recursive: true });
  for (const { in: source, out } of entryPoints) {
    if (readFileSync(source, 'utf8').includes('BROKEN')) throw new Error(source + ': does not parse');
    cpSync(source, join(outdir, out + extname(source)));
  }
  const isDoubtful = entryPoints.some(({ in: source }) => readFileSync(source, 'utf8').includes('DOUBTFUL'));
  return { warnings: isDoubtful ? [{ text: 'is doubtful', location: { file: 'page/run/page.js' } }] : [] };
};
`;

/** The entries of the pages that scripts/pages.mjs bundles. */
const PAGE_ENTRIES = ['run/page.js', 'check/page.js', 'capacity/page.js', 'comparison/page.js', 'shared/style.css'];

/** The threads that scripts/threads.mjs bundles. */
const THREADS = ['canary', 'load-worker', 'metronome', 'script', 'script-guard', 'truth-echo'];

export interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

/** A small project in a temporary folder, with the real scripts and with stand-ins for npm, the compiler and the bundler. */
export class Checkout {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wsurge-checkout-'));

  constructor() {
    cpSync(scripts, join(this.#folder, 'scripts'), { recursive: true });
    this.write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.19' } }));
    this.lock({
      '': {},
      'node_modules/ws': { version: '8.0.0' },
      'node_modules/elsewhere': { version: '1.0.0', optional: true },
    });
    for (const name of ['tsconfig.json', 'tsconfig.build.json']) this.write(name, '{}');
    for (const name of ['cli/bin', 'target/watchdog-process']) this.write(`src/${name}.ts`, 'x');
    this.write('src/a.ts', 'x');
    this.write('fake-npm/npm-cli.js', FAKE_NPM);
    this.write('fake-npm/package.json', '{}');
    this.write('fake-tsc.js', FAKE_COMPILER);
    this.write('fake-typescript.js', FAKE_PARSER);
    this.write('fake-stripper.js', FAKE_STRIPPER);
    this.write('fake-bundler.js', FAKE_BUNDLER);
    for (const entry of PAGE_ENTRIES) this.write(`page/${entry}`, 'x');
    for (const name of THREADS) this.write(`workers/${name}.ts`, 'x');
  }

  /** Becomes a copy of another one, whatever its scripts have done there: to install and build anew takes processes. */
  become(other: Checkout): void {
    cpSync(other.#folder, this.#folder, { recursive: true, verbatimSymlinks: true });
  }

  lock(packages: Readonly<Record<string, unknown>>): void {
    this.write('package-lock.json', JSON.stringify({ packages }));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
    writeFileSync(join(this.#folder, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.#folder, path), { recursive: true });
  }

  has(path: string): boolean {
    return existsSync(join(this.#folder, path));
  }

  path(path: string): string {
    return join(this.#folder, path);
  }

  /** How often npm, the compiler or the stripper was called, as one line per call. */
  calls(tool: 'npm' | 'tsc' | 'strip'): string[] {
    if (!this.has(`${tool}-calls`)) return [];
    return readFileSync(join(this.#folder, `${tool}-calls`), 'utf8')
      .trim()
      .split('\n');
  }

  /** Runs one of the scripts from another folder, with the arguments for Node itself before it. */
  run(
    script: string,
    env: Readonly<Record<string, string>> = {},
    nodeArgs: readonly string[] = [],
    args: readonly string[] = [],
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [...nodeArgs, join(this.#folder, 'scripts', script), ...args], {
        cwd: tmpdir(),
        env: { PATH: '', npm_execpath: join(this.#folder, 'fake-npm/npm-cli.js'), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          said += text;
        });
      }
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, said }));
    });
  }

  delete(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
