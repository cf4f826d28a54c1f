import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RUBY, skipWithout } from '../needs.js';
import { nodePeer, type Peer, peerScript, startPeer } from '../peers/child-peer.js';
import { clientFound, withPeer } from '../peers/stand-in.js';
import { further } from '../share.js';
import { assertExit, runCli } from './run-cli.js';
import { counters, countsOf, ruledOf, speak } from './spoken.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

const CHAT = "{ channel: ChatChannel, room: '<{{room}}>' }";
const ANNOUNCE = `{ name: announce, to: ${CHAT}, action: announce, send: { text: 'number {{sequence}}' } }`;

/**
 * 200 actions, of which nobody hears when they are done. The rate falls, so that a server on a busy machine has done them
 * before the end.
 */
const RATE = 'rate: { from: 20/s, to: 0/s }, duration: 20s';

const profile = (channel = CHAT, query = '') => `
target: { url: 'ws://127.0.0.1:PORT/cable${query}' }
protocol: actioncable
rooms: 1
session:
  - { name: join, subscribe: ${channel} }
  - { name: ask, to: ${channel}, action: ask, send: { question: ['{{connection}}'] }, expect: { answer: ['{{connection}}'] } }
load:
  - { connections: 100, senders: 1, ${RATE}, warmup: 0s, requests: [${ANNOUNCE}] }
`;

const SERVERS: readonly { readonly name: string; readonly needs: 'actionCable' | null; start(): Promise<Peer> }[] = [
  { name: 'the stand-in', needs: null, start: () => nodePeer('stand-ins/actioncable.mjs') },
  {
    name: 'Action Cable of Rails',
    needs: 'actionCable',
    start: () => startPeer(RUBY, [peerScript('action_cable.rb')]),
  },
];

for (const { name, needs, start } of SERVERS) {
  const lacking = needs === null ? false : await skipWithout(needs);
  describe(`actioncable: ${name}`, { skip: (await skipWithout('actionCableClient')) || lacking }, () => {
    it("Rails' own client works with it", async () => {
      await withPeer(start(), async (peer) => {
        assert.deepEqual(await clientFound('actioncable', peer), {
          ...{ confirmed: 'connected', rejected: 'rejected', unauthorized: 'disconnected' },
          pushes: [{ text: 'all of <you>' }, { answer: { n: [1, '2'] } }],
        });
      });
    });

    for (const [workers, options] of WORKERS) {
      it(
        `every push to every consumer is counted, and no action is missed, with ${workers} workers`,
        options,
        async () => {
          await withPeer(start(), async (peer) => {
            const run = await speak(peer, profile(), ['-w', workers]);
            assert.deepEqual(counters(run.cell, 'planned', 'sent', 'unmatched', 'timedOut', 'lost', 'duties'), {
              ...{ planned: 200, sent: 200, unmatched: 200, timedOut: 0, lost: 0, duties: 0 },
            });
            const { readyUs, steps } = run.cell.session!;
            assert.deepEqual([readyUs.count, ...steps.map(({ us }) => us.count)], [100, 100, 100]);
            // One more of each is of the test connection, whose action Rails may find too late: nobody waits for it.
            const { actions, ...others } = await countsOf<Counts>(peer);
            assert.deepEqual(others, { connections: 101, subscriptions: 101 });
            assert.ok(actions === 200 || actions === 201, `${actions} actions`);
            const { push, ping = 0 } = ruledOf(run.cell);
            assert.equal(push, 20_000);
            // Every 3 s, to each.
            assert.ok(ping >= 100, `${ping} pings`);
            assertExit(run, 0);
          });
        },
      );
    }

    it('a refused connection and a rejected subscription are named, before any load', async () => {
      await withPeer(start(), async (peer) => {
        const refusedBy = async (text: string) => {
          const { code, stderr } = await runCli(['run', 'talk.yaml'], {
            files: { 'talk.yaml': text.replace('PORT', `${peer.port}`) },
          });
          assert.equal(code, 103, stderr);
          return stderr;
        };
        assert.match(await refusedBy(profile(CHAT, '?token=wrong')), /unauthorized/);
        const closed = profile('{ channel: ChatChannel, room: closed }');
        assert.match(await refusedBy(closed), /reject_subscription/);
      });
    });
  });
}

type Counts = Readonly<Record<'connections' | 'subscriptions' | 'actions', number>>;
