// Runs the built tests: `npm test` runs all, `npm test -- verdict cli/run` the files whose path contains a word, and
// `npm test -- cli :cli/start` those of a word but for those of another.
// Nothing is timed: no test may depend on how busy the machine is, so several files run at once.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

/** A guard against hanging. No process takes nearly as long, even on a busy machine. */
const PROCESS_TIMEOUT_MS = 1_800_000;
/** Processes at a time. More than there are cores, because tests that start servers mostly wait. */
const LANES = availableParallelism() + 3;
/**
 * Which rooms share processes, and how many files at most are in one. To start a process, to load the code and to run it
 * before it is compiled takes longer than most tests: the first run of a process costs four times as much processor time as
 * the next. What waits most comes first, so that it is not left at the end. The time of each file is printed with its result.
 */
const SHARING = [
  { files: 4, rooms: ['page'] },
  { files: 6, rooms: ['e2e'] },
  { files: 26, rooms: ['bus', 'deploy', 'fleet', 'peers', 'scripts'] },
  { files: 12, rooms: ['check'] },
  { files: 26, rooms: ['coordinator', 'machine', 'script', 'server', 'target'] },
  { files: 26, rooms: ['engine'] },
  { files: 26, rooms: ['app', 'campaign', 'cli'] },
  { files: 26, rooms: ['documents', 'house', 'lab', 'report', 'store'] },
  { files: 50, rooms: ['bench', 'dialect', 'metrics', 'plan', 'profile', 'stats', 'text', 'verdict'] },
];
/** Files that need a process of their own, because they look at that process. */
const ALONE = new Set(
  'e2e/live e2e/machine e2e/suspended engine/health engine/hostile engine/session/hostile'.split(' '),
);
/** A hook outside of any suite applies to all tests of its process. `after` is harmless: it runs after all of them. */
const HOOKS_ALL = /^(?:before|beforeEach|afterEach)\(/m;

/**
 * Where invented inputs of property tests begin: the same in every run, so that a run fails only for what was changed.
 * `WSURGE_TEST_SEED=random npm test -- stats` looks elsewhere, and a failure names its seed.
 */
const SEED = process.env.WSURGE_TEST_SEED ?? '1';
if (SEED !== 'random' && !/^-?\d{1,9}$/.test(SEED)) throw new Error('WSURGE_TEST_SEED is a whole number, or random');

/** The reason with which `further` tests are skipped (test/share.ts). */
const FURTHER = 'one more of its kind';

const folder = fileURLToPath(new URL('../dist/test', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'wsurge-tests-'));
const print = (line) => process.stdout.write(`${line}\n`);

/** The results of one file. */
class FileResult {
  passed = 0;
  failed = 0;
  skipped = 0;
  further = 0;
  output = [];
  #lines = [];
  #failures = [];
  #startedMs = performance.now();
  #tookMs = 0;

  constructor(name) {
    this.name = name;
    this.marker = markerOf(name);
  }

  begin() {
    this.#startedMs = performance.now();
  }

  end() {
    this.#tookMs = performance.now() - this.#startedMs;
  }

  pass({ name, skip, todo, details }) {
    if (skip === FURTHER) this.further++;
    else if (isSet(skip)) {
      // A skipped suite counts as one skipped test, with its reason.
      this.skipped++;
      this.#lines.push(`skipped: ${name}: ${typeof skip === 'string' ? skip : 'no reason given'}`);
    } else if (details.type === 'suite') return;
    else if (isSet(todo)) this.skipped++;
    else this.passed++;
  }

  fail({ name, todo, details }) {
    if (isSet(todo)) this.skipped++;
    // A suite that fails only because of its tests adds nothing to what they say.
    else if (details.error?.failureType !== 'subtestsFailed') this.addFailure(name, details.error);
  }

  addFailure(name, error) {
    this.failed++;
    this.#failures.push(`${name}\n${reasonOf(error)}`);
  }

  report() {
    const { passed, failed, skipped, further, output } = this;
    if (passed + failed + skipped + further === 0)
      this.addFailure('the file itself', new Error('the file has no tests'));
    const counts = [
      `${passed} passed`,
      this.failed > 0 ? `${this.failed} failed` : '',
      skipped > 0 ? `${skipped} skipped` : '',
      further > 0 ? `${further} left to .ci/run` : '',
    ];
    const mark = this.failed > 0 ? 'FAIL' : 'ok';
    const took = `${(this.#tookMs / 1000).toFixed(1)} s`;
    print(`${mark.padEnd(4)} ${this.name}  ${counts.filter((part) => part !== '').join(', ')}  ${took}`);
    for (const line of this.#lines) print(indent(line));
    for (const failure of this.#failures) print(indent(`- ${failure}`));
    if (this.failed > 0 && output.length > 0) print(indent(`output of the file:\n${output.join('').trimEnd()}`));
  }
}

// Node reads the certificates of this variable whenever it starts, which takes longer than the start itself. The tests
// start hundreds of processes, and all their servers are on loopback.
delete process.env.NODE_EXTRA_CA_CERTS;
// With room for what lives shortly the tests spend a seventh less on collecting it. What they start is as it is for users.
const NODE_OPTIONS = process.env.NODE_OPTIONS ?? '';
process.env.NODE_OPTIONS = `${NODE_OPTIONS} --max-semi-space-size=64`;

const total = { passed: 0, failed: 0, skipped: 0, further: 0 };
try {
  await runAll(groupsOf(testFiles(process.argv.slice(2))));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (total.passed + total.failed === 0) print('no test was run: nothing matches');
print('');
if (total.further > 0)
  print(
    `${total.further} more, of kinds that were tested, are left to .ci/run: WSURGE_TEST_WHOLE=1 npm test runs them`,
  );
print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function testFiles(words) {
  const paths = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.test.js'));
  const has = (wanted) => (path) => wanted.some((word) => nameOf(path).includes(word));
  const left = words.filter((word) => word.startsWith(':')).map((word) => word.slice(1));
  const taken = words.filter((word) => !word.startsWith(':'));
  return paths.filter((path) => (taken.length === 0 || has(taken)(path)) && !has(left)(path)).sort();
}

/** `test/verdict/limits`: the name that filters match and that is printed. */
function nameOf(path) {
  return join('test', path)
    .replaceAll(sep, '/')
    .replace(/\.test\.js$/, '');
}

/** The files of each process, in the order in which they start: those that have one to themselves first. */
function groupsOf(paths) {
  const room = (path) => path.split(sep)[0];
  const groups = [];
  for (const { files, rooms } of SHARING) {
    const sharing = rooms.flatMap((name) => paths.filter((path) => room(path) === name && shares(path)));
    // As even as can be: no process with the one file that the others had no place for.
    const processes = Math.ceil(sharing.length / files);
    for (let i = 0; i < processes; i++)
      groups.push(sharing.slice((i * sharing.length) / processes, ((i + 1) * sharing.length) / processes));
  }
  const shared = new Set(groups.flat());
  return [...paths.filter((path) => !shared.has(path)).map((path) => [path]), ...groups];
}

/** Whether the tests of a file may run in one process with those of others. */
function shares(path) {
  if (ALONE.has(nameOf(path).replace('test/', ''))) return false;
  return !HOOKS_ALL.test(readFileSync(join(folder, path), 'utf8'));
}

async function runAll(groups) {
  const queue = [...groups];
  const lane = async () => {
    for (let group = queue.shift(); group !== undefined; group = queue.shift()) await runGroup(group);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function runGroup(paths) {
  const file = loaderOf(paths);
  const results = paths.map((path) => new FileResult(nameOf(path)));
  let current = results[0];
  for await (const { type, data } of run({ files: [file], concurrency: 1, timeout: PROCESS_TIMEOUT_MS })) {
    const begun = type === 'test:pass' ? results.find(({ marker }) => marker === data.name) : undefined;
    if (begun !== undefined) {
      current.end();
      current = begun;
      current.begin();
    } else if (type === 'test:stdout' || type === 'test:stderr') current.output.push(data.message);
    // If a test failed, the failure of the whole process says nothing more.
    else if (type === 'test:fail' && data.name === file) failWhole(results, current, data.details.error);
    else if (type === 'test:pass' && data.name !== file) current.pass(data);
    else if (type === 'test:fail') current.fail(data);
  }
  current.end();
  for (const result of results) {
    result.report();
    for (const key of Object.keys(total)) total[key] += result[key];
  }
}

/** Loads the files one after the other. A test that always passes marks where the tests of each file begin. */
function loaderOf(paths) {
  const files = paths.map((path) => [markerOf(nameOf(path)), pathToFileURL(join(folder, path)).href]);
  const file = join(scratch, `${nameOf(paths[0]).replaceAll('/', '-')}.mjs`);
  writeFileSync(
    file,
    `import { test } from 'node:test';
process.env.NODE_OPTIONS = ${JSON.stringify(NODE_OPTIONS)};
${seeding(paths)}for (const [marker, url] of ${JSON.stringify(files)}) {
  test(marker, () => {});
  try {
    await import(url);
  } catch (error) {
    test('the file itself', () => { throw error; });
  }
}
`,
  );
  return file;
}

/** Code for the loader of files that invent inputs. */
function seeding(paths) {
  const invents = (path) => readFileSync(join(folder, path), 'utf8').includes("from 'fast-check'");
  if (SEED === 'random' || !paths.some(invents)) return '';
  const properties = JSON.stringify(import.meta.resolve('fast-check'));
  return `(await import(${properties})).default.configureGlobal({ seed: ${SEED} });\n`;
}

function markerOf(name) {
  return `begin ${name}`;
}

function failWhole(results, current, error) {
  if (error?.failureType === 'subtestsFailed') return;
  if (error?.failureType === 'testCodeFailure' && results.some(({ failed }) => failed > 0)) return;
  current.addFailure('the file itself', error);
}

function isSet(mark) {
  return mark !== undefined && mark !== false;
}

function reasonOf(error) {
  const cause = error?.cause;
  if (cause === undefined || typeof cause === 'string') return error?.message ?? 'failed';
  return inspect(cause, { depth: 6 });
}

function indent(text) {
  return text.replaceAll(/^/gm, '     ');
}
