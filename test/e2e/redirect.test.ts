/** Redirects of the handshake: named where they are not followed, followed once where they are to be. */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { further } from '../share.js';
import { OWN } from './certificate.js';
import { assertInert } from './inert.js';
import { answering, type LocalServer, rawServer, type WsOptions, wsServer } from './local-server.js';
import { assertExit, type CliRun, runCli } from './run-cli.js';

const LOAD = [
  ...['-c', '4', '-R', '40/s', '-d', '500ms', '--warmup', '0s', '--workers', '1'],
  ...['--no-idle-memory', '--no-instrument-check', '--pacing', 'timer'],
];
const HEADERS = ['-H', 'Authorization: Bearer s3cret-value', '-H', 'Origin: https://app.example'];

async function goal(t: TestContext, options: WsOptions = {}): Promise<LocalServer & { seen: IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = [];
  const server = await wsServer({ ...options, onConnection: (_, __, { headers }) => seen.push(headers) });
  t.after(() => server.stop());
  return { ...server, seen };
}

async function leading(t: TestContext, location: string, status = '302 Found'): Promise<LocalServer> {
  const server = await answering(`HTTP/1.1 ${status}\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
  t.after(() => server.stop());
  return server;
}

function refused(run: CliRun, says: RegExp): void {
  assert.deepEqual([run.code, run.folders], [103, 0], run.stderr);
  assertInert(run.stderr);
  assert.match(run.stderr, says);
}

describe('a redirect', () => {
  test('is not followed unless asked for; the refusal names Location and the key', async (t) => {
    const server = await leading(t, 'http://127.0.0.1:1/there?sid=hidden');
    const run = await runCli(['run', server.url]);
    refused(run, /redirects to http:\/\/127\.0\.0\.1:1\/there .*\n.*--follow-redirects \(target\.followRedirects\)/);
    assert.doesNotMatch(run.stderr, /hidden/);
  });

  test('of every kind is followed, five in a row, and the load goes where the last one led', async (t) => {
    const server = await goal(t);
    const way: LocalServer[] = [];
    let next = `http://127.0.0.1:${server.port}/there?sid=hidden`;
    for (const status of ['301 Moved', '302 Found', '303 See Other', '307 Temporary', '308 Permanent']) {
      const hop = await leading(t, next, status);
      next = hop.url.replace('ws:', 'http:');
      way.push(hop);
    }
    const run = await runCli(['run', way.at(-1)!.url, '--follow-redirects', ...LOAD, ...HEADERS]);
    assertExit(run, 0);
    assert.deepEqual(
      way.map((hop) => hop.accepted()),
      [1, 1, 1, 1, 1],
    );
    assert.equal(server.accepted(), 5);
    assert.equal(run.result!.target.redirectedTo, `ws://127.0.0.1:${server.port}/there?sid=***`);
    assert.match(run.stderr, /follows a redirect to ws:.*, without Authorization: it is another origin/);
    assert.match(run.stderr, /follows a redirect to ws:.*\/there\?sid=\*\*\*/);
    for (const headers of server.seen) {
      assert.deepEqual([headers.authorization, headers.origin], [undefined, 'https://app.example']);
    }
  });

  test('within the origin keeps the headers; several in a row are followed', further, async (t) => {
    const seen: string[] = [];
    const server = await wsServer({
      takes: (socket) => {
        const count = seen.length;
        seen.push('');
        if (count >= 3) return false;
        socket.end(`HTTP/1.1 302 Found\r\nLocation: /hop-${count}\r\nContent-Length: 0\r\n\r\n`);
        return true;
      },
      onConnection: (_, __, { headers, url }) => seen.push(`${url} ${headers.authorization}`),
    });
    t.after(() => server.stop());
    const run = await runCli(['run', server.url, '--follow-redirects', ...LOAD, ...HEADERS]);
    assertExit(run, 0);
    assert.deepEqual(new Set(seen.filter(Boolean)), new Set(['/hop-2 Bearer s3cret-value']));
  });

  test('from ws to wss is followed, from wss to ws never', further, async (t) => {
    const secure = await goal(t, { tls: OWN });
    const up = await leading(t, `https://127.0.0.1:${secure.port}/`);
    const trusting = { files: { 'ca.pem': OWN.cert } };
    assertExit(await runCli(['run', up.url, '--follow-redirects', '--cacert', 'ca.pem', ...LOAD], trusting), 0);
    const plain = await goal(t);
    const down = await wsServer({
      tls: OWN,
      takes: (socket) => {
        socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:${plain.port}/\r\nContent-Length: 0\r\n\r\n`);
        return true;
      },
    });
    t.after(() => down.stop());
    const run = await runCli(['run', down.url, '--follow-redirects', '--cacert', 'ca.pem', ...LOAD], trusting);
    refused(run, /which is not followed: it leads from wss to ws/);
    assert.equal(plain.accepted(), 0);
  });

  test('in a circle, or without end, is refused', async (t) => {
    const circle = await leading(t, '/');
    refused(await runCli(['run', circle.url, '--follow-redirects']), /not followed: it leads in a circle/);
    const endless = await rawServer((socket, ordinal) =>
      socket.once('data', () => socket.end(`HTTP/1.1 302 Found\r\nLocation: /${ordinal}\r\nContent-Length: 0\r\n\r\n`)),
    );
    t.after(() => endless.stop());
    refused(
      await runCli(['run', endless.url, '--follow-redirects']),
      /not followed: it is redirect number 6, and at most 5 are/,
    );
    assert.equal(endless.accepted(), 6);
  });

  test('to a public address needs consent as the target itself', further, async (t) => {
    const server = await leading(t, 'http://203.0.113.9/');
    const run = await runCli(['run', server.url, '--follow-redirects', '-c', '500', '--no-idle-memory']);
    assert.deepEqual([run.code, run.folders], [104, 0], run.stderr);
    assert.match(run.stderr, /203\.0\.113\.9 is a public address .*--allow-target 203\.0\.113\.9/s);
  });

  test('with tokens in the URL is refused before anything is sent', async () => {
    const profile = "target: { url: 'ws://127.0.0.1:1/{{connection}}', followRedirects: true }\n";
    const run = await runCli(['run', 'p.yaml'], { files: { 'p.yaml': profile } });
    assert.equal(run.code, 104);
    assert.match(run.stderr, /does not go with tokens in the URL/);
  });

  test('is followed by check as by run, and the checks go where it led', async (t) => {
    const server = await goal(t);
    const first = await leading(t, `http://127.0.0.1:${server.port}/there?sid=hidden`);
    const args = ['check', first.url, '--only', '1.1', '--protocol', 'echo', ...HEADERS];
    const plain = await runCli(args);
    refused(plain, /redirects to http:.*\/there .*\n.*--follow-redirects \(target\.followRedirects\)/);
    assert.doesNotMatch(plain.stderr, /hidden/);
    const run = await runCli([...args, '--follow-redirects', '--json']);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(JSON.parse(run.stdout).target.redirectedTo, `ws://127.0.0.1:${server.port}/there?sid=***`);
    assert.match(run.stderr, /follows a redirect to ws:.*without Authorization: it is another origin/);
    assert.equal(first.accepted(), 2);
    assert.ok(server.seen.length >= 2);
    for (const headers of server.seen) {
      assert.deepEqual([headers.authorization, headers.origin], [undefined, 'https://app.example']);
    }
    const away = await leading(t, 'http://203.0.113.9/');
    const many = ['--set', 'check.security.connectionLimit.connections=500'];
    const elsewhere = await runCli(['check', away.url, '--follow-redirects', '--protocol', 'echo', ...many]);
    assert.deepEqual([elsewhere.code, elsewhere.folders], [104, 0], elsewhere.stderr);
    assert.match(elsewhere.stderr, /203\.0\.113\.9 is a public address/);
  });
});
