/** Ctrl-C, SIGTERM and a closed terminal: the first keeps what was measured, the second ends at once; nothing is left running. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { further } from '../share.js';
import { ECHO_PROGRAM, echoCommand } from './echo-program.js';
import { freePort, wsServer } from './local-server.js';
import { assertAnswered, COUNTED_RUN, runCli } from './run-cli.js';
import { descendantsOf, isAlive, type SpawnedCli, spawnCli } from './spawn-cli.js';

const LIMIT = { timeout: 120_000 };

/** The file of that name in the one run folder. */
async function runFile(cli: SpawnedCli, name: string): Promise<string> {
  const files = await cli.leftovers();
  const found = Object.keys(files).filter((file) => file.startsWith('cwd/results/') && file.endsWith(`/${name}`));
  assert.equal(found.length, 1, Object.keys(files).join(', '));
  return files[found[0]!]!;
}

/** No file but the user's own and those of the run folder, none of them half written. */
async function assertTidy(cli: SpawnedCli, own: readonly string[] = []): Promise<void> {
  const names = Object.keys(await cli.leftovers()).filter((name) => !own.includes(name));
  for (const name of names)
    assert.match(name, /^cwd\/results\/[^/]+\/(run\.json|result\.json|report\.md|report\.html|intervals\.ndjson)$/);
}

for (const signal of ['SIGINT', 'SIGHUP'] as const) {
  const options = signal === 'SIGINT' ? LIMIT : { ...LIMIT, ...further };
  test(`${signal} under load: partial results, every law holds, exit 105`, options, async (t) => {
    let messages = 0;
    let sockets = 0;
    const server = await wsServer({
      onConnection: (ws) => {
        sockets++;
        ws.on('close', () => sockets--);
      },
      onMessage: (ws, data, binary) => {
        ws.send(data, { binary });
        if (++messages === 60) cli.process.kill(signal);
      },
    });
    t.after(() => server.stop());
    const cli = await spawnCli(t, [...COUNTED_RUN, server.url, '-c', '4', '-R', '100', '-d', '60s', '-W', '0s']);
    assert.equal(await cli.exit, 105, cli.stderr());
    const result = JSON.parse(await runFile(cli, 'result.json')) as ResultDocument;
    assert.equal(result.status, 'interrupted');
    const [cell] = result.cells;
    assert.deepEqual(cell!.laws, []);
    assert.equal(cell!.interrupted, true);
    const { planned, answered, inFlightAtEnd } = cell!.flows[0]!.messages;
    assert.ok(answered >= 59 && answered < 6000, `${answered} answered`);
    assert.ok(planned < 6000, 'what was not due yet when it stopped is no part of the plan that was run');
    assert.equal(inFlightAtEnd, 0, 'it drained');
    assert.deepEqual(cell!.closeCodes, [{ code: 1000, clean: true, by: 'client', count: 4 }]);
    assert.equal(sockets, 0);
    assert.equal((JSON.parse(await runFile(cli, 'run.json')) as { status: string }).status, 'interrupted');
    assert.match(cli.stdout(), /INTERRUPTED/);
    await assertTidy(cli);
  });
}

test('Ctrl-C while the embedded server runs: that server goes too', { ...LIMIT, ...further }, async (t) => {
  const profile = 'target: { embedded: ws }\nload:\n  - { connections: 2, rate: 20/s }\nduration: 60s\n';
  const cli = await spawnCli(t, [...COUNTED_RUN, 'p.yaml'], { 'p.yaml': profile });
  await cli.printed('canary: ');
  const servers = descendantsOf(cli.process.pid!);
  assert.equal(servers.length, 2, 'the server is a process of its own, and so is its watchdog');
  cli.process.kill('SIGINT');
  assert.equal(await cli.exit, 105, cli.stderr());
  assert.deepEqual(servers.filter(isAlive), []);
  await assertTidy(cli, ['cwd/p.yaml']);
});

test('a second signal during the drain ends at once', LIMIT, async (t) => {
  let messages = 0;
  // Answers the canary and nothing after it: the drain would last for the whole reply time-out.
  const server = await wsServer({
    onMessage: (ws, data, binary, ordinal) => {
      if (ordinal === 0) return ws.send(data, { binary });
      if (++messages !== 10) return;
      cli.process.kill('SIGINT');
      cli.process.kill('SIGTERM');
    },
  });
  t.after(() => server.stop());
  const cli = await spawnCli(t, [...COUNTED_RUN, server.url, '-R', '100', '-d', '60s', '--reply-timeout', '5m']);
  assert.equal(await cli.exit, 105, cli.stderr());
  await assertTidy(cli);
  const [folder] = await readdir(path.join(cli.cwd, 'results'));
  const report = await runCli(['report', path.join(cli.cwd, 'results', folder!)]);
  assert.equal(report.code, 0, report.stderr);
  assert.match(report.stderr, /CRASHED/);
});

