/** Servers that public reports say are measured wrongly: each gives the right counts, the right blame, the right exit code. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { WebSocket } from 'ws';
import type { ResultDocument } from '../../src/documents/result-document.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { further } from '../share.js';
import { isClientNoise } from '../verdict/client-noise.js';
import { type LocalServer, type WsOptions, wsServer } from './local-server.js';
import { assertExit, type CliRun, COUNTED_RUN, runCli } from './run-cli.js';

type Cell = ResultDocument['cells'][number];
type Served = CliRun & { readonly cell: Cell; readonly cells: readonly Cell[] };

/** One cell, of the flags; or one for each load of a profile. */
async function against(t: TestContext, options: WsOptions, load: readonly string[] | object): Promise<Served> {
  const server: LocalServer = await wsServer(options);
  t.after(() => server.stop());
  const run = Array.isArray(load)
    ? await runCli([...COUNTED_RUN, server.url, ...timesIn(load), ...load])
    : await runCli([...COUNTED_RUN, 'p.json', '--target', server.url], {
        files: { 'p.json': profileOf(load) },
      });
  assert.ok(run.result !== null, run.stderr);
  const { cells } = run.result;
  for (const cell of cells) assert.deepEqual(cell.laws, [], cell.id);
  return { ...run, cells, cell: cells[0]! };
}

const timesIn = (flags: readonly string[]) => [
  ...(flags.includes('-W') ? [] : ['-W', '0s']),
  ...(flags.includes('-d') ? [] : ['-d', '1s']),
];

/** `loads`: by name, in the order in which they run. */
function profileOf(loads: object): string {
  const load = Object.entries(loads).map(([name, keys]) => ({ name, ...keys }));
  return JSON.stringify({ load, warmup: '0s', duration: '1s' });
}

/** The reason of that code for that cell. */
function reasonFor(run: CliRun, cell: CellResult, code: string) {
  return reasonsOf(run).find((reason) => reason.code === code && reason.cell === cell.id);
}

