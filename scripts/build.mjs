// Makes dist/ of the TypeScript, in one of two ways. `npm start` and `npm test` strip the types off, which takes a few
// seconds. `npm run build`, and npm before it packs, checks what ships as it compiles it, and writes its declarations
// too. `npm run typecheck` checks everything. Nothing stale stays behind: an output whose source is gone is deleted.
// The scripts of the report pages are bundled into dist/page/ (pages.mjs), the threads into dist/threads/ (threads.mjs), the
// command line into dist/bundle/cli/ (command.mjs).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand, hasCommand } from './command.mjs';
import { withLock } from './lock.mjs';
import { bundlePages, hasPages } from './pages.mjs';
import { bundleThreads, hasThreads } from './threads.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const dist = join(root, 'dist');
const stamp = join(dist, '.stamp');
const buildInfo = join(dist, '.tsbuildinfo');
const pageSources = join(root, 'page');
const pages = join(dist, 'page');
const threads = join(dist, 'threads');
const command = join(dist, 'bundle', 'cli');
const STRIPPED = ['.js'];
/** What the compiler makes of the folders that ship, which tsconfig.build.json names too. */
const COMPILED = ['.js', '.js.map', '.d.ts'];
const shipped = ['src', 'workers'];
const folders = [...shipped, 'test', 'bench'];

/** Whether dist/ was made of the sources as they are now. */
export function isBuilt() {
  if (!existsSync(stamp)) return false;
  const sources = sourceFiles();
  const isCurrent = readFileSync(stamp, 'utf8') === fingerprint(sources);
  const isWhole = sources.every((source) => isMade(source, STRIPPED));
  return isCurrent && isWhole && hasPages(pages) && hasThreads(threads) && hasCommand(command);
}

/** Strips the types off all sources. Throws if one is not valid TypeScript. */
export async function strip() {
  await make(STRIPPED, stripTypes);
}

/** Compiles what ships and strips the rest. Throws with the compiler's messages if the sources do not compile. */
export async function build() {
  await make(COMPILED, async (sources) => {
    const checked = sources.filter(isShipped);
    compile();
    // The incremental compiler trusts its notes, not the folder: outputs that went missing need a full build.
    if (!checked.every((source) => isMade(source, COMPILED))) {
      rmSync(buildInfo, { force: true });
      compile();
    }
    await stripTypes(sources.filter((source) => !isShipped(source)));
  });
}

/** Writes the stamp last, so that an interrupted build has none. */
async function make(shippedEndings, work) {
  const sources = sourceFiles();
  rmSync(stamp, { force: true });
  deleteStaleOutputs(sources.flatMap((source) => outputsOf(source, isShipped(source) ? shippedEndings : STRIPPED)));
  await work(sources);
  await bundlePages(pageSources, pages);
  await bundleThreads(join(dist, 'workers'), threads);
  await bundleCommand(join(dist, 'src'), command);
  makeExecutable(join(dist, 'src', 'cli', 'bin.js'));
  makeExecutable(join(command, 'bin.js'));
  writeFileSync(stamp, fingerprint(sources));
}

function compile() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [compiler, '--project', join(root, 'tsconfig.build.json')],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`the sources do not compile:\n${stdout}${stderr}`);
}

/** Strips all sources each time, which takes a few seconds. Throws if one is not valid TypeScript. */
async function stripTypes(sources) {
  // Imported here, because these packages may not be installed when this file is loaded.
  const { default: ts } = await import('typescript');
  const { blankSourceFile } = await import('ts-blank-space');
  for (const source of sources) {
    const file = ts.createSourceFile(source, readFileSync(source, 'utf8'), ts.ScriptTarget.ES2023, true);
    const problems = file.parseDiagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    const text = blankSourceFile(file, (node) => problems.push(`cannot be stripped: ${node.getText()}`));
    if (problems.length > 0) throw new Error(`${relative(root, source)}: ${problems[0]}`);
    const [output] = outputsOf(source, STRIPPED);
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, text);
  }
}

function sourceFiles() {
  return folders.flatMap((folder) => filesUnder(join(root, folder))).filter((file) => file.endsWith('.ts'));
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const file of [
    ...sources,
    ...filesUnder(pageSources),
    ...[
      'tsconfig.json',
      'tsconfig.build.json',
      'package-lock.json',
      'scripts/build.mjs',
      'scripts/command.mjs',
      'scripts/pages.mjs',
      'scripts/threads.mjs',
    ].map((name) => join(root, name)),
  ]) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function outputsOf(source, endings) {
  const base = join(dist, relative(root, source)).replace(/\.ts$/, '');
  return endings.map((ending) => base + ending);
}

function isShipped(source) {
  return shipped.includes(relative(root, source).split(sep)[0]);
}

function isMade(source, endings) {
  return outputsOf(source, endings).every((output) => existsSync(output));
}

function deleteStaleOutputs(outputs) {
  const wanted = new Set(outputs);
  for (const folder of folders)
    for (const output of filesUnder(join(dist, folder))) if (!wanted.has(output)) rmSync(output, { force: true });
}

function makeExecutable(file) {
  mkdirSync(dist, { recursive: true });
  if (existsSync(file)) chmodSync(file, 0o755);
}

const isMain = process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain) {
  try {
    await withLock(dist, (pid) => process.stderr.write(`build: waiting for process ${pid}\n`), build);
  } catch (error) {
    process.stderr.write(`build: ${error.message}\n`);
    process.exitCode = 1;
  }
}