test('two signals while a command of the user serves: all that it started is gone', {
  ...LIMIT,
  ...further,
}, async (t) => {
  const port = await freePort();
  const command = echoCommand('echo.mjs', port);
  const profile = [
    `target: { command: ${JSON.stringify(command)}, url: "ws://127.0.0.1:${port}/" }`,
    'load:\n  - { connections: 2, rate: 50/s }\nduration: 60s\ninstrumentCheck: false\n',
  ].join('\n');
  const cli = await spawnCli(t, [...COUNTED_RUN, 'p.yaml'], {
    'p.yaml': profile,
    'echo.mjs': ECHO_PROGRAM,
  });
  await cli.printed(' · connect');
  const started = descendantsOf(cli.process.pid!);
  assert.ok(started.length >= 1);
  // Should this test fail, nobody else would end them.
  t.after(() => {
    for (const pid of started.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  cli.process.kill('SIGINT');
  cli.process.kill('SIGTERM');
  assert.equal(await cli.exit, 105, cli.stderr());
  await untilGone(started);
  await assertRefused(port);
  await assertTidy(cli, ['cwd/p.yaml', 'cwd/echo.mjs']);
});

test('Ctrl-C while connects hang: they are given up and counted', { ...LIMIT, ...further }, async (t) => {
  const interrupt = new AbortController();
  const server = await wsServer({
    takes: (_socket, ordinal) => {
      if (ordinal === 3) interrupt.abort();
      return ordinal > 1; // the canary and one more are let in
    },
  });
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, server.url, '-c', '3', '-R', '20', '-d', '60s'], {
    signal: interrupt.signal,
  });
  assert.equal(run.code, 105, run.stderr);
  const { connections, laws, interrupted } = run.result!.cells[0]!;
  // The one that was let in may not have heard of it yet.
  const { attempts, opened, abandoned } = connections;
  assert.ok(attempts === 3 && opened <= 1 && opened + abandoned === 3, `${opened} opened, ${abandoned} abandoned`);
  assert.deepEqual(laws, []);
  assert.equal(interrupted, true);
});

test('Ctrl-C while the canary waits: nothing was measured, so nothing is written', LIMIT, async (t) => {
  const interrupt = new AbortController();
  const server = await wsServer({
    takes: () => {
      interrupt.abort();
      return true;
    },
  });
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, server.url], { signal: interrupt.signal });
  assert.equal(run.code, 105, run.stderr);
  assert.equal(server.accepted(), 1);
  assert.equal(run.folders, 0);
  assert.doesNotMatch(run.stderr, /canary:/, 'no canary came back');
});

test('Ctrl-C between cells: the cells that were done are kept, the rest is named', LIMIT, async (t) => {
  const interrupt = new AbortController();
  let opened = 0;
  // The canary, one connection of the first cell, and the second cell's begins.
  const server = await wsServer({
    onConnection: () => {
      if (++opened === 3) interrupt.abort();
    },
  });
  t.after(() => server.stop());
  const profile =
    'load:\n  - { name: s, connections: 1, sweep: { rate: [100/s, 50/s, 10/s] } }\nwarmup: 0s\nduration: 500ms\n';
  const options = { signal: interrupt.signal, files: { 'p.yaml': profile } };
  const { result, code } = await runCli([...COUNTED_RUN, 'p.yaml', '--target', server.url], options);
  assert.equal(code, 105);
  assert.deepEqual(
    result!.cells.map(({ id, interrupted }) => [id, interrupted]),
    [
      ['s/c1-r100', false],
      ['s/c1-r50', true],
    ],
  );
  assertAnswered(result!.cells[0]!, 50);
  assert.deepEqual(result!.notRun, [{ id: 's/c1-r10', reason: 'interrupted' }]);
});

/** The test's own time limit is the only other way out. */
async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
}

function assertRefused(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => reject(new Error(`something still listens on ${port}`)));
    socket.once('error', () => resolve());
  });
}
