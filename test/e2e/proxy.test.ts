/** Connections through an HTTP proxy, and to several addresses of a name. */
import assert from 'node:assert/strict';
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import { further } from '../share.js';
import { OWN } from './certificate.js';
import { type ConnectProxy, connectProxy } from './connect-proxy.js';
import { assertInert } from './inert.js';
import { freePort, type LocalServer, rawServer, type WsOptions, wsServer } from './local-server.js';
import { assertAnswered, assertExit, runCli } from './run-cli.js';

const LOAD = [
  ...['-c', '4', '-R', '40/s', '-d', '500ms', '--warmup', '0s', '--workers', '1'],
  ...['--no-idle-memory', '--no-instrument-check', '--pacing', 'timer'],
];

async function served(t: TestContext, options: WsOptions = {}): Promise<LocalServer> {
  const server = await wsServer(options);
  t.after(() => server.stop());
  return server;
}

async function proxied(t: TestContext, ...refuses: Parameters<typeof connectProxy>): Promise<ConnectProxy> {
  const proxy = await connectProxy(...refuses);
  t.after(() => proxy.stop());
  return proxy;
}

describe('a load through a proxy', () => {
  test('ws, with large messages too, and credentials that stand in no output', async (t) => {
    const server = await served(t);
    const proxy = await proxied(t);
    const profile = `target: { url: 'ws://app.inside:${server.port}/', proxy: 'http://me:pr0xy-pass@127.0.0.1:${proxy.port}' }
load:
  - { connections: 4, rate: 40/s }
  - { name: large, connections: 1, rate: 10/s, message: { size: 300KB } }
duration: 1s
warmup: 0s
idleMemory: false
instrumentCheck: false
workers: 1
`;
    const run = await runCli(['run', 'p.yaml', '--allow-target', 'app.inside'], { files: { 'p.yaml': profile } });
    assertExit(run, 0);
    const authorization = `Basic ${Buffer.from('me:pr0xy-pass').toString('base64')}`;
    assert.equal(proxy.asked.length, 6);
    for (const asked of proxy.asked) assert.deepEqual(asked, { authority: `app.inside:${server.port}`, authorization });
    assert.equal(server.accepted(), 6);
    const [small, large] = run.result!.cells;
    assertAnswered(small!, 40);
    assertAnswered(large!, 10);
    assert.equal(large!.flows[0]!.messages.corrupted, 0);
    assert.equal(run.result!.target.proxy, `127.0.0.1:${proxy.port}`);
    assert.match(run.stderr, /through the proxy 127\.0\.0\.1:/);
    for (const text of [run.stdout, run.stderr, ...Object.values(run.files)]) {
      assert.ok(!text.includes('pr0xy-pass') && !text.includes(authorization.slice(6)));
    }
  });

  test('wss: the tunnel holds TLS with the name of the target', further, async (t) => {
    const server = await served(t, { tls: OWN });
    const proxy = await proxied(t);
    const args = [
      'run',
      `wss://localhost:${server.port}/`,
      '--proxy',
      `http://127.0.0.1:${proxy.port}`,
      '--cacert',
      'ca.pem',
    ];
    const run = await runCli([...args, ...LOAD], { files: { 'ca.pem': OWN.cert } });
    assertExit(run, 0);
    assertAnswered(run.result!.cells[0]!, 20);
    assert.deepEqual(new Set(proxy.asked.map(({ authority }) => authority)), new Set([`localhost:${server.port}`]));
  });

  test('a name that only the proxy knows may be a public address', async (t) => {
    const proxy = await proxied(t);
    const args = ['run', 'ws://app.inside/', '--proxy', `http://127.0.0.1:${proxy.port}`, '-c', '200'];
    const run = await runCli(args);
    assert.equal(run.code, 104);
    assert.match(run.stderr, /app\.inside may be a public address .*--allow-target app\.inside/s);
    assert.equal(proxy.asked.length, 0);
  });
});

