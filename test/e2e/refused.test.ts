/** Servers that refuse and say why: the reason reaches the user, safe to print, and with the step that helps. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer as createSecureServer } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { FOREIGN, OWN } from './certificate.js';
import { assertInert } from './inert.js';
import { answering, type LocalServer, rawServer, wsServer } from './local-server.js';
import { runCli } from './run-cli.js';

/** What is said of a server that takes no connection, exit 103. */
async function refusal(t: TestContext, server: LocalServer, args: readonly string[] = []): Promise<string> {
  t.after(() => server.stop());
  return await refusalOf(server.url, args);
}

async function refusalOf(
  url: string,
  args: readonly string[] = [],
  files: Record<string, string> = {},
): Promise<string> {
  const run = await runCli(['run', url, ...args], { files });
  assert.deepEqual([run.code, run.folders, run.stdout], [103, 0, ''], run.stderr);
  assertInert(run.stderr);
  assert.equal(run.stderr.trimEnd().split('\n').length, 2, run.stderr);
  return run.stderr;
}

const withBody = (status: string, body: string, head = '') =>
  answering(`HTTP/1.1 ${status}\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

describe('what the answer says', () => {
  test('403 with a body of JSON', async (t) => {
    const stderr = await refusal(t, await withBody('403 Forbidden', '{"error":"tenant unknown","hint":"X-Tenant"}'));
    assert.match(
      stderr,
      /403 Forbidden \(upgrade, HTTP_403\); it says: \{"error":"tenant unknown","hint":"X-Tenant"\}/,
    );
    assert.match(stderr, /try: .*Authorization.*-H 'Origin: /);
  });

  test('503 with Retry-After and a body in chunks', async (t) => {
    const chunks = 'Transfer-Encoding: chunked\r\n\r\n4\r\ntry \r\n5\r\nlater\r\n0\r\n\r\n';
    const server = await answering(`HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n${chunks}`);
    assert.match(
      await refusal(t, server),
      /503 Service Unavailable, and may be tried again after 7 s .*it says: try later/,
    );
  });

  test('301 with Location, the query left out', async (t) => {
    const head = 'Location: https://127.0.0.1:8443/ws/?sid=hidden\r\n';
    const stderr = await refusal(t, await withBody('301 Moved Permanently', '', head));
    assert.match(stderr, /redirects to https:\/\/127\.0\.0\.1:8443\/ws\/ /);
    assert.doesNotMatch(stderr, /hidden|it says/);
  });

  test('401 with WWW-Authenticate', async (t) => {
    const head = 'WWW-Authenticate: Bearer error="invalid_token"\r\n';
    assert.match(
      await refusal(t, await withBody('401 Unauthorized', '', head)),
      /asks for Bearer error="invalid_token"/,
    );
  });

  test('404: an Origin that was sent is named as one', async (t) => {
    const server = await withBody('404 Not Found', 'no such place');
    const stderr = await refusal(t, server, ['-H', 'Origin: https://app.example']);
    assert.match(stderr, /it says: no such place\n {2}try: check the path.*the Origin that was sent/);
  });

  test('a page of HTML: its words', async (t) => {
    const page = '<html><head><title>502 Bad Gateway</title></head><body><p>upstream down</p></body></html>';
    assert.match(await refusal(t, await withBody('502 Bad Gateway', page)), /it says: 502 Bad Gateway upstream down\n/);
  });
});

describe('a body that is no friend', () => {
  test('control characters are escaped, a long text is cut', async (t) => {
    const stderr = await refusal(t, await withBody('403 Forbidden', `\u001b[31mred\u202e${'x'.repeat(5000)}`));
    const says = /it says: (.*)\n/.exec(stderr)![1]!;
    assert.ok(says.length <= 200 && says.endsWith('…'), says);
  });

  test('a secret that comes back in it is struck out', async (t) => {
    const server = await withBody('403 Forbidden', 'the token tok-5f2c9e71aa is not known');
    const stderr = await refusal(t, server, ['-H', 'Authorization: Bearer tok-5f2c9e71aa']);
    assert.match(stderr, /it says: the token/);
    assert.doesNotMatch(stderr, /tok-5f2c9e71aa/);
  });

  test('one that never ends is not waited for', { timeout: 120_000 }, async (t) => {
    const server = await rawServer((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 503 Full\r\nContent-Length: 1000\r\n\r\nhalf a wo')),
    );
    assert.match(await refusal(t, server), /503 Full \(upgrade, HTTP_503\); it says: half a wo\n/);
  });

  test('one that floods is read to a limit', { timeout: 120_000 }, async (t) => {
    const server = await rawServer((socket) => {
      const flood = () => {
        while (!socket.destroyed && socket.write('flood '.repeat(10_000)));
      };
      socket.on('drain', flood);
      socket.once('data', () => {
        socket.write('HTTP/1.1 503 Full\r\n\r\n');
        flood();
      });
    });
    assert.match(await refusal(t, server), /it says: flood flood/);
  });

  test('one whose server hangs up in the middle: what came of it', async (t) => {
    const server = await rawServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 503 Full\r\nContent-Length: 1000\r\n\r\nbusy')),
    );
    assert.match(await refusal(t, server), /\(upgrade, HTTP_503\); it says: busy\n/);
  });
});

describe('TLS', () => {
  async function secure(t: TestContext, options: TlsOptions): Promise<string> {
    const server = createSecureServer(options);
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return `wss://127.0.0.1:${address.port}/`;
  }

  test('a port that speaks no TLS', async (t) => {
    const server = await wsServer();
    t.after(() => server.stop());
    const stderr = await refusalOf(server.url.replace('ws:', 'wss:'));
    assert.match(stderr, /the port does not speak TLS \(tls, ERR_SSL_\w+\)\n {2}try: use ws:\/\/ instead of wss:/);
  });

  test('plain HTTP on a port that speaks TLS: cut, or told so', async (t) => {
    const url = await secure(t, OWN);
    assert.match(await refusalOf(url.replace('wss:', 'ws:')), /if the port speaks TLS, use wss:\/\//);
    const told = await withBody('400 Bad Request', '<html>The plain HTTP request was sent to HTTPS port</html>');
    assert.match(await refusal(t, told), /try: use wss:\/\/ instead of ws:\/\//);
    const alert = await rawServer((socket) =>
      socket.once('data', () => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70]))),
    );
    assert.match(await refusal(t, alert), /the port speaks TLS, and was asked without it \(upgrade, speaks_tls\)/);
  });

  test('no version in common', async (t) => {
    const url = await secure(t, { ...OWN, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    assert.match(await refusalOf(url, ['--insecure']), /no TLS version in common \(tls, ERR_SSL_\w+\)/);
  });

  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    test(`a client certificate is missing, ${maxVersion}`, async (t) => {
      const url = await secure(t, { ...OWN, requestCert: true, rejectUnauthorized: true, ca: OWN.cert, maxVersion });
      const stderr = await refusalOf(url, ['--insecure']);
      assert.match(stderr, /client certificate.* \(tls, ERR_SSL_\w+\)\n {2}try: .*--cert FILE --key FILE/);
    });
  }

  test('a certificate for another name: both names, and how to ask for the other', async (t) => {
    const stderr = await refusalOf(await secure(t, FOREIGN), ['--cacert', 'ca.pem'], { 'ca.pem': FOREIGN.cert });
    assert.match(stderr, /for another name: .*127\.0\.0\.1.*elsewhere\.example.*\n {2}try: .*target\.tls\.servername/);
  });

  test('a certificate that nobody vouches for', async (t) => {
    assert.match(await refusalOf(await secure(t, OWN)), /self-signed.*\n {2}try: trust.*--cacert FILE/);
  });
});

describe('an answer 101 that is no handshake', () => {
  const switching = (head: string) => answering(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n`);

  test('without Upgrade', async (t) => {
    assert.match(await refusal(t, await switching('')), /101, but without the headers Upgrade: websocket.*HTTP_101/);
  });

  test('to another protocol', async (t) => {
    const stderr = await refusal(t, await switching('Upgrade: h2c\r\nConnection: Upgrade\r\n'));
    assert.match(stderr, /its Upgrade header is not websocket \(upgrade, bad_upgrade\)/);
  });

  test('with a wrong Accept', async (t) => {
    const accept = createHash('sha1').update('another key').digest('base64');
    const head = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
    assert.match(await refusal(t, await switching(head)), /wrong Sec-WebSocket-Accept.*\(upgrade, bad_accept\)/);
  });
});
