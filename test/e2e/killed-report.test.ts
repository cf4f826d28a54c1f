/** What is left of a run that was killed: reported as crashed, and never taken for a result. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseCapacity } from '../../src/documents/capacity-schema.js';
import type { CheckDocument } from '../../src/documents/check-document.js';
import { parseCheck } from '../../src/documents/check-schema.js';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { further } from '../share.js';
import { ECHO_PROGRAM, echoCommand } from './echo-program.js';
import { freePort, wsServer } from './local-server.js';
import { assertAnswered, COUNTED_RUN, runCli } from './run-cli.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';

const LIMIT = { timeout: 120_000 };
const FORMATS = 'html,md,junit,csv,hgrm,hlog,json';
const PROFILE = `
load:
  - { name: s, connections: 1, rate: 50/s }
  - { name: long, connections: 1, rate: 40/s, duration: 10m }
  - { name: last, connections: 1, rate: 5/s }
warmup: 0s
duration: 1s
`;

/** A run killed in its second cell of three, when that has a measured second on the disk; its folder. */
async function killedRun(t: TestContext): Promise<string> {
  const server = await wsServer();
  t.after(() => server.stop());
  const cli = await spawnCli(t, [...COUNTED_RUN, 'p.yaml', '--target', server.url, '-w', '1'], {
    'p.yaml': PROFILE,
  });
  const results = path.join(cli.cwd, 'results');
  for (;;) {
    const [name] = await readdir(results).catch(() => []);
    const folder = path.join(results, name ?? '');
    const lines = await readFile(path.join(folder, 'intervals.ndjson'), 'utf8').catch(() => '');
    if (lines.split('\n').some((line) => line.includes('"cell":"long/') && line.includes('"stage":"measure"'))) {
      cli.process.kill('SIGKILL');
      await cli.exit;
      return folder;
    }
    assert.equal(cli.process.exitCode, null, cli.stderr());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Kills the process once a file of its one folder holds the text; that folder. */
async function killedOnceKept(cli: SpawnedCli, name: string, text: string): Promise<string> {
  const results = path.join(cli.cwd, 'results');
  for (;;) {
    const [run] = await readdir(results).catch(() => []);
    const folder = path.join(results, run ?? '');
    const kept = await readFile(path.join(folder, name), 'utf8').catch(() => '');
    if (kept.includes(text)) {
      cli.process.kill('SIGKILL');
      await cli.exit;
      return folder;
    }
    assert.equal(cli.process.exitCode, null, cli.stderr());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('kill -9 under load: the report shows what is on the disk, marked crashed everywhere', LIMIT, async (t) => {
  const folder = await killedRun(t);
  assert.deepEqual((await readdir(folder)).toSorted(), ['intervals.ndjson', 'run.json']);

  for (const args of [
    ['compare', folder, folder],
    ['history', 'add', folder, '--file', path.join(folder, 'history.ndjson')],
  ]) {
    const refused = await runCli(args);
    assert.equal(refused.code, 104, refused.stderr);
    assert.match(refused.stderr, /the run was killed or died before its end, so it cannot be compared/);
  }

  const report = await runCli(['report', folder, '--format', FORMATS]);
  assert.equal(report.code, 0, report.stderr);
  assert.match(report.stderr, /CRASHED: no result in .*: the run was killed, or still runs/);
  const read = (name: string) => readFile(path.join(folder, name), 'utf8');
  const result = JSON.parse(await read('result.json')) as ResultDocument;
  assert.equal(result.status, 'crashed');
  assert.equal(result.verdict.exitCode, 105);
  assert.deepEqual(
    result.cells.map(({ id, interrupted }) => [id, interrupted]),
    [
      ['s/c1-r50', false],
      ['long/c1-r40', true],
    ],
  );
  assert.deepEqual(result.notRun, [{ id: 'last/c1-r5', reason: 'not reached' }]);
  const [whole, part] = result.cells;
  assertAnswered(whole!, 50);
  assert.equal(whole!.connections.held, 1);
  assert.notEqual(whole!.target, 'down');
  assert.ok(part!.flows[0]!.messages.answered > 0 && part!.seconds.length > 0);
  assert.match(result.verdict.reasons[0]!.message, /1 whole cell of 3, long\/c1-r40 in part/);
  assert.match(await read('report.md'), /CRASHED/);
  assert.match(await read('report.html'), /"CRASHED"/);
  assert.match(await read('junit.xml'), /<testcase name="result"[^>]*>\s*<[^>]*CRASHED/);

  // The document that was made now is no result either.
  const refused = await runCli(['compare', folder, folder]);
  assert.equal(refused.code, 104, refused.stderr);
  assert.match(refused.stderr, /cannot be compared/);
});

test('kill -9 in a search: the report shows the steps that were done', { ...LIMIT, ...further }, async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const load = ['-c', '2', '-r', '20/s', '-W', '0s', '-d', '200ms', '-w', '1', '--max', '100000'];
  const args = ['capacity', server.url, ...load, '--slo', 'ws_response_time p(95)<20s', '--reply-timeout', '60s'];
  const cli = await spawnCli(t, args, {});
  const folder = await killedOnceKept(cli, 'capacity.json', '}');
  const report = await runCli(['report', folder]);
  assert.equal(report.code, 0, report.stderr);
  assert.match(report.stderr, /CRASHED: no result in .*: the run was killed, or still runs/);
  const { status, steps } = parseCapacity(JSON.parse(await readFile(path.join(folder, 'capacity.json'), 'utf8')));
  assert.equal(status, 'interrupted');
  assert.ok(steps.length > 0);
  assert.match(await readFile(path.join(folder, 'report.md'), 'utf8'), /2 connections/);
});

test('kill -9 in a comparison: the report names its turns, and how to go on', { ...LIMIT, ...further }, async (t) => {
  const port = await freePort();
  const build = echoCommand('echo.mjs', port);
  const load = ['-c', '2', '-R', '50', '-W', '0s', '-d', '200ms', '--no-pre-warm', '--no-instrument-check'];
  const args = [
    'ab',
    '--a',
    build,
    '--b',
    `${build} b`,
    '--target',
    `ws://127.0.0.1:${port}/`,
    ...load,
    '--rounds',
    '5',
  ];
  const cli = await spawnCli(t, args, { 'echo.mjs': ECHO_PROGRAM });
  const folder = await killedOnceKept(cli, 'turns.ndjson', '"round":1');
  const refused = await runCli(['report', folder]);
  assert.equal(refused.code, 104, refused.stderr);
  assert.match(refused.stderr, /a comparison of builds that was killed, or still runs: \d+ turns? had ended/);
  assert.match(refused.stderr, /--resume/);
  const [turn] = (await readdir(path.join(folder, 'rounds'))).toSorted();
  const report = await runCli(['report', path.join(folder, 'rounds', turn!)]);
  assert.equal(report.code, 0, report.stderr);
});

/** An echo that never answers `hello, world`, which check 2.1 sends: 2.1 is underway for good. */
test('kill -9 in a check: the report shows the checks that were done, marked crashed everywhere', LIMIT, async (t) => {
  const server = await wsServer({
    onMessage: (ws, data, binary) => {
      if (data.toString() !== 'hello, world') ws.send(data, { binary });
    },
  });
  t.after(() => server.stop());
  const args = [
    'check',
    `${server.url}?token=secret-word`,
    '--quick',
    '--only',
    '1.1,2.1,2.2',
    '--set',
    'reply.echo=full',
  ];
  const cli = await spawnCli(t, args);
  const folder = await killedOnceKept(cli, 'checks.ndjson', '"check":{');
  const kept = ['checks.ndjson', 'run.json'];
  assert.deepEqual((await readdir(folder)).toSorted(), kept);

  const report = await runCli(['report', folder, '--format', 'html,md,junit,csv,json']);
  assert.equal(report.code, 0, report.stderr);
  assert.match(report.stderr, /CRASHED: no result in .*: the run was killed, or still runs/);
  const read = (name: string) => readFile(path.join(folder, name), 'utf8');
  const { status, verdict, scenarios } = parseCheck(JSON.parse(await read('result.json')));
  assert.deepEqual([status, verdict.passed, verdict.exitCode], ['crashed', false, 105]);
  const not = 'not run: wsurge ended before this check was done';
  assert.deepEqual(
    scenarios.flatMap(({ checks }) =>
      checks.map((check) => [check.id, check.status === 'skipped' ? check.reason : check.status]),
    ),
    [
      ['1.1', 'passed'],
      ['2.1', not],
      ['2.2', not],
    ],
  );
  assert.match(await read('report.md'), /\*\*CRASHED\*\*/);
  assert.match(await read('report.md'), new RegExp(`2\\.1, 2\\.2 skipped: ${not}`));
  assert.match(await read('report.html'), /"CRASHED"/);
  assert.match(await read('junit.xml'), /<testcase name="result"[^>]*>\s*<error[^>]*Crashed/);
  for (const name of [...kept, 'report.md', 'report.html'])
    assert.ok(!(await read(name)).includes('secret-word'), name);
});

test('a check that came to its end keeps its lines, and they say the same as its result', LIMIT, async (t) => {
  const cli = await spawnCli(t, ['check', '--quick', '--only', '1', '--set', 'target.embedded=ws']);
  assert.equal(await cli.exit, 0, cli.stderr());
  const [name] = await readdir(path.join(cli.cwd, 'results'));
  const folder = path.join(cli.cwd, 'results', name!);
  const read = async () => parseCheck(JSON.parse(await readFile(path.join(folder, 'result.json'), 'utf8')));
  const whole = await read();
  const record = await readFile(path.join(folder, 'run.json'), 'utf8');
  await writeFile(path.join(folder, 'run.json'), record.replace('"complete"', '"running"'));
  await rm(path.join(folder, 'result.json'));
  const report = await runCli(['report', folder, '--format', 'json']);
  assert.equal(report.code, 0, report.stderr);
  const crashed = await read();
  assert.deepEqual(crashed.scenarios, whole.scenarios);
  assert.deepEqual(crashed.verdict, { ...whole.verdict, passed: false, exitCode: 105 });
  const same = ({ status, verdict, endedAt, tookMs, ...rest }: CheckDocument) => rest;
  assert.deepEqual(same(crashed), same(whole));
});
