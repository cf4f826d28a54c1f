/** Servers that public reports say are measured wrongly: each gives the right counts, the right blame, the right exit code. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { WebSocket } from 'ws';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { isClientNoise } from '../../src/verdict/client-noise.js';
import { type LocalServer, type WsOptions, wsServer } from './local-server.js';
import { assertExit, type CliRun, runCli } from './run-cli.js';

async function against(
  t: TestContext,
  options: WsOptions,
  args: readonly string[],
): Promise<CliRun & { cell: CellResult }> {
  const server: LocalServer = await wsServer(options);
  t.after(() => server.stop());
  const times = [...(args.includes('-W') ? [] : ['-W', '0s']), ...(args.includes('-d') ? [] : ['-d', '1s'])];
  const run = await runCli(['run', server.url, ...times, ...args]);
  assert.ok(run.result !== null, run.stderr);
  const cell = run.result.cells[0]!;
  assert.deepEqual(cell.laws, []);
  return { ...run, cell };
}

const messagesOf = (cell: CellResult) => cell.flows[0]!.messages;
const reasonsOf = (run: CliRun) => run.result!.verdict.reasons;

/** What a busy machine brings about, and nobody is to blame for. */
const BUSY: readonly string[] = ['target_starved', 'target_cpu'];

/** Nothing is said against the target. */
function assertNotBlamed(run: CliRun): void {
  const blamed = reasonsOf(run).filter(({ side, code }) => side === 'target' && !BUSY.includes(code));
  assert.deepEqual(blamed, []);
}

describe('a server that also speaks by itself, replies matched by order', () => {
  const answering = (own: (ws: WebSocket) => void): WsOptions => ({
    onMessage: (ws) => {
      own(ws);
      setTimeout(() => ws.send('{"ok":true}'), 100);
    },
  });
  const inOrder = ['-c', '1', '-R', '5', '--match', 'order', '--set', 'reply.echo=none'];

  for (const [what, own] of [
    ['a notice before each reply', (ws: WebSocket) => ws.send('{"type":"notice"}')],
    ['two notices', (ws: WebSocket) => [1, 2].map((a) => ws.send(`{"a":${a}}`))],
    ['a notice behind each reply', (ws: WebSocket) => setTimeout(() => ws.send('{"type":"notice"}'), 150)],
  ] as const) {
    test(`${what}: no latency, no pass, and the reason`, async (t) => {
      const run = await against(t, answering(own), inOrder);
      assert.equal(run.code, 98, run.stderr);
      assert.ok(messagesOf(run.cell).unexpected > 0);
      assert.deepEqual([run.cell.flows[0]!.latencyUs.response, run.cell.flows[0]!.latencyUs.service], [null, null]);
      const reason = reasonsOf(run).find(({ code }) => code === 'replies_unsure');
      assert.match(reason!.message, /messages came that nobody asked for/);
      assertNotBlamed(run);
    });
  }

  test('matched by number, the same server is measured, and what nobody asked for counted', async (t) => {
    const run = await against(
      t,
      {
        onMessage: (ws, data, binary) => {
          ws.send('{"type":"notice"}');
          ws.send(data, { binary });
        },
      },
      ['-c', '1', '-R', '20'],
    );
    const { answered, sent, lost, unexpected } = messagesOf(run.cell);
    assert.deepEqual([answered, lost, unexpected + (run.cell.outside ?? 0)], [sent, 0, sent]);
    assert.notEqual(run.cell.flows[0]!.latencyUs.service, null);
  });
});

test('a server that sends a burst as a connection opens: none of it is in the measured time', async (t) => {
  const burst = (ws: WebSocket) => {
    for (let i = 0; i < 100; i++) ws.send(`{"n":${i}}`);
  };
  const run = await against(t, { onConnection: burst }, ['-c', '4', '--model', 'listen', '-W', '500ms']);
  const { messages, warmup } = run.cell.flows[0]!;
  assert.equal(messages.received, 0);
  assert.equal(run.cell.rate.receivedPerSecond, 0);
  assert.equal((run.cell.outside ?? 0) + warmup.received, 400, 'all of it is accounted for');
  assertNotBlamed(run);
});

