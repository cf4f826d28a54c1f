import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
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
    it(`every block is told to every subscriber, with ${workers} workers`, async () => {
      await withNode(async (node) => {
        const run = await speak(node, HEADS, ['-w', workers]);
        assertAllWell(run, 100);
        assert.deepEqual(plannedOf(run.cell), { mine: 100 });
        const blocks = sentIn(run.cell);
        const { notification = 0 } = ruledOf(run.cell);
        // 2,200 where all were sent. The last block may come as the connections close.
        const isCut = isCutShort(run.cell) && notification < blocks * 20;
        assert.ok(
          notification === blocks * 20 || (isCut && notification >= (blocks - 1) * 20),
          `${notification} notifications`,
        );
        assert.deepEqual(
          run.cell.session!.steps.map(({ us }) => us.count),
          [20],
        );
        // The test connection has mined one more.
        assert.equal(await blockNumber(node), blocks + 1);
        assertExit(run, 0);
      });
    });
  }

  it('a method that the server does not know: every call is answered, and says no', async () => {
    await withNode(async (node) => {
      const rows = [...Array.from({ length: 5 }, () => 'eth_nope'), 'eth_blockNumber'];
      const files = { 'methods.csv': ['method', ...rows, ''].join('\n') };
      const run = await speak(node, METHODS, [], { files });
      const { planned, sent, answered, failed, lost } = run.cell.flows[0]!.messages;
      assert.deepEqual([planned, answered, failed, lost], [200, sent, sent, 0]);
      assertExit(run, 99);
    });
  });
});

async function withNode(use: (node: Peer) => Promise<void>): Promise<void> {
  const node = await nodePeer('ganache.mjs');
  try {
    await use(node);
  } finally {
    await node.stop();
  }
}

async function blockNumber({ port }: Peer): Promise<number> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}';
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
  return Number(((await response.json()) as { result: string }).result);
}
