/** Targets that never open a connection: named, exit 103, nothing sent, nothing left behind. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { assertInert } from './inert.js';
import { answering, freePort, type LocalServer, rawServer } from './local-server.js';
import { type CliRun, runCli } from './run-cli.js';

/** Runs against a server that takes no connection; asserts what holds for all of those, returns the error's text. */
async function refusedBy(t: TestContext, server: LocalServer, args: readonly string[] = []): Promise<string> {
  t.after(() => server.stop());
  const run = await runCli(['run', server.url, ...args]);
  assertUnreachable(run);
  assert.ok(run.stderr.includes(`127.0.0.1:${server.port}`), run.stderr);
  assert.equal(server.accepted(), 1, 'one canary and nothing else');
  return run.stderr;
}

function assertUnreachable(run: CliRun): void {
  assert.equal(run.code, 103, run.stderr);
  assert.equal(run.folders, 0, 'a run that never began leaves no folder');
  assert.equal(run.stdout, '');
  const lines = run.stderr.trimEnd().split('\n');
  assert.match(lines[0]!, /^wsurge: cannot connect to /);
  assert.match(lines[1]!, /^ {2}try: \S/);
  assert.equal(lines.length, 2, run.stderr);
}

const status = (code: number, text: string) =>
  answering(`HTTP/1.1 ${code} ${text}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno`);

test('nothing listens: one line with host and port, and what to do', async () => {
  const port = await freePort();
  const run = await runCli(['run', `ws://127.0.0.1:${port}/path`]);
  assertUnreachable(run);
  assert.match(run.stderr, new RegExp(`^wsurge: cannot connect to ws://127\\.0\\.0\\.1:${port}/path: .*ECONNREFUSED`));
  assert.match(run.stderr, /try: start the server/);
});

test('nothing listens on a unix socket: its path and the same advice', async () => {
  const run = await runCli(['run', 'ws+unix:/nowhere/wsurge.sock:/']);
  assertUnreachable(run);
  assert.match(run.stderr, /\/nowhere\/wsurge\.sock.*ENOENT/);
  assert.match(run.stderr, /try: start the server/);
});

for (const [code, text, advice] of [
  [200, 'OK', /check the path/],
  [401, 'Unauthorized', /credentials/],
  [404, 'Not Found', /check the path/],
  [503, 'Service Unavailable', /log/],
  [301, 'Moved', /redirects/],
] as const) {
  test(`HTTP ${code} instead of 101: named, with advice`, async (t) => {
    const stderr = await refusedBy(t, await status(code, text));
    assert.match(stderr, new RegExp(`the server answered ${code} ${text} \\(upgrade, HTTP_${code}\\)`));
    assert.match(stderr, advice);
  });
}

test('a server that takes the connection and never says a word: the deadline ends it', {
  timeout: 120_000,
}, async (t) => {
  const stderr = await refusedBy(t, await rawServer(() => {}), ['--set', 'connectTimeout=300ms']);
  assert.match(stderr, /no open connection after 0\.3 s \(upgrade, handshake_timeout\)/);
});

test('a server that drips header bytes for ever: the deadline is absolute', { timeout: 120_000 }, async (t) => {
  const stderr = await refusedBy(t, await rawServer(dripping), ['--set', 'connectTimeout=500ms']);
  assert.match(stderr, /no open connection after 0\.5 s \(upgrade, handshake_timeout\)/);
});

test('a server that closes at once, and one that speaks something else: named', async (t) => {
  const closing = await refusedBy(t, await rawServer((socket) => socket.destroy()));
  assert.match(closing, /\((tcp|upgrade), (ECONNRESET|EPIPE|closed)\)/);
  const garbage = await refusedBy(t, await answering('SSH-2.0-OpenSSH_9.2\r\n'));
  assert.match(garbage, /\(upgrade, HPE_INVALID_\w+\)/);
});

test('what a refusing server says cannot drive the terminal', async (t) => {
  const stderr = await refusedBy(t, await status(503, '\u009b31mred\u202eder'));
  assert.match(stderr, /HTTP_503/);
  assertInert(stderr);
});

test('with --json, the refusal is one JSON document on stdout', async (t) => {
  const server = await status(404, 'Not Found');
  t.after(() => server.stop());
  const run = await runCli(['run', server.url, '--json']);
  const { error } = JSON.parse(run.stdout) as { error: { code: string; exitCode: number; message: string } };
  assert.deepEqual([error.code, error.exitCode, run.code], ['unreachable', 103, 103]);
  assert.match(error.message, /HTTP_404/);
});

/** A response that never ends: one header byte every 100 ms. */
function dripping(socket: import('node:net').Socket): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nX-Drip: ');
  const drip = setInterval(() => socket.write('a'), 100);
  socket.on('close', () => clearInterval(drip));
}