describe('a proxy that opens no tunnel is named as the proxy', () => {
  const refusalOf = async (t: TestContext, port: number, credentials = ''): Promise<string> => {
    const server = await served(t);
    const run = await runCli(['run', server.url, '--proxy', `http://${credentials}127.0.0.1:${port}`]);
    assert.deepEqual([run.code, run.folders], [103, 0], run.stderr);
    assertInert(run.stderr);
    assert.equal(server.accepted(), 0);
    assert.match(run.stderr, new RegExp(`the proxy 127\\.0\\.0\\.1:${port}`));
    return run.stderr;
  };

  test('407, and what to do', async (t) => {
    const asks =
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n';
    const proxy = await proxied(t, () => asks);
    const stderr = await refusalOf(t, proxy.port, 'me:wr0ng-pass@');
    assert.match(
      stderr,
      /answered 407 Proxy Authentication Required: the proxy asks for credentials.*\(proxy, PROXY_407\)/,
    );
    assert.match(stderr, /try: .*--proxy http:\/\/USER:PASSWORD@HOST:PORT/);
    assert.doesNotMatch(stderr, /wr0ng-pass/);
  });

  test('502 with a body, safe to print', async (t) => {
    const body = '<html><b>cannot reach\u001b[31m upstream</b></html>';
    const head = `HTTP/1.1 502 Bad Gateway\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const proxy = await proxied(t, () => head + body);
    assert.match(await refusalOf(t, proxy.port), /PROXY_502\); it says: cannot reach.* upstream/);
  });

  test('403 without a length, kept open', further, async (t) => {
    const server = await rawServer((socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 403 No\r\n\r\nnot that port')),
    );
    t.after(() => server.stop());
    assert.match(await refusalOf(t, server.port), /PROXY_403\); it says: not that port\s+try: .*without --proxy/);
  });

  test('refused, closed, and no proxy at all', async (t) => {
    assert.match(await refusalOf(t, await freePort()), /\(proxy, PROXY_ECONNREFUSED\)/);
    const closing = await rawServer((socket) => socket.once('data', () => socket.end()));
    t.after(() => closing.stop());
    assert.match(
      await refusalOf(t, closing.port),
      /closed the connection instead of answering CONNECT \(proxy, proxy_closed\)/,
    );
    const other = await rawServer((socket) => socket.on('data', () => socket.write('SSH-2.0-x\r\n\r\n')));
    t.after(() => other.stop());
    assert.match(await refusalOf(t, other.port), /sent no HTTP answer to CONNECT \(proxy, proxy_no_http\)/);
    const endless = await rawServer((socket) => socket.on('data', () => socket.write('x'.repeat(40_000))));
    t.after(() => endless.stop());
    assert.match(await refusalOf(t, endless.port), /proxy_no_http/);
  });

  test('silence ends with the connect timeout', further, async (t) => {
    const silent = await rawServer(() => {});
    t.after(() => silent.stop());
    const server = await served(t);
    const run = await runCli([
      'run',
      server.url,
      '--proxy',
      `http://127.0.0.1:${silent.port}`,
      '--set',
      'connectTimeout=300ms',
    ]);
    assert.deepEqual([run.code, server.accepted()], [103, 0]);
    assert.match(run.stderr, /handshake_timeout/);
  });

  test('in the middle of a load, only the connects that it refuses fail', further, async (t) => {
    const server = await served(t);
    let asked = 0;
    const proxy = await proxied(t, () => (++asked > 3 ? 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n' : null));
    const run = await runCli(['run', server.url, '--proxy', `http://127.0.0.1:${proxy.port}`, ...LOAD]);
    const [cell] = run.result!.cells;
    assert.deepEqual([cell!.connections.opened, cell!.connections.failed], [2, 2]);
    assert.deepEqual(
      cell!.errors.map(({ phase, code, count }) => [phase, code, count]),
      [['connect', 'PROXY_503', 2]],
    );
  });
});

