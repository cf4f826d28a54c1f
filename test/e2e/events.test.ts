/** `--events`: what happens, for programs, while it happens. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parsedLines } from './event-lines.js';
import { wsServer } from './local-server.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const LOAD = ['-c', '2', '-R', '20', '-W', '0s'];

test('--events - of a run: stdout holds the events and nothing else, people read stderr', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, server.url, ...LOAD, '-d', '3s', '--events', '-']);
  const lines = parsedLines(run.stdout);
  const { cells, verdict } = run.result!;
  const of = (type: string) => lines.filter((line) => line.type === type);
  const order = lines.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
  assert.deepEqual(order.slice(0, 3), ['plan', 'canary', 'phase'], run.stdout);
  assert.equal(order.at(-1), 'verdict');
  assert.deepEqual(
    of('phase').map(({ phase }) => phase),
    ['connect', 'measure', 'drain'],
  );
  // Each second of the report once, in order; counts of the last ones are those of the report.
  const [cell] = cells;
  assert.deepEqual(
    of('second').map(({ phase, second }) => [phase, second]),
    cell!.seconds.map(({ phase, second }) => [phase, second]),
  );
  const [told] = of('cell');
  const { planned, sent, answered, lost } = cell!.flows[0]!.messages;
  assert.deepEqual(
    [told!['planned'], told!['sent'], told!['answered'], told!['lost']],
    [planned, sent, answered, lost],
  );
  assert.equal(told!['validity'], cell!.validity);
  assert.deepEqual(
    of('reason').map(({ code }) => code),
    verdict.reasons.map(({ code }) => code),
  );
  const [last] = of('verdict');
  assert.deepEqual([last!['exitCode'], last!['validity']], [run.code, verdict.validity]);
  assert.match(run.stderr, /verdict .*(PASSED|INVALID)/);
});

test('--events - and --json both want stdout: refused before anything is sent, with a way out', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, server.url, ...LOAD, '--events', '-', '--json']);
  assert.deepEqual([run.code, server.accepted(), run.folders], [104, 0, 0]);
  assert.match(run.stderr, /--events: and --json both want stdout\n {4}name a file/);
});

test('a file that cannot be written is refused before anything is sent', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, server.url, ...LOAD, '--events', 'taken'], { files: { taken: 'mine' } });
  assert.deepEqual([run.code, server.accepted(), run.folders], [104, 0, 0]);
  assert.match(run.stderr, /--events: cannot write to taken: .*\n {2}try: name a file that is not there yet/);
});

test('--dry-run tells the plan alone', async () => {
  const run = await runCli(['run', 'ws://127.0.0.1:1/', '--dry-run', '--events', '-']);
  const lines = parsedLines(run.stdout);
  assert.deepEqual(
    lines.map(({ type, folder }) => [type, folder]),
    [['plan', null]],
  );
  assert.match(run.stderr, /nothing was sent/);
});

test('a reader that goes away ends nothing: the run writes its files', { timeout: 240_000 }, async (t) => {
  const server = await wsServer();
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'wsurge-events-'));
  t.after(async () => {
    await server.stop();
    await rm(cwd, { recursive: true, force: true });
  });
  const args = [CLI, ...COUNTED_RUN, server.url, ...LOAD, '-d', '1s', '--events', '-'];
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.once('data', () => child.stdout.destroy());
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  // 98 on a machine that was too busy to measure.
  assert.ok(code === 0 || code === 98, `${code}: ${stderr}`);
  const [run] = await readdir(path.join(cwd, 'results'));
  const files = await readdir(path.join(cwd, 'results', run!));
  for (const file of ['result.json', 'report.html']) assert.ok(files.includes(file), files.join(', '));
});
