/** What is left of a run that was killed: reported as crashed, and never taken for a result. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseCapacity } from '../../src/documents/capacity-schema.js';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { assertAnswered, COUNTED_RUN, runCli } from './run-cli.js';
import { spawnCli } from './spawn-cli.js';

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
  const results = path.join(cli.cwd, 'results');
  for (;;) {
    const [name] = await readdir(results).catch(() => []);
    const folder = path.join(results, name ?? '');
    const kept = await readFile(path.join(folder, 'capacity.json'), 'utf8').catch(() => null);
    if (kept === null) {
      assert.equal(cli.process.exitCode, null, cli.stderr());
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    cli.process.kill('SIGKILL');
    await cli.exit;
    const report = await runCli(['report', folder]);
    assert.equal(report.code, 0, report.stderr);
    assert.match(report.stderr, /CRASHED: no result in .*: the run was killed, or still runs/);
    const { status, steps } = parseCapacity(JSON.parse(await readFile(path.join(folder, 'capacity.json'), 'utf8')));
    assert.equal(status, 'interrupted');
    assert.ok(steps.length > 0);
    assert.match(await readFile(path.join(folder, 'report.md'), 'utf8'), /2 connections/);
    return;
  }
});