describe('refused before anything is sent', () => {
  for (const [target, says] of [
    [
      "{ url: 'ws://127.0.0.1:1/', proxy: 'socks5://127.0.0.1:1080' }",
      /is a socks5 proxy, which wsurge does not speak/,
    ],
    ["{ url: 'ws://127.0.0.1:1/', proxy: 'https://p:1' }", /is a https proxy/],
    ["{ url: 'ws://127.0.0.1:1/', proxy: 'proxy.lan:3128' }", /is not the URL of a proxy/],
    ["{ url: 'ws://127.0.0.1:1/', proxy: 'http://p:1/path' }", /has something behind host and port/],
    ["{ url: 'ws://127.0.0.1:1/', proxy: 'http://u:s3cret%zz@p:1' }", /not percent-encoded/],
    ["{ embedded: auto, proxy: 'http://p:1' }", /has no target to lead to/],
    ["{ url: 'ws+unix:/run/x.sock:/', proxy: 'http://p:1' }", /cannot lead to a unix socket/],
    ["{ url: 'ws://127.0.0.1:1/', resolve: some }", /resolve/],
  ] as const) {
    test(target, async () => {
      const run = await runCli(['run', 'p.yaml'], { files: { 'p.yaml': `target: ${target}\n` } });
      assert.equal(run.code, 104);
      assert.match(run.stderr, says);
      assert.doesNotMatch(run.stderr, /s3cret/);
    });
  }

  test('checks go to the target directly', async (t) => {
    const server = await served(t);
    const profile = `target: { url: '${server.url}', proxy: 'http://127.0.0.1:1' }\n`;
    const run = await runCli(['check', 'p.yaml'], { files: { 'p.yaml': profile } });
    assert.equal(run.code, 104);
    assert.match(run.stderr, /check goes to the target directly/);
  });
});

describe('several addresses of a name', () => {
  const withNames = (t: TestContext, names: Readonly<Record<string, readonly string[]>>) => {
    const lookup = async (host: string) => (names[host] ?? []).map((address) => ({ address, family: 4 }));
    t.mock.method(dns, 'lookup', lookup);
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
  };

  test('are used in turn and told; with --resolve first one is', async (t) => {
    const server = await served(t);
    // On Linux 0.0.0.0 leads to this machine too.
    withNames(t, { 'app.test': ['127.0.0.1', '0.0.0.0'] });
    const url = `ws://app.test:${server.port}/`;
    const both = await runCli(['run', url, ...LOAD]);
    assertExit(both, 0);
    assert.match(both.stderr, /app\.test has 2 addresses: connections go to 127\.0\.0\.1, 0\.0\.0\.0 in turn/);
    assert.deepEqual(both.result!.target.addresses, ['127.0.0.1', '0.0.0.0']);
    assert.match(both.files['report.md']!, /127\.0\.0\.1, 0\.0\.0\.0 in turn/);
    const one = await runCli(['run', url, '--resolve', 'first', ...LOAD]);
    assert.deepEqual([one.result!.target.address, one.result!.target.addresses], ['127.0.0.1', undefined]);
    assert.doesNotMatch(one.stderr, /in turn/);
  });

  test('of a check all connections go to the first that opens, which is told', async (t) => {
    const server = await served(t);
    withNames(t, { 'app.test': ['127.0.0.1', '0.0.0.0'] });
    const run = await runCli(['check', `ws://app.test:${server.port}/`, '--only', '1.1']);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /app\.test has 2 addresses: checks go to 127\.0\.0\.1 alone/);
  });

  test('a variable that names a proxy is told once', further, async (t) => {
    const server = await served(t);
    const run = await runCli(['run', `ws://0.0.0.0:${server.port}/`, ...LOAD], {
      env: { HTTP_PROXY: 'http://127.0.0.1:1' },
    });
    assert.equal(run.stderr.split('HTTP_PROXY is set').length, 2);
    assertExit(run, 0);
  });
});
