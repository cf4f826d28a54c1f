/** Refusals in the middle of a load: what the server said reaches reasons and result, safe to print. */
import assert from 'node:assert/strict';
import type net from 'node:net';
import { type TestContext, test } from 'node:test';
import { further } from '../share.js';
import { connectProxy } from './connect-proxy.js';
import { assertInert } from './inert.js';
import { wsServer } from './local-server.js';
import { type CliRun, runCli } from './run-cli.js';

const LOAD = [
  ...['-c', '4', '-R', '40/s', '-d', '500ms', '--warmup', '0s', '--workers', '2'],
  ...['--no-idle-memory', '--no-instrument-check', '--pacing', 'timer'],
];
const HEADER = ['-H', 'Authorization: Bearer s3cret-of-mine'];

const answer = (status: string, body: string, head = '') =>
  `HTTP/1.1 ${status}\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Lets the canary and one connection in, and answers the others in turn. */
async function refusing(t: TestContext, answers: readonly string[]): Promise<CliRun> {
  const server = await wsServer({
    takes: (socket: net.Socket, ordinal) => {
      if (ordinal < 2) return false;
      socket.end(answers[(ordinal - 2) % answers.length]!);
      return true;
    },
  });
  t.after(() => server.stop());
  return await runCli(['run', server.url, ...LOAD, ...HEADER]);
}

const errorsOf = ({ result }: CliRun) => result!.cells[0]!.errors;
const reasonsOf = ({ result }: CliRun) => result!.verdict.reasons.map(({ message }) => message).join('\n');

test('body and Retry-After of the first refusal', async (t) => {
  const run = await refusing(t, [answer('503 Busy', '{"error":"pool is full"}', 'Retry-After: 7\r\n')]);
  const [error, ...others] = errorsOf(run);
  assert.deepEqual([error!.phase, error!.code, error!.count, others.length], ['connect', 'HTTP_503', 3, 0]);
  const said = 'the server answered 503 Busy, and may be tried again after 7 s; it says: {"error":"pool is full"}';
  assert.equal(error!.said, said);
  assert.ok(reasonsOf(run).includes(`3 x HTTP_503 (the first: ${said})`), reasonsOf(run));
  assert.match(run.files['report.md']!, /pool is full/);
});

test('of each status its own, with Location', further, async (t) => {
  const run = await refusing(t, [
    answer('302 Found', '', 'Location: https://b/x?sid=hidden\r\n'),
    answer('429 Slow', 'wait'),
  ]);
  const said = new Map(errorsOf(run).map((error) => [error.code, error.said]));
  assert.equal(said.get('HTTP_302'), 'the server answered 302 Found, and redirects to https://b/x');
  assert.equal(said.get('HTTP_429'), 'the server answered 429 Slow; it says: wait');
});

test('what it echoes of secrets, escape sequences and endless words go nowhere, nor a part of a secret', async (t) => {
  const body = `no \u001b[31mfor Bearer s3cret-of-mine \u202e${'x'.repeat(5000)}`;
  // The second has the secret where what is shown ends.
  const atTheEnd = `${'x'.repeat(247)} s3cret-of-mine`;
  const run = await refusing(t, [answer('403 No', body), answer('401 Who', atTheEnd)]);
  const said = new Map(errorsOf(run).map((error) => [error.code, error.said!]));
  assert.match(said.get('HTTP_403')!, /^the server answered 403 No; it says: no .*\*\*\*/);
  assert.match(said.get('HTTP_401')!, /^the server answered 401 Who; it says: x{200}/);
  for (const text of said.values()) {
    assert.ok(text.length <= 300);
    assertInert(text);
  }
  for (const text of [run.stdout, run.stderr, ...Object.values(run.files)]) assert.ok(!text.includes('s3cret'));
  assertInert(run.files['intervals.ndjson']!);
});

test('of a proxy as well', further, async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  let asked = 0;
  const proxy = await connectProxy(() => (++asked > 2 ? answer('502 Bad Gateway', 'upstream is gone') : null));
  t.after(() => proxy.stop());
  const run = await runCli(['run', server.url, '--proxy', `http://127.0.0.1:${proxy.port}`, ...LOAD]);
  assert.match(
    errorsOf(run)[0]!.said!,
    /^the proxy 127\.0\.0\.1:\d+ answered 502 Bad Gateway; it says: upstream is gone$/,
  );
});
