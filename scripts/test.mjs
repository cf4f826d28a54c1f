// Runs the built tests: `npm test` runs all, `npm test -- verdict cli/run` the files whose path contains a word.
// One process a file, two at a time; those that measure, or want a whole machine, one after the other at the end.
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

/** A guard against hanging, far above what a file takes on the busiest machine. */
const FILE_TIMEOUT_MS = 600_000;
const CONCURRENCY = 2;
/** Folders whose tests measure, or want a whole machine: one after the other. */
const SERIAL = new Set(['bench', 'coordinator', 'e2e', 'engine', 'lab', 'workers']);
/** But for those of e2e that count and read texts only: what they expect also holds on a busy machine. */
const COUNTING = new Set(
  'check interrupt local-addresses machine models no-echo output report secrets transports turnover unreachable'
    .split(' ')
    .map((name) => join('e2e', `${name}.test.js`)),
);

const folder = fileURLToPath(new URL('../dist/test', import.meta.url));
const print = (line) => process.stdout.write(`${line}\n`);

const files = testFiles(process.argv.slice(2));
const total = { passed: 0, failed: 0, skipped: 0 };
await runAll(
  files.filter((file) => !isSerial(file)),
  CONCURRENCY,
);
await runAll(files.filter(isSerial), 1);
if (total.passed + total.failed === 0) print('no test was run: nothing matches');
print('');
print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function testFiles(words) {
  const paths = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.test.js'));
  return paths.filter((path) => words.length === 0 || words.some((word) => nameOf(path).includes(word))).sort();
}

/** `test/verdict/limits`: what filters match and the output shows. */
function nameOf(path) {
  return join('test', path)
    .replaceAll(sep, '/')
    .replace(/\.test\.js$/, '');
}

function isSerial(path) {
  return SERIAL.has(path.split(sep)[0]) && !COUNTING.has(path);
}

async function runAll(paths, concurrency) {
  const queue = [...paths];
  const lane = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) await runFile(path);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

async function runFile(path) {
  const file = join(folder, path);
  const startedMs = performance.now();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const output = [];
  for await (const { type, data } of run({ files: [file], concurrency: 1, timeout: FILE_TIMEOUT_MS })) {
    if (type === 'test:stdout' || type === 'test:stderr') output.push(data.message);
    else if (type === 'test:pass') countPass(data, file, counts, failures);
    else if (type === 'test:fail') countFailure(data, file, counts, failures);
  }
  report(nameOf(path), counts, failures, output, performance.now() - startedMs);
  for (const key of Object.keys(total)) total[key] += counts[key];
}

function countPass({ name, skip, todo, details }, file, counts, failures) {
  if (name === file) {
    counts.failed++;
    failures.push('the file has no tests');
  } else if (isSet(skip)) {
    // Of a skipped suite no test ran: it counts as one, and says why.
    counts.skipped++;
    print(indent(`skipped: ${name}: ${typeof skip === 'string' ? skip : 'no reason given'}`));
  } else if (details.type === 'suite') return;
  else if (isSet(todo)) counts.skipped++;
  else counts.passed++;
}

function countFailure({ name, todo, details }, file, counts, failures) {
  const { error } = details;
  if (isSet(todo)) {
    counts.skipped++;
    return;
  }
  // A suite or a parent that fails through its children adds nothing to what they already say.
  if (error?.failureType === 'subtestsFailed') return;
  if (name === file && error?.failureType === 'testCodeFailure' && failures.length > 0) return;
  counts.failed++;
  failures.push(`${name === file ? 'the file itself' : name}\n${reasonOf(error)}`);
}

function isSet(mark) {
  return mark !== undefined && mark !== false;
}

function reasonOf(error) {
  const cause = error?.cause;
  if (cause === undefined || typeof cause === 'string') return error?.message ?? 'failed';
  return inspect(cause, { depth: 6 });
}

function report(name, { passed, failed, skipped }, failures, output, tookMs) {
  const parts = [`${passed} passed`, failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : ''];
  const mark = failed > 0 ? 'FAIL' : 'ok';
  print(
    `${mark.padEnd(4)} ${name}  ${parts.filter((part) => part !== '').join(', ')}  ${(tookMs / 1000).toFixed(1)} s`,
  );
  for (const failure of failures) print(indent(`- ${failure}`));
  if (failed > 0 && output.length > 0) print(indent(`output of the file:\n${output.join('').trimEnd()}`));
}

function indent(text) {
  return text.replaceAll(/^/gm, '     ');
}