describe('several replies in one frame', () => {
  const joining = (join: (waiting: string[]) => string): WsOptions => {
    const waiting: string[] = [];
    return {
      onMessage: (ws, data) => {
        waiting.push(data.toString());
        if (waiting.length > 1) return;
        setTimeout(() => ws.send(join(waiting.splice(0))), 20);
      },
    };
  };

  for (const [what, join] of [
    ['one a line', (waiting: string[]) => waiting.join('\n')],
    ['an array', (waiting: string[]) => (waiting.length > 1 ? `[${waiting.join(',')}]` : waiting[0]!)],
    ['one behind the other', (waiting: string[]) => waiting.join('')],
  ] as const) {
    test(`${what}: each is answered, none is lost`, async (t) => {
      const run = await against(t, joining(join), ['-c', '1', '-R', '300', '--reply-timeout', '20s']);
      const { sent, answered, lost, corrupted, unexpected } = messagesOf(run.cell);
      assert.deepEqual([answered, lost, corrupted, unexpected], [sent, 0, 0, 0]);
      assert.ok(run.cell.bundled! > 0);
      assertNotBlamed(run);
      assertExit(run, 0);
    });
  }
});

describe('a first message larger than wsurge takes', () => {
  const big = Buffer.alloc(17 * 1024 * 1024, 'x');

  for (const model of ['listen', 'open'] as const) {
    test(`${model}: wsurge ended the connections, and says so`, async (t) => {
      // The canary is spared: it would say so before any load.
      const options: WsOptions = { onConnection: (ws, ordinal) => ordinal > 0 && ws.send(big) };
      const run = await against(t, options, ['-c', '2', '--model', model]);
      assert.equal(run.code, 98, run.stderr);
      assert.deepEqual(run.cell.errors, [{ phase: 'open', code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', count: 2 }]);
      assert.ok(run.cell.closeCodes.every(({ by }) => by === 'client'));
      assert.notEqual(run.result!.cells[0]!.target, 'down');
      const reason = reasonsOf(run).find(({ code }) => code === 'client_limit');
      assert.match(reason!.message, /wsurge itself ended 2 of 2 .*16 MiB/);
      assertNotBlamed(run);
    });
  }

  test('one just within the limit is taken', async (t) => {
    const options: WsOptions = {
      onConnection: (ws, ordinal) => ordinal > 0 && ws.send(big.subarray(0, 15 * 1024 * 1024)),
    };
    const run = await against(t, options, ['-c', '2', '--model', 'listen']);
    assert.deepEqual([run.cell.errors, run.cell.connections.held], [[], 2]);
  });
});

describe('an echo that answers no ping', () => {
  for (const args of [
    ['-c', '4', '-R', '40'],
    ['-c', '4', '--model', 'closed', '--think', '50ms'],
    ['-c', '2', '-R', '20', '--match', 'order'],
  ]) {
    test(`${args.join(' ')}: its connections are held, for they answered messages`, async (t) => {
      const run = await against(t, { autoPong: false }, args);
      const { held, asked, withoutPong } = run.cell.connections;
      assert.deepEqual([held, withoutPong], [asked, asked]);
      assert.equal(messagesOf(run.cell).lost, 0);
      assertNotBlamed(run);
      assert.ok(run.result!.verdict.gates.every(({ passed }) => passed));
      assert.ok(reasonsOf(run).every((reason) => reason.side !== 'client' || isClientNoise(reason)));
    });
  }
});

describe('something that cuts connections on which nothing came for 600 ms', () => {
  /** Frames of the client are what it sees: a ping is one. */
  const cutting: WsOptions = {
    onConnection: (ws) => {
      let timer = setTimeout(() => ws.terminate(), 600);
      const seen = () => {
        clearTimeout(timer);
        timer = setTimeout(() => ws.terminate(), 600);
      };
      ws.on('ping', seen);
      ws.on('message', seen);
      ws.on('close', () => clearTimeout(timer));
    },
  };
  const silent = ['-c', '3', '-R', '0', '-d', '2s'];

  test('all are cut, and how long nothing had come is told', async (t) => {
    const run = await against(t, cutting, silent);
    assert.equal(run.cell.connections.held, 0);
    assert.equal(run.cell.endedAfterSilence!.count, 3);
    assert.equal(run.cell.keepAlive, undefined);
    assert.notEqual(run.code, 0);
  });

  test('with --keep-alive all that were pinged in time are held', async (t) => {
    const server = { ...cutting };
    const run = await against(t, server, [...silent, '--keep-alive', '100ms']);
    assert.ok(run.cell.keepAlive!.pings > 3, 'several on each');
    assert.equal(messagesOf(run.cell).sent, 0);
    assert.equal(run.cell.connections.held + (run.cell.endedAfterSilence?.count ?? 0), 3);
  });
});