/** Each of these serves the one connection of its load: behind that of the canary, which `canary` serves. */
function inTurn<T>(canary: T, ...ofLoads: readonly T[]): (ordinal: number) => T {
  return (ordinal) => (ordinal === 0 ? canary : ofLoads[ordinal - 1]!);
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
  test('a notice before each reply, two, or one behind it: no latency, no pass, and the reason', async (t) => {
    const own = inTurn<(ws: WebSocket) => void>(
      () => undefined,
      (ws) => ws.send('{"type":"notice"}'),
      (ws) => [1, 2].map((a) => ws.send(`{"a":${a}}`)),
      (ws) => setTimeout(() => ws.send('{"type":"notice"}'), 150),
    );
    const options: WsOptions = {
      onMessage: (ws, _data, _binary, ordinal) => {
        own(ordinal)(ws);
        setTimeout(() => ws.send('{"ok":true}'), 100);
      },
    };
    const inOrder = { connections: 1, rate: '5/s', reply: { match: 'order', echo: 'none' } };
    const run = await against(t, options, { before: inOrder, two: inOrder, behind: inOrder });
    assert.equal(run.code, 98, run.stderr);
    assert.equal(run.cells.length, 3);
    for (const cell of run.cells) {
      assert.ok(messagesOf(cell).unexpected > 0, cell.id);
      assert.deepEqual([cell.flows[0]!.latencyUs.response, cell.flows[0]!.latencyUs.service], [null, null]);
      assert.match(reasonFor(run, cell, 'replies_unsure')!.message, /messages came that nobody asked for/);
    }
    assertNotBlamed(run);
  });

  test('matched by number, the same server is measured, and what nobody asked for counted', further, async (t) => {
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

test('several replies in one frame, one a line, in an array, one behind the other: each is answered, none is lost', async (t) => {
  const waiting: string[] = [];
  const join = inTurn<(replies: readonly string[]) => string>(
    ([reply]) => reply!,
    (replies) => replies.join('\n'),
    (replies) => (replies.length > 1 ? `[${replies.join(',')}]` : replies[0]!),
    (replies) => replies.join(''),
  );
  const options: WsOptions = {
    onMessage: (ws, data, _binary, ordinal) => {
      waiting.push(data.toString());
      if (waiting.length > 1) return;
      setTimeout(() => ws.send(join(ordinal)(waiting.splice(0))), 20);
    },
  };
  const load = { connections: 1, rate: '300/s', reply: { timeout: '20s' } };
  const run = await against(t, options, { lines: load, array: load, behind: load });
  assert.equal(run.cells.length, 3);
  for (const cell of run.cells) {
    const { sent, answered, lost, corrupted, unexpected } = messagesOf(cell);
    assert.deepEqual([answered, lost, corrupted, unexpected], [sent, 0, 0, 0], cell.id);
    assert.ok(cell.bundled! > 0, cell.id);
  }
  assertNotBlamed(run);
  assertExit(run, 0);
});

test('a first message larger than wsurge takes: it ended the connections, and says so; one just within is taken', async (t) => {
  const big = Buffer.alloc(17 * 1024 * 1024, 'x');
  // The canary is spared: it would say so before any load. Two connections listen, two send, and two get what is taken.
  const options: WsOptions = {
    onConnection: (ws, ordinal) => {
      if (ordinal > 0) ws.send(ordinal < 5 ? big : big.subarray(0, 15 * 1024 * 1024));
    },
  };
  const run = await against(t, options, {
    listen: { connections: 2, model: 'listen' },
    open: { connections: 2, rate: '100/s' },
    within: { connections: 2, model: 'listen' },
  });
  assert.equal(run.code, 98, run.stderr);
  const [listen, open, within] = run.cells;
  for (const cell of [listen!, open!]) {
    assert.deepEqual(cell.errors, [{ phase: 'open', code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', count: 2 }]);
    assert.ok(cell.closeCodes.every(({ by }) => by === 'client'));
    assert.notEqual(cell.target, 'down');
    assert.match(reasonFor(run, cell, 'client_limit')!.message, /wsurge itself ended 2 of 2 .*16 MiB/);
  }
  assert.deepEqual([within!.errors, within!.connections.held], [[], 2]);
  assertNotBlamed(run);
});

test(
  'an echo that answers no ping: its connections are held in every model, for they answered messages',
  further,
  async (t) => {
    const run = await against(
      t,
      { autoPong: false },
      {
        open: { connections: 4, rate: '40/s' },
        closed: { connections: 4, model: 'closed', think: '50ms' },
        order: { connections: 2, rate: '20/s', reply: { match: 'order' } },
      },
    );
    assert.equal(run.cells.length, 3);
    for (const cell of run.cells) {
      const { held, asked, withoutPong } = cell.connections;
      assert.deepEqual([held, withoutPong], [asked, asked], cell.id);
      assert.equal(messagesOf(cell).lost, 0, cell.id);
    }
    assertNotBlamed(run);
    assert.ok(run.result!.verdict.gates.every(({ passed }) => passed));
    assert.ok(reasonsOf(run).every((reason) => reason.side !== 'client' || isClientNoise(reason)));
  },
);

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

  test('all are cut, and how long nothing had come is told', further, async (t) => {
    const run = await against(t, cutting, silent);
    assert.equal(run.cell.connections.held, 0);
    assert.equal(run.cell.endedAfterSilence!.count, 3);
    assert.equal(run.cell.keepAlive, undefined);
    assert.notEqual(run.code, 0);
  });

  test('with --keep-alive all that were pinged in time are held', further, async (t) => {
    const server = { ...cutting };
    const run = await against(t, server, [...silent, '--keep-alive', '100ms']);
    assert.ok(run.cell.keepAlive!.pings > 3, 'several on each');
    assert.equal(messagesOf(run.cell).sent, 0);
    assert.equal(run.cell.connections.held + (run.cell.endedAfterSilence?.count ?? 0), 3);
  });
});
