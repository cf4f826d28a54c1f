import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
import { assertExit, type CliRun, runCli } from './run-cli.js';
import { assertAllWell, countsOf, ruledOf, sentIn, speak } from './spoken.js';

/** A load of one event; `more`: further keys of the profile. */
const profile = (event: string, more = '') => `
target: { url: ws://127.0.0.1:PORT/socket.io/ }
protocol: socket.io
${more}
load:
  - name: talk
    connections: 10
    rate: 100/s
    warmup: 0s
    duration: 1s
    reply: { timeout: 60s }
    requests: [{ name: ask, to: ${event} }]
`;

describe('socket.io with trouble', { skip: await skipWithout('socketIo') }, () => {
  it('attachments follow their packets, and an acknowledgement that has one is one', async () => {
    await withPeer([], async (peer) => {
      const run = await speak(peer, profile('photo'));
      assertAllWell(run, 100);
      const sent = sentIn(run.cell);
      // An event with two attachments, whose bytes look like packets, and an acknowledgement with one.
      assert.deepEqual(ruledOf(run.cell), { attachment: 3 * sent, 'binary event': sent });
      assertExit(run, 0);
    });
  });

  it('an acknowledgement that comes twice is answered once, and duplicated', async () => {
    await withPeer([], async (peer) => {
      const run = await speak(peer, profile('twice'));
      const { planned, sent, answered, duplicated } = run.cell.flows[0]!.messages;
      assert.deepEqual([planned, answered], [100, sent]);
      // The last second answer may come as the connection closes.
      assert.ok(duplicated > 0 && duplicated <= sent && duplicated >= sent - 10, `${duplicated} duplicated`);
      assertExit(run, 99);
    });
  });

  it('an acknowledgement that the profile calls a failure is one, an event that looks alike is not', async () => {
    await withPeer([], async (peer) => {
      const run = await speak(peer, profile('refuse', `when: [{ has: '"error":', fails: true }]`));
      const { planned, sent, answered, failed } = run.cell.flows[0]!.messages;
      assert.deepEqual([planned, answered, failed], [100, sent, sent]);
      assertExit(run, 99);
    });
  });

  it('pushes of 1 MB are counted and disturb no acknowledgement', async () => {
    await withPeer([], async (peer) => {
      const run = await speak(peer, profile('large'));
      assertAllWell(run, 100);
      assert.deepEqual(ruledOf(run.cell), { event: sentIn(run.cell) });
      assertExit(run, 0);
    });
  });

  it('a server that disconnects the socket and leaves the transport has closed the connection', async () => {
    await withPeer([], async (peer) => {
      const run = await speak(peer, profile('leave'));
      const { cell } = run;
      assert.deepEqual([cell.connections.opened, cell.connections.held], [10, 0]);
      assert.deepEqual(cell.closeCodes, [{ code: 1005, clean: true, by: 'server', count: 10 }]);
      assert.deepEqual(cell.errors, [{ phase: 'open', code: 'disconnect', count: 10, said: '41' }]);
      assert.deepEqual(ruledOf(cell), { disconnect: 10 });
      assertExit(run, 99);
    });
  });

  for (const [what, flood] of [
    ['thousands of events', '5000x10'],
    ['events of 1 MB', '5x1000000'],
  ] as const) {
    it(`${what} before the session is ready are counted, and the session becomes ready`, async () => {
      await withPeer(['--flood', flood], async (peer) => {
        const run = await speak(peer, profile('echo'));
        assertAllWell(run, 100);
        assert.equal(run.cell.connections.held, 10);
        assert.deepEqual(ruledOf(run.cell), { event: 10 * Number.parseInt(flood, 10) });
        // They came before the load and belong to no second of it.
        assert.equal(run.cell.flows[0]!.messages.counted, 0);
        assertExit(run, 0);
      });
    });
  }

  it('a wrong token, namespace or path is named before any load', async () => {
    await withPeer([], async (peer) => {
      const members = await refused(
        peer,
        profile('echo').replace('socket.io\n', '{ name: socket.io, namespace: /members }\n'),
      );
      assert.match(members.stderr, /CONNECT_ERROR/);
      assert.match(members.stderr, /wrong token/);
      const nowhere = await refused(
        peer,
        profile('echo').replace('socket.io\n', '{ name: socket.io, namespace: /nowhere }\n'),
      );
      assert.match(nowhere.stderr, /Invalid namespace/);
      const path = await refused(peer, profile('echo').replace('/socket.io/', '/elsewhere/'));
      assert.match(path.stderr, /\/socket\.io\//);
      const polling = await refused(peer, profile('echo').replace('/socket.io/', '/socket.io/?transport=polling'));
      assert.match(polling.stderr, /polling|handshake/);
      assert.deepEqual((await countsOf<{ events: object }>(peer)).events, {});
    });
  });
});

/** Runs a profile that ends before any load. */
async function refused({ port }: Peer, text: string): Promise<CliRun> {
  const run = await runCli(['run', 'talk.yaml'], { files: { 'talk.yaml': text.replace('PORT', `${port}`) } });
  assert.ok([103, 104, 2].includes(run.code), `${run.code}: ${run.stderr}`);
  return run;
}

async function withPeer(args: readonly string[], use: (peer: Peer) => Promise<void>): Promise<void> {
  const peer = await nodePeer('socket_io_counted.mjs', args);
  try {
    await use(peer);
  } finally {
    await peer.stop();
  }
}
