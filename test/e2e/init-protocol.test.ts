/** The profile that `wsurge init --protocol` writes works, as it is, on a server as its makers' first pages have it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProtocolName } from '../../src/profile/protocols.js';
import { skipWithout, type ToolName } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
import { withPeer } from '../peers/stand-in.js';
import { further } from '../share.js';
import { runCli } from './run-cli.js';
import { assertAllWell, counters, ruledOf, type SpokenRun, speak } from './spoken.js';

interface Server {
  readonly start: () => Promise<Peer>;
  readonly needs?: ToolName;
  readonly path?: string;
  /** What this server wants beside. */
  readonly args?: readonly string[];
}

const standIn = (name: string): Server => ({ start: () => nodePeer(`stand-ins/${name}.mjs`, []) });

const SERVERS: Readonly<Record<Exclude<ProtocolName, 'none'>, Server>> = {
  'json-rpc': { start: () => nodePeer('ganache.mjs', []), needs: 'ganache' },
  'socket.io': { start: () => nodePeer('socket_io_counted.mjs', []), needs: 'socketIo' },
  'graphql-ws': {
    ...{ start: () => nodePeer('graphql_ws_counted.mjs', []), needs: 'graphqlWs', path: '/graphql' },
    args: ['--set', 'protocol.payload={ token: good }'],
  },
  phoenix: standIn('phoenix'),
  signalr: standIn('signalr'),
  actioncable: standIn('actioncable'),
  pusher: standIn('pusher'),
  centrifugo: standIn('centrifugo'),
  stomp: { ...standIn('stomp'), args: ['--set', 'rooms=5'] },
  mqtt: { start: () => nodePeer('aedes_broker.mjs', []), needs: 'aedes', path: '/mqtt', args: ['--set', 'rooms=5'] },
};

/** A second of it, on few connections. */
const SHORT = ['-d', '1s', '--warmup', '0s', '--set', 'load.0.connections=10', '-w', '1'];

async function runOfInit(name: ProtocolName, peer: Peer, { path = '', args = [] }: Server): Promise<SpokenRun> {
  const { stdout, code, stderr } = await runCli([
    'init',
    '--protocol',
    name,
    '--print',
    `ws://127.0.0.1:${peer.port}${path}`,
  ]);
  assert.equal(code, 0, stderr);
  return await speak(peer, stdout, [...SHORT, ...args]);
}

const ANSWERING = [
  ...(['json-rpc', 'socket.io', 'graphql-ws', 'phoenix', 'signalr', 'centrifugo', 'stomp', 'mqtt'] as const),
] as const;
const skips = new Map<ProtocolName, string | false>();
for (const name of ANSWERING) {
  const { needs } = SERVERS[name];
  skips.set(name, needs === undefined ? false : await skipWithout(needs));
}

/** Stand-ins like that of stomp: one more of its kind. */
const ALIKE: ReadonlySet<ProtocolName> = new Set(['phoenix', 'signalr', 'centrifugo']);

describe('wsurge init --protocol, then wsurge run', () => {
  for (const name of ANSWERING) {
    const server = SERVERS[name];
    it(`every request is answered: ${name}`, ALIKE.has(name) ? further : { skip: skips.get(name)! }, async () => {
      await withPeer(server.start(), async (peer) => {
        const run = await runOfInit(name, peer, server);
        assertAllWell(run, 100);
        assert.ok(run.cell.requests!.every(({ messages }) => messages.planned > 0));
        assert.equal(run.cell.connections.opened, 10);
      });
    });
  }

  it('every action is sent, and its pushes are counted: actioncable', async () => {
    await withPeer(SERVERS.actioncable.start(), async (peer) => {
      const { cell } = await runOfInit('actioncable', peer, SERVERS.actioncable);
      assert.deepEqual(counters(cell, 'planned', 'unexpected', 'failed'), { planned: 100, unexpected: 0, failed: 0 });
      assert.ok(ruledOf(cell)['push']! > 0);
    });
  });

  it('connections are subscribed and held: pusher', async () => {
    await withPeer(SERVERS.pusher.start(), async (peer) => {
      const { cell } = await runOfInit('pusher', peer, SERVERS.pusher);
      assert.deepEqual([cell.connections.opened, cell.session!.steps.map(({ name }) => name)], [10, ['join']]);
    });
  });
});
