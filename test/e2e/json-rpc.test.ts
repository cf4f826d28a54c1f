import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import WebSocket from 'ws';
import { skipWithout } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
import { further } from '../share.js';
import { assertExit } from './run-cli.js';
import { assertAllWell, isCutShort, plannedOf, ruledOf, sentIn, speak } from './spoken.js';

const HEADS = `
target: { url: ws://127.0.0.1:PORT/ }
protocol: json-rpc
session: [{ name: heads, subscribe: [eth_subscribe, [newHeads]] }]
load:
  - name: mine
    connections: 20
    senders: 1
    rate: 20/s
    warmup: 500ms
    duration: 5s
    reply: { timeout: 60s }
    requests: [{ name: mine, to: evm_mine, send: [] }]
`;

const SUBSCRIBERS = 20;
/** Between two blocks of the load. */
const GAP_US = 50_000;
/** The number of the last question of the watcher. */
const LAST = 2;

/** The method of each connection is a row; the test connection takes the last. */
const METHODS = `
target: { url: ws://127.0.0.1:PORT/ }
protocol: json-rpc
data: { file: methods.csv, reuse: never }
load:
  - name: nope
    connections: 5
    rate: 100/s
    warmup: 500ms
    duration: 2s
    reply: { timeout: 60s }
    requests: [{ name: call, to: '{{data.method}}', send: [] }]
`;

describe('json-rpc', { skip: await skipWithout('ganache') }, () => {
  for (const workers of ['1', '2']) {
    it(`every block that is told is told to every subscriber, with ${workers} workers`, async () => {
      await withNode(async (node) => {
        const watcher = await watchHeads(node);
        const run = await speak(node, HEADS, ['-w', workers]);
        assertAllWell(run, 100);
        assert.deepEqual(plannedOf(run.cell), { mine: 100 });
        const blocks = sentIn(run.cell);
        // The test connection has mined one more.
        const made = (await blockNumber(node)) - 1;
        const told = (await watcher.end()) - 1;
        // The node makes and tells together what is asked for while it is busy: else 110 blocks, 2,200 messages.
        const { latencyUs, warmupUs } = run.cell.flows[0]!;
        const isBehind = Math.max(latencyUs.response!.max!, warmupUs!.max!) > GAP_US;
        assert.ok(isBehind || (made === blocks && told === blocks), `${blocks} asked, ${made} made, ${told} told`);
        const { notification = 0 } = ruledOf(run.cell);
        const isCut = isCutShort(run.cell) && notification < told * SUBSCRIBERS;
        assert.ok(notification === told * SUBSCRIBERS || isCut, `${notification} notifications of ${told} blocks`);
        const [heads] = run.cell.session!.steps;
        assert.deepEqual([heads!.name, heads!.us.count], ['heads', SUBSCRIBERS]);
        // A node that makes several blocks at a time answers in any order, which is a gate.
        if (!isBehind) assertExit(run, 0);
      });
    });
  }

  for (const [workers, options] of [
    ['1', {}],
    ['2', further],
  ] as const) {
    it(
      `a method that the server does not know: every call is answered, and says no, with ${workers} workers`,
      options,
      async () => {
        await withNode(async (node) => {
          const rows = [...Array.from({ length: 5 }, () => 'eth_nope'), 'eth_blockNumber'];
          const files = { 'methods.csv': ['method', ...rows, ''].join('\n') };
          const run = await speak(node, METHODS, ['-w', workers], { files });
          const { planned, sent, answered, failed, lost } = run.cell.flows[0]!.messages;
          assert.deepEqual([planned, answered, failed, lost], [200, sent, sent, 0]);
          assertExit(run, 99);
        });
      },
    );
  }
});

async function withNode(use: (node: Peer) => Promise<void>): Promise<void> {
  const node = await nodePeer('ganache.mjs');
  try {
    await use(node);
  } finally {
    await node.stop();
  }
}

/** A subscriber beside those of the load, which counts the blocks it is told of. */
async function watchHeads({ port }: Peer): Promise<{ end(): Promise<number> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  let heads = 0;
  let reached = () => {};
  await once(socket, 'open');
  socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}');
  await once(socket, 'message');
  socket.on('message', (bytes: Buffer) => {
    const { id, method } = JSON.parse(bytes.toString()) as { id?: number; method?: string };
    if (method === 'eth_subscription') heads++;
    if (id === LAST) reached();
  });
  return {
    // What is told before this is answered has come.
    end: async () => {
      const answered = new Promise<void>((resolve) => {
        reached = resolve;
      });
      socket.send(`{"jsonrpc":"2.0","id":${LAST},"method":"eth_blockNumber","params":[]}`);
      await answered;
      socket.close();
      return heads;
    },
  };
}

async function blockNumber({ port }: Peer): Promise<number> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}';
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
  return Number(((await response.json()) as { result: string }).result);
}
