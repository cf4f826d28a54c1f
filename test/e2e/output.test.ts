/** What scripts rely on: one JSON document, a quiet run, a dry run, --only, thresholds, and which exit code wins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { further } from '../share.js';
import { echo, wsServer } from './local-server.js';
import { assertExit, runCli } from './run-cli.js';

const SHORT = ['-c', '2', '-R', '20', '-d', '500ms', '-W', '0s', '--no-instrument-check', '--pacing', 'timer'];

test('--json: stdout is exactly one document, the same as result.json', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const run = await runCli(['run', server.url, ...SHORT, '--json']);
  assertExit(run, 0);
  const document = JSON.parse(run.stdout) as ResultDocument;
  assert.deepEqual(document, run.result);
  assert.deepEqual([document.schemaVersion, document.kind, document.status], [1, 'run', 'complete']);
  assert.match(run.stderr, /verdict .*(PASSED|INVALID)/, 'people still read it on stderr');
});

test('--json with wrong flags: the problems as one document on stdout', async () => {
  const run = await runCli(['run', 'ws://127.0.0.1:1/', '-c', 'abc', '-d', '0s', '--json']);
  assert.equal(run.code, 104);
  const { error } = JSON.parse(run.stdout) as { error: { exitCode: number; problems: { where: string }[] } };
  assert.equal(error.exitCode, 104);
  assert.deepEqual(
    error.problems.map(({ where }) => where),
    ['--connections', '--duration'],
  );
});

test('--quiet: no progress and no rows while it runs, the verdict at the end', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const run = await runCli(['run', server.url, ...SHORT, '--quiet']);
  assertExit(run, 0);
  assert.equal(run.stderr, '');
  assert.match(run.stdout, /PASSED|INVALID/);
  assert.match(run.stdout, /results\/[^/]+\/report\.html/);
});

test('--dry-run: cells, connections, messages, workers and time; nothing is sent or written', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const run = await runCli(['run', server.url, '-c', '30', '-R', '100', '-d', '10s', '-W', '1s', '--dry-run']);
  assert.equal(run.code, 0);
  for (const said of ['1 cell', '30 connections', '1,100 messages', '1 worker', 'load/c30-r100', 'nothing was sent']) {
    assert.ok(run.stdout.includes(said), `${said} is not in\n${run.stdout}`);
  }
  assert.deepEqual([server.accepted(), run.folders], [0, 0]);
  const json = await runCli(['run', server.url, '--dry-run', '--json']);
  assert.equal((JSON.parse(json.stdout) as { peakConnections: number }).peakConnections, 10);
  assert.equal(server.accepted(), 0);
});

test('--only takes a load by its name and a cell by its id', further, async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const profile = `
load:
  - { name: one, connections: 1, rate: 10/s }
  - { name: two, connections: 2, sweep: { rate: [10/s, 20/s] } }
  - { name: three, connections: 3, rate: 10/s }
warmup: 0s
duration: 300ms
instrumentCheck: false
`;
  const only = ['--only', 'one', '--only', 'two/c2-r20'];
  const run = await runCli(['run', 'p.yaml', '--target', server.url, ...only], {
    files: { 'p.yaml': profile },
  });
  assertExit(run, 0);
  assert.deepEqual(
    run.result!.cells.map(({ id }) => id),
    ['one/c1-r10', 'two/c2-r20'],
  );
  assert.equal(server.accepted(), 1 + 1 + 2);
});

test('a gating threshold that fails: 99, with --json --quiet on stdout alone; the same one shown without a gate: 0', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const profile = (gate: boolean) => `
load: [{ name: s, connections: 1, rate: 40/s }]
warmup: 0s
duration: 500ms
instrumentCheck: false
thresholds: { ws_response_time: [{ threshold: 'p(50)<1us', title: Impossible, gate: ${gate} }] }
`;
  const args = ['run', 'p.yaml', '--target', server.url];
  const gating = await runCli([...args, '--json', '--quiet'], { files: { 'p.yaml': profile(true) } });
  assertExit(gating, 99);
  assert.equal((JSON.parse(gating.stdout) as ResultDocument).verdict.exitCode, gating.code);
  assert.equal(gating.stderr, '');
  const shown = await runCli(args, { files: { 'p.yaml': profile(false) } });
  assertExit(shown, 0);
  assert.deepEqual(
    [gating, shown].map(({ result }) => result!.benchmark.map(({ title, passed, gate }) => [title, passed, gate])),
    [[['Impossible', false, true]], [['Impossible', false, false]]],
  );
});

test('a gating threshold that cannot be decided wins over one that failed: 98', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const thresholds = ['ws_response_time: p(50)<1us', 'ws_response_time: p(99.9)<1s'];
  const args = ['run', server.url, ...SHORT, ...thresholds.flatMap((text) => ['--threshold', text])];
  const run = await runCli(args);
  assert.equal(run.code, 98, run.stderr);
  assert.deepEqual(
    run.result!.verdict.thresholds.map(({ passed }) => passed),
    [false, null],
  );
});

test('abortOnFail: ends early with 99, keeps what was measured, names what was not run', {
  timeout: 120_000,
}, async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const profile = `
load:
  - { name: first, connections: 2, rate: 100/s }
  - { name: second, connections: 2, rate: 100/s }
warmup: 0s
duration: 10m
instrumentCheck: false
thresholds: { ws_response_time: [{ threshold: 'p(50)<1us', abortOnFail: true }] }
`;
  const run = await runCli(['run', 'p.yaml', '--target', server.url], { files: { 'p.yaml': profile } });
  assertExit(run, 99);
  const { abortedBy, cells, notRun, status } = run.result!;
  assert.equal(abortedBy, 'ws_response_time p(50)<1us');
  assert.deepEqual(
    cells.map(({ id, interrupted }) => [id, interrupted]),
    [['first/c2-r100', true]],
  );
  assert.ok(cells[0]!.flows[0]!.messages.answered > 0);
  assert.deepEqual(cells[0]!.laws, []);
  assert.deepEqual(
    notRun.map(({ id }) => id),
    ['second/c2-r100'],
  );
  assert.match(notRun[0]!.reason, /p\(50\)<1us/);
  assert.notEqual(status, 'crashed');
});

test('105 wins over 99: interrupted after a gate failed; the cell that was cut off has none', {
  ...further,
  timeout: 120_000,
}, async (t) => {
  const interrupt = new AbortController();
  let answered = 0;
  const server = await wsServer({
    onMessage: (ws, data, binary, ordinal) => {
      // The first cell has 50 messages and loses one of them for good, which fails its gate on lost ones.
      if (ordinal > 0 && answered++ === 10) return;
      echo(ws, data, binary);
      if (answered === 70) interrupt.abort();
    },
  });
  t.after(() => server.stop());
  const profile = `
load:
  - { name: first, connections: 1, rate: 50/s, duration: 1s }
  - { name: second, connections: 2, rate: 50/s, duration: 60s }
warmup: 0s
instrumentCheck: false
`;
  const args = ['run', 'p.yaml', '--target', server.url, '--reply-timeout', '200ms'];
  const run = await runCli(args, { signal: interrupt.signal, files: { 'p.yaml': profile } });
  assert.equal(run.code, 105, run.stderr);
  const { cells, verdict } = run.result!;
  assert.deepEqual(
    cells.map(({ interrupted }) => interrupted),
    [false, true],
  );
  assert.equal(verdict.gates.find(({ gate }) => gate === 'lost')!.passed, false);
  assert.ok(verdict.gates.every(({ cell }) => cell === cells[0]!.id));
});
