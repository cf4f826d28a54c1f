/** wsurge killed by SIGKILL, in every phase: the server that it started goes too, and so does the watchdog that saw to it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { further } from '../share.js';
import { ECHO_PROGRAM, echoCommand } from './echo-program.js';
import { freePort } from './local-server.js';
import { COUNTED_RUN } from './run-cli.js';
import { descendantsOf, isAlive, type SpawnedCli, spawnCli } from './spawn-cli.js';

const LIMIT = { timeout: 120_000 };

/** A run on a server of the user's own. */
async function commandRun(t: TestContext, duration: string): Promise<SpawnedCli> {
  const port = await freePort();
  const profile = profileOf(echoCommand('echo.mjs', port), port, duration);
  return await spawnCli(t, [...COUNTED_RUN, 'p.yaml'], { 'p.yaml': profile, 'echo.mjs': ECHO_PROGRAM });
}

function profileOf(command: string, port: number, duration: string): string {
  return [
    `target: { command: ${JSON.stringify(command)}, url: "ws://127.0.0.1:${port}/" }`,
    `load:\n  - { connections: 2, rate: 50/s }\nwarmup: 0s\nduration: ${duration}\ninstrumentCheck: false\n`,
  ].join('\n');
}

/** The server (and its shell, where it has one) and its watchdog, by pid. Should the test fail, nobody else would end them. */
function startedBy(t: TestContext, cli: SpawnedCli): number[] {
  const started = descendantsOf(cli.process.pid!);
  assert.ok(started.length >= 2, `${started.length} processes`);
  t.after(() => {
    for (const pid of started.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  return started;
}

/** The test's own time limit is the only other way out. */
async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('SIGKILL while the command is starting', { ...LIMIT, ...further }, async (t) => {
  const port = await freePort();
  // The server says by a connection that it is there. Its end closes the connection.
  const listener = net.createServer().listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  const hello = `require('node:net').connect(${(listener.address() as net.AddressInfo).port}, '127.0.0.1')`;
  const command = `'${process.execPath}' -e "${hello}"`;
  const connected = once(listener, 'connection') as Promise<[net.Socket]>;
  const cli = await spawnCli(t, [...COUNTED_RUN, 'p.yaml'], {
    'p.yaml': profileOf(command, port, '1s'),
  });
  const [socket] = await connected;
  const closed = once(socket.on('error', () => undefined).resume(), 'close');
  const started = startedBy(t, cli);
  cli.process.kill('SIGKILL');
  await cli.exit;
  await closed;
  await untilGone(started);
});

test('SIGKILL under load', LIMIT, async (t) => {
  const cli = await commandRun(t, '60s');
  await cli.printed(' · connect');
  const started = startedBy(t, cli);
  cli.process.kill('SIGKILL');
  await cli.exit;
  await untilGone(started);
});

test('SIGKILL under load, the server embedded', { ...LIMIT, ...further }, async (t) => {
  const profile =
    'target: { embedded: ws }\nload:\n  - { connections: 2, rate: 20/s }\nduration: 60s\ninstrumentCheck: false\n';
  const cli = await spawnCli(t, [...COUNTED_RUN, 'p.yaml'], { 'p.yaml': profile });
  await cli.printed(' · connect');
  const started = startedBy(t, cli);
  cli.process.kill('SIGKILL');
  await cli.exit;
  await untilGone(started);
});

test('a run that comes to its end leaves neither server nor watchdog', { ...LIMIT, ...further }, async (t) => {
  const cli = await commandRun(t, '200ms');
  await cli.printed(' · connect');
  const started = startedBy(t, cli);
  await cli.exit;
  assert.match(cli.stdout(), /report +results/, cli.stderr());
  assert.deepEqual(started.filter(isAlive), []);
});
