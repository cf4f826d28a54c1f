import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { describe, it } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Wire } from '../../../src/dialect/wire.js';
import { Engine } from '../../../src/engine/engine.js';
import { realClock } from '../../../src/engine/pacing/clock.js';
import { Connection } from '../../../src/engine/socket/connection.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { MergedThreads } from '../../metrics/merged-threads.js';
import { cellWith } from '../../plan/cell-builder.js';
import { ruleWith, stepWith, wireWith } from '../../plan/wire-builder.js';
import { HEALTHY, shardOf } from '../run-engine.js';
import { serverFrame } from '../streams.js';

const MIB = 2 ** 20;

/** The hostile server has been asked to log a connection in. */
type Attack = (client: WebSocket, socket: Socket) => void;

/** Where nothing else may end it, a step may take as long as the busiest machine needs. */
const LONG_MS = 60_000;
const SHORT_MS = 4000;
const LOGIN = stepWith('login', {
  send: 'login',
  expect: { starts: 'welcome' },
  refusals: [{ match: { starts: 'error' }, code: 'DENIED' }],
});
const RULES = [ruleWith('ping', 'duty', 'ping', `pong${'x'.repeat(5000)}`), ruleWith('tick', 'count', 'tick')];

/** A whole cell of three connections that log in at an echo. The server attacks the second one while it does. */
async function runAgainst(attack: Attack, timeoutMs = LONG_MS, wire: Partial<Wire> = {}): Promise<CellResult> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  let connections = 0;
  server.on('connection', (client) => {
    const isHostile = connections++ === 1;
    client.on('error', () => {});
    client.on('message', (data: Buffer) => {
      const text = String(data);
      if (text.startsWith('pong')) return;
      if (text !== 'login') client.send(data);
      else if (isHostile) attack(client, (client as unknown as { _socket: Socket })._socket);
      else client.send('welcome');
    });
  });
  const cell = cellWith({
    connections: { from: 3, to: 3 },
    rate: { from: 150, to: 150 },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 1000 },
    wire: wireWith({ steps: [{ ...LOGIN, timeoutMs }], rules: RULES, ...wire }),
    ...{ connectTimeoutMs: LONG_MS, warmupMs: 0, durationMs: 400 },
  });
  const shard = shardOf(cell, 0, 1);
  const merger = new MergedThreads(cell, 1);
  const engine = new Engine({
    shard: {
      ...shard,
      endpoint: { ...shard.endpoint, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    },
    clock: realClock,
    connect: (...args) => new Connection(...args),
    health: { sample: () => HEALTHY },
    agent: 'test',
    ...{ metronome: null, instrument: null },
    onInterval: (interval) => merger.add(interval),
  });
  await engine.connect(realClock.nowUs());
  merger.workerDone(await engine.run(realClock.nowUs() + 20_000));
  for (const client of server.clients) client.terminate();
  server.close();
  const result = merger.finish({
    ...{ pacing: 'timer', interrupted: false },
    phases: [{ name: 'measure', fromMs: 0, toMs: cell.durationMs }],
    server: { status: 'unavailable', engine: null, reason: 'a test' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
    restartProblems: new Map(),
  });
  assert.deepEqual(result.laws, []);
  return result;
}

/** The second connection did not open, for this reason; the others go on. */
function assertFailed({ errors, connections, flows }: CellResult, code: string, said: RegExp): void {
  assert.deepEqual(
    errors.map(({ phase, code, count }) => ({ phase, code, count })),
    [{ phase: 'session', code, count: 1 }],
  );
  assert.match(errors[0]!.said!, said);
  const { attempts, opened, failed, closedClean } = connections;
  assert.deepEqual({ attempts, opened, failed, closedClean }, { attempts: 3, opened: 2, failed: 1, closedClean: 2 });
  const { planned, answered, unsentAtStop, notConnected } = flows[0]!.messages;
  assert.equal(planned, 60);
  assert.ok(answered > 0 && planned - answered - unsentAtStop - notConnected === 0);
  assert.ok(notConnected <= 20);
}

function assertOpened({ errors, connections, flows }: CellResult): void {
  assert.deepEqual([errors, connections.opened, connections.closedClean], [[], 3, 3]);
  const { answered, unsentAtStop } = flows[0]!.messages;
  assert.equal(answered + unsentAtStop, 60);
}

/** Runs an attack, and throws if it took much memory. */
async function bounded(attack: Attack, timeoutMs = LONG_MS, wire: Partial<Wire> = {}): Promise<CellResult> {
  const before = process.memoryUsage.rss();
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss());
  }, 20);
  try {
    return await runAgainst(attack, timeoutMs, wire);
  } finally {
    clearInterval(watch);
    assert.ok(highest - before < 300 * MIB, `${Math.round((highest - before) / MIB)} MiB more`);
  }
}

function text(payload: string): Buffer {
  return serverFrame({ opcode: 1, payload: Buffer.from(payload) });
}

