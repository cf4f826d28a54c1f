import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WebSocket } from 'ws';
import { canaryLine, runCanary } from '../../src/coordinator/canary.js';
import type { CanaryOptions } from '../../src/coordinator/canary-options.js';
import type { Endpoint } from '../../src/plan/cell.js';
import { sanitize } from '../../src/text/sanitize.js';
import { echo, freePort, type LocalServer, rawServer, type WsOptions, wsServer } from '../e2e/local-server.js';
import { cellWith } from '../plan/cell-builder.js';

const ENDPOINT: Omit<Endpoint, 'url'> = {
  address: '127.0.0.1',
  headers: {},
  subprotocols: [],
  tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
  userAgent: 'wsurge/test',
};
/** For servers that never answer as they should. */
const SOON_MS = 1500;

function optionsFor(url: string, changes: Partial<CanaryOptions> = {}): CanaryOptions {
  return {
    cells: [cellWith({ reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 60_000 } })],
    endpoint: { ...ENDPOINT, url },
    env: {},
    data: [],
    printable: sanitize,
    shownUrl: 'ws://shown/',
    signal: new AbortController().signal,
    ...changes,
  };
}

async function started(t: TestContext, options: WsOptions = {}): Promise<LocalServer> {
  const server = await wsServer(options);
  t.after(() => server.stop());
  return server;
}

const matching = (match: 'sequence' | 'order' | 'none') =>
  cellWith({ reply: { match, field: 'sequence', echo: { kind: 'full' }, timeoutMs: SOON_MS } });

test('an echo: every phase measured, one message sent, the connection closed with 1000', async (t) => {
  const messages: string[] = [];
  let closed: (code: number) => void = () => {};
  const closing = new Promise<number>((resolve) => {
    closed = resolve;
  });
  const server = await started(t, {
    onConnection: (ws) => ws.on('close', closed),
    onMessage: (ws, data, binary) => {
      messages.push(data.toString());
      echo(ws, data, binary);
    },
  });
  const report = await runCanary(optionsFor(server.url));
  assert.ok(report.tcpUs > 0 && report.upgradeUs > 0 && report.replyUs! > 0);
  assert.equal(report.tlsUs, null);
  assert.equal(messages.length, 1);
  assert.equal((JSON.parse(messages[0]!) as { sequence: number }).sequence, 9_999_999_999);
  assert.equal(await closing, 1000);
});

test('frames that come before the reply are passed over; the first that matches counts', async (t) => {
  const server = await started(t, {
    onConnection: (ws) => ws.send('{"type":"welcome"}'),
    onMessage: (ws, data, binary) => {
      ws.send('{"sequence":1000000007}');
      echo(ws, data, binary);
    },
  });
  assert.ok((await runCanary(optionsFor(server.url))).replyUs! > 0);
});

test('match none asks for no reply, listen and a silent hold send nothing', async (t) => {
  let heard = 0;
  const server = await started(t, { onMessage: () => heard++ });
  assert.equal((await runCanary(optionsFor(server.url, { cells: [matching('none')] }))).replyUs, null);
  for (const cell of [cellWith({ model: 'listen', rate: null }), cellWith({ rate: { from: 0, to: 0 } })]) {
    assert.equal((await runCanary(optionsFor(server.url, { cells: [cell] }))).replyUs, null);
  }
  assert.equal(heard, 1, 'only match: none sends its message');
});

test('the sub-protocol the server chose is reported', async (t) => {
  const server = await started(t);
  const endpoint = { ...ENDPOINT, url: server.url, subprotocols: ['bot.v2', 'bot.v1'] };
  const report = await runCanary(optionsFor(server.url, { endpoint }));
  assert.equal(report.subprotocol, 'bot.v2');
  const line = canaryLine({ ...report, tlsUs: 2500 }, 'host:1', null);
  assert.match(line, /^host:1: tcp .* ms, tls 2\.50 ms, upgrade .* ms, reply .* ms, sub-protocol bot\.v2$/);
});

for (const [what, onMessage, match, says, advice] of [
  [
    'another answer',
    (ws: WebSocket) => ws.send('hello'),
    'sequence',
    /what came first was: hello$/,
    /--match order.*--match none/,
  ],
  ['silence', () => {}, 'sequence', /nothing came within 1\.5 s$/, /--match none/],
  ['silence in order', () => {}, 'order', /nothing came/, /--match none.*reply\.echo/],
  [
    'a close',
    (ws: WebSocket) => ws.close(4001, 'go\u001b away'),
    'sequence',
    /closed the connection with 4001 go\\x1b away/,
    /--match/,
  ],
] as const) {
  test(`${what} instead of the reply: 104 with what came and what to try`, async (t) => {
    const server = await started(t, { onMessage });
    await assert.rejects(runCanary(optionsFor(server.url, { cells: [matching(match)] })), (error: Error) => {
      assert.deepEqual(pick(error), { exitCode: 104, code: 'no_matching_reply' });
      assert.match(error.message, /^ws:\/\/shown\/ did not answer/);
      assert.match(error.message, says);
      assert.match((error as unknown as { next: string }).next, advice);
      return true;
    });
  });
}

test('the right sequence with other content: 104 names reply.echo; a rewritten JSON echo passes', async (t) => {
  const altering = await started(t, { onMessage: (ws, data) => ws.send(data.toString().replaceAll('x', 'y')) });
  await assert.rejects(runCanary(optionsFor(altering.url)), (error: Error) => {
    assert.deepEqual(pick(error), { exitCode: 104, code: 'not_an_echo' });
    return true;
  });
  const rewriting = await started(t, {
    onMessage: (ws, data) => ws.send(JSON.stringify({ at: 1, ...(JSON.parse(data.toString()) as object) }, null, 2)),
  });
  assert.ok((await runCanary(optionsFor(rewriting.url))).replyUs! > 0);
});

test('nobody there: 103 with phase and code', async () => {
  const url = `ws://127.0.0.1:${await freePort()}/`;
  await assert.rejects(runCanary(optionsFor(url)), (error: Error) => {
    assert.deepEqual(pick(error), { exitCode: 103, code: 'unreachable' });
    assert.match(error.message, /^cannot connect to ws:\/\/shown\/: .* \(tcp, ECONNREFUSED\)$/);
    return true;
  });
});

test('stopped while it connects or waits for the reply: 105, and the connection is gone', async (t) => {
  for (const stage of ['connect', 'reply'] as const) {
    const stop = new AbortController();
    let gone: () => void = () => {};
    const closing = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const silent = () =>
      rawServer((socket) => {
        socket.on('close', gone);
        socket.once('data', () => stop.abort());
      });
    const mute = () => wsServer({ onConnection: (ws) => ws.on('close', gone), onMessage: () => stop.abort() });
    const server = await (stage === 'connect' ? silent() : mute());
    t.after(() => server.stop());
    await assert.rejects(runCanary(optionsFor(server.url, { signal: stop.signal })), (error: Error) => {
      assert.deepEqual(pick(error), { exitCode: 105, code: 'interrupted' });
      return true;
    });
    await closing;
  }
});

function pick(error: unknown): { exitCode: unknown; code: unknown } {
  const { exitCode, code } = error as { exitCode: unknown; code: unknown };
  return { exitCode, code };
}
