/** A canary string in every place a secret can stand: it reaches the server and no output of ours. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import { further } from '../share.js';
import { answering, freePort, wsServer } from './local-server.js';
import { assertExit, type CliRun, COUNTED_RUN, runCli } from './run-cli.js';
import { assertHidden } from './secret-spellings.js';

/** Distinct strings, so that a leak names its source. None is a word that turns up by itself. */
const SECRETS = {
  user: 'u5er-Qx7vKp2m',
  password: 'pa55-Zr9wLt4n',
  query: 'qu3ry-Hb6yGd8s',
  header: 'h3ader-Fj1cXe5k',
  envHeader: 'env/h3ad+er=Mw0aVu7b',
  token: 'tok3n "quoted" \\ Ny4oTi6g',
  template: 't3mplate-Sk2pRf9q',
};
const ENV = { HEADER_SECRET: SECRETS.envHeader, TOKEN_SECRET: SECRETS.token };
const PROFILE = `
name: guarded
load:
  - { name: steady, connections: 2, rate: 20/s }
target:
  url: ws://127.0.0.1:1/
  headers:
    X-Api-Key: ${SECRETS.header}
    Authorization: Bearer \${env:HEADER_SECRET}
message:
  format: text
  template: '{{sequence}} {{env.TOKEN_SECRET}} ${SECRETS.template}'
warmup: 0s
duration: 500ms
instrumentCheck: false
`;

/** Everything a request says of us: the request line, all headers. */
type Seen = { request: string; payloads: string[] };

async function runAgainst(t: TestContext, answer: 'echo' | 'talk' | 'close', args: readonly string[] = []) {
  const seen: Seen = { request: '', payloads: [] };
  const server = await wsServer({
    onConnection: (_ws, _ordinal, request) => {
      seen.request = requestText(request);
    },
    onMessage: (ws, data, binary, ordinal) => {
      const payload = data.toString();
      seen.payloads.push(payload);
      const everything = `${seen.request} ${payload}`;
      if (answer === 'talk') ws.send(`no: ${payload} ${everything}`);
      else if (answer === 'echo' || ordinal === 0) ws.send(data, { binary });
      else ws.close(4001, payload.slice(11, 120));
    },
  });
  t.after(() => server.stop());
  const url = `ws://${SECRETS.user}:${SECRETS.password}@127.0.0.1:${server.port}/path?key=${SECRETS.query}`;
  const options = { env: ENV, files: { 'guarded.yaml': PROFILE } };
  const run = await runCli([...COUNTED_RUN, 'guarded.yaml', '--target', url, ...args], options);
  return { run, seen };
}

function requestText({ url, headers }: IncomingMessage): string {
  const { authorization = '' } = headers;
  return `${url} ${JSON.stringify(headers)} ${Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()}`;
}

function assertSecret({ stdout, stderr, files }: CliRun): void {
  assertHidden({ stdout, stderr, ...files }, SECRETS);
}

test('a run that goes well', async (t) => {
  const { run, seen } = await runAgainst(t, 'echo');
  assertExit(run, 0);
  // The server did get them: they are hidden, not lost.
  for (const secret of [SECRETS.query, SECRETS.header, SECRETS.envHeader]) assert.ok(seen.request.includes(secret));
  for (const secret of [SECRETS.token, SECRETS.template]) assert.ok(seen.payloads[0]!.includes(secret));
  assert.deepEqual(Object.keys(run.files).sort(), [
    'intervals.ndjson',
    'report.html',
    'report.md',
    'result.json',
    'run.json',
  ]);
  assertSecret(run);
});

test('--json, and a server that closes with the secrets as its reason', further, async (t) => {
  const { run, seen } = await runAgainst(t, 'close', ['--json']);
  assertExit(run, 99);
  assert.ok(seen.payloads.length > 1);
  assert.ok(run.result!.cells[0]!.closeCodes.some(({ code }) => code === 4001));
  assertSecret(run);
});

test('a server whose answer is no echo but holds everything it was told', async (t) => {
  const { run } = await runAgainst(t, 'talk', ['--reply-timeout', '1500ms']);
  assert.equal(run.code, 104, run.stderr);
  assert.match(run.stderr, /it said: no: |what came first was: no: /);
  assertSecret(run);
});

test("user-info without a header of one's own goes out as Basic, and stays hidden", further, async (t) => {
  const seen: string[] = [];
  const server = await wsServer({ onConnection: (_ws, _ordinal, request) => seen.push(requestText(request)) });
  t.after(() => server.stop());
  const url = `ws://${SECRETS.user}:${SECRETS.password}@127.0.0.1:${server.port}/`;
  const run = await runCli([
    ...COUNTED_RUN,
    url,
    '-c',
    '1',
    '-R',
    '10',
    '-d',
    '500ms',
    '-W',
    '0s',
    '--no-instrument-check',
  ]);
  assertExit(run, 0);
  assert.ok(seen[0]!.endsWith(`${SECRETS.user}:${SECRETS.password}`), seen[0]);
  assertSecret(run);
});

test('a run that is refused, or that finds nobody', async (t) => {
  const options = { env: ENV, files: { 'guarded.yaml': PROFILE } };
  const port = await freePort();
  const url = `ws://${SECRETS.user}:${SECRETS.password}@127.0.0.1:${port}/?key=${SECRETS.query}`;
  const gone = await runCli([...COUNTED_RUN, 'guarded.yaml', '--target', url], options);
  assert.equal(gone.code, 103);
  assertSecret(gone);
  const server = await answering(`HTTP/1.1 401 ${SECRETS.header} ${SECRETS.query}\r\nContent-Length: 0\r\n\r\n`);
  t.after(() => server.stop());
  const told = await runCli(
    ['run', 'guarded.yaml', '--target', url.replace(String(port), String(server.port))],
    options,
  );
  assert.equal(told.code, 103);
  assertSecret(told);
  for (const args of [
    ['--dry-run'],
    ['--dry-run', '--json'],
    ['-d', '0s'],
    ['-H', `X-Other: ${SECRETS.header}\u0000`],
  ]) {
    assertSecret(await runCli([...COUNTED_RUN, 'guarded.yaml', '--target', url, ...args], options));
  }
  for (const slip of [url.replace('ws:', 'http:'), url.replace('127.0.0.1', '127.0.0.1 '), `${url}#x`]) {
    const run = await runCli([...COUNTED_RUN, slip], options);
    assert.equal(run.code, 104, run.stderr);
    assertSecret(run);
  }
});
