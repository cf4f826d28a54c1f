import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { clientFound, withStandIn } from '../peers/stand-in.js';
import { further } from '../share.js';
import { assertExit, runCli } from './run-cli.js';
import { counters, countsOf, ruledOf, speak } from './spoken.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

const REQUESTS = [
  "{ name: echo, to: 'room:{{room}} echo', send: { text: '{{sequence}}' }, expect: { text: '{{sequence}}' } }",
  "{ name: tenth, to: 'room:{{room}} tenth' }",
  "{ name: shout, to: 'room:{{room}} shout', send: { text: hi } }",
];

const profile = (topic: string) => `
target: { url: 'ws://127.0.0.1:PORT/socket/websocket' }
protocol: { name: phoenix, beat: 200ms }
rooms: 2
session:
  - { name: join, subscribe: { topic: '${topic}', payload: { token: t } }, expect: { members: 1 } }
load:
  - { connections: 10, senders: 2, rate: 150/s, warmup: 0s, duration: 4s, pick: in turn, requests: [${REQUESTS}] }
`;

describe('phoenix', { skip: await skipWithout('phoenixClient') }, () => {
  it("Phoenix's own client works with the stand-in", async () => {
    await withStandIn('phoenix', [], async (peer) => {
      assert.deepEqual(await clientFound('phoenix', peer), {
        joined: { status: 'ok', response: { members: 1 } },
        refused: { status: 'error', response: { reason: 'unauthorized' } },
        echoed: { status: 'ok', response: { text: 'hello' } },
        failed: { status: 'error', response: { reason: 'as asked' } },
        pushed: { text: 'all of you' },
        ...{ heartbeat: true, crashed: true },
      });
    });
  });

  for (const [workers, options] of WORKERS) {
    it(`pushes are answered, broadcasts and heartbeats counted, with ${workers} workers`, options, async () => {
      await withStandIn('phoenix', [], async (peer) => {
        const run = await speak(peer, profile('room:{{room}}'), ['-w', workers]);
        assert.deepEqual(counters(run.cell, 'planned', 'answered', 'duplicated', 'unexpected'), {
          ...{ planned: 600, answered: 600, duplicated: 0, unexpected: 0 },
        });
        // Two of ten connections send: the numbers of one of them end in 0.
        const found = run.cell.requests!.map(({ name, messages }) => [name, messages.answered, messages.failed]);
        assert.deepEqual(found, [
          ['echo', 200, 0],
          ['tenth', 200, 100],
          ['shout', 200, 0],
        ]);
        const { joins, pushes, heartbeats } = await countsOf<Counts>(peer);
        assert.deepEqual({ joins, pushes }, { joins: 11, pushes: 603 });
        const { broadcast, 'heartbeat reply': replies } = ruledOf(run.cell);
        assert.equal(broadcast, 200 * 5);
        assert.ok(heartbeats >= 10 && replies === heartbeats, `${replies} of ${heartbeats} heartbeats`);
        assert.equal(run.cell.session!.readyUs.count, 10);
        assertExit(run, 99);
      });
    });
  }

  it('a refused join is named, before any load', async () => {
    await withStandIn('phoenix', [], async (peer) => {
      const files = { 'talk.yaml': profile('closed:1').replace('PORT', `${peer.port}`) };
      const { code, stderr } = await runCli(['run', 'talk.yaml'], { files });
      assert.equal(code, 103, stderr);
      assert.match(stderr, /unauthorized/);
    });
  });
});

type Counts = Readonly<Record<'joins' | 'pushes' | 'heartbeats', number>>;