describe('a server that, while a session opens,', () => {
  it('never answers a step: the step times out, by name', async () => {
    assertFailed(
      await runAgainst(() => {}, SHORT_MS),
      'step_timeout',
      /^step login: nothing that fits came within 4 s$/,
    );
  });

  it('answers with an error: it says which', async () => {
    const result = await runAgainst((client) => client.send('error: no such user'));
    assertFailed(result, 'DENIED', /^step login: the server refused: error: no such user$/);
  });

  it('answers with something else: it says what', async () => {
    const result = await runAgainst((client) => client.send('{"type":"unknown"}'), SHORT_MS);
    assertFailed(result, 'step_timeout', /came within 4 s; what came instead is \{"type":"unknown"\}$/);
  });

  it('closes, with a code or without a word', async () => {
    const closed = await runAgainst((client) => client.close(4401, 'who are you'));
    assertFailed(closed, 'closed_4401', /^step login: the server closed with 4401 who are you$/);
    const cut = await runAgainst((_, socket) => socket.destroy());
    assertFailed(cut, 'closed_1006', /^step login: the server closed with 1006 \(no close frame\)$/);
  });

  it('breaks the protocol: that ends the session, as the error of this side', async () => {
    const masked = serverFrame({ opcode: 1, payload: Buffer.from('welcome'), masked: true });
    const result = await runAgainst((_, socket) => socket.write(masked));
    assertFailed(result, 'WS_ERR_UNEXPECTED_MASK', /^step login: the connection broke: WS_ERR_UNEXPECTED_MASK$/);
  });

  it('sends more than a message may hold: the connection ends', async () => {
    const huge = serverFrame({ opcode: 2, payload: Buffer.from('x'), announced: 2n ** 24n + 1n });
    const result = await runAgainst((_, socket) => socket.write(huge));
    assertFailed(result, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', /the connection broke/);
  });

  it('pushes 100,000 small messages first: each is counted, none is kept', async () => {
    const ticks = Buffer.concat(new Array<Buffer>(100_000).fill(text('tick')));
    const result = await bounded((client, socket) => {
      socket.write(ticks);
      client.send('welcome');
    });
    assertOpened(result);
    assert.deepEqual(result.ruled, [{ name: 'tick', means: 'count', count: 100_000 }]);
    assert.equal(result.outside, 100_000);
  });

  it('pushes 100 messages of 1 MiB first: each is counted, none is kept', async () => {
    const tick = `tick${'x'.repeat(MIB - 4)}`;
    const result = await bounded((client) => {
      for (let i = 0; i < 100; i++) client.send(tick);
      client.send('welcome');
    });
    assertOpened(result);
    assert.deepEqual([result.ruled![0]!.count, result.outside], [100, 100]);
  });

  it('pushes 100,000 messages that nobody asked for, and no answer: it says how many, and the first', async () => {
    const others = Buffer.concat(new Array<Buffer>(100_000).fill(text('hello?')));
    const result = await bounded((_, socket) => socket.write(others), SHORT_MS);
    assertFailed(result, 'step_timeout', /; 100000 other messages came, the first is hello\?$/);
  });

  it('obliges to 100,000 answers of 5 kB and reads none: they do not pile up', async () => {
    const pings = Buffer.concat(new Array<Buffer>(100_000).fill(text('ping')));
    const result = await bounded((_, socket) => {
      socket.pause();
      socket.write(pings);
    }, SHORT_MS);
    assertFailed(result, 'step_timeout', /^step login: nothing that fits came within 4 s; 100000 other messages/);
    assert.deepEqual(result.ruled, [{ name: 'ping', means: 'duty', count: 100_000 }]);
  });

  it('answers a step twice: the second answer is nobody’s', async () => {
    const result = await runAgainst((client) => {
      client.send('welcome');
      client.send('welcome again');
    });
    assertOpened(result);
    assert.equal((result.outside ?? 0) + result.flows[0]!.messages.unexpected, 1);
  });

  it('sends its frames byte by byte', async () => {
    const bytes = Buffer.concat([text('tick'), text('error'.slice(0, 3)), text('ping'), text('welcome')]);
    const result = await runAgainst((_, socket) => {
      socket.setNoDelay(true);
      const next = (at: number) => {
        if (at < bytes.length) socket.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
      };
      next(0);
    });
    assertOpened(result);
    assert.deepEqual(
      result.ruled!.map(({ name, count }) => [name, count]),
      [
        ['ping', 1],
        ['tick', 1],
      ],
    );
  });

  it('sends a million separators: they are no messages', async () => {
    const result = await bounded(
      (client) => {
        client.send('\x1e'.repeat(1_000_000));
        client.send(`tick\x1ewelcome\x1e${'\x1e'.repeat(1_000_000)}`);
      },
      LONG_MS,
      { separator: 0x1e },
    );
    assertOpened(result);
    assert.deepEqual([result.ruled![0]!.count, result.outside], [1, 1]);
  });
});
