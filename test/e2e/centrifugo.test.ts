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

/** How often the server pings, ms, and that it wants an answer. */
const PONG = ['100', 'pong'];

const REQUESTS = [
  "{ name: echo, to: rpc echo, send: { n: '{{sequence}}' }, expect: { n: '{{sequence}}' } }",
  '{ name: tenth, to: rpc tenth }',
  '{ name: say, to: publish news, send: { text: hi } }',
];

const profile = ({ token = 'right', channel = 'news' } = {}) => `
target: { url: 'ws://127.0.0.1:PORT/connection/websocket' }
protocol: { name: centrifugo, token: ${token}, data: { user: '{{connection}}' } }
session:
  - { name: news, subscribe: ${channel} }
load:
  - { connections: 10, senders: 2, rate: 150/s, warmup: 0s, duration: 4s, pick: in turn, requests: [${REQUESTS}] }
`;

describe('centrifugo', { skip: await skipWithout('centrifugeClient') }, () => {
  it("Centrifugal's own client works with the stand-in", async () => {
    await withStandIn('centrifugo', PONG, async (peer) => {
      assert.deepEqual(await clientFound('centrifugo', peer), {
        refused: { code: 103, reason: 'permission denied' },
        answers: [{ data: { n: 1 } }, { data: [2] }],
        failed: { code: 108, message: 'method not found' },
        pushed: { text: 'all of you' },
        denied: { code: 109, message: 'token expired' },
        answersPings: true,
      });
    });
  });

  for (const [workers, options] of WORKERS) {
    it(`commands are answered, publications counted, pings answered, with ${workers} workers`, options, async () => {
      await withStandIn('centrifugo', PONG, async (peer) => {
        const run = await speak(peer, profile(), ['-w', workers]);
        assert.deepEqual(counters(run.cell, 'planned', 'answered', 'duplicated', 'unexpected'), {
          ...{ planned: 600, answered: 600, duplicated: 0, unexpected: 0 },
        });
        // Two of ten connections send: the numbers of one of them end in 0.
        const found = run.cell.requests!.map(({ name, messages }) => [name, messages.answered, messages.failed]);
        assert.deepEqual(found, [
          ['echo', 200, 0],
          ['tenth', 200, 100],
          ['say', 200, 0],
        ]);
        // One more of each is of the test connection.
        const { connect, subscriptions, rpc, publish, pings, pongs } = await countsOf<Counts>(peer);
        assert.deepEqual([connect, subscriptions, rpc, publish], [11, 11, 402, 201]);
        const { push, ping = 0 } = ruledOf(run.cell);
        assert.equal(push, 200 * 10);
        // Those that came when the connections were closing have no answer.
        assert.ok(pongs! > 50 && ping > 50 && pongs! <= pings, `${pongs} of ${ping} pings`);
        assertExit(run, 99);
      });
    });
  }

  it('pings are not answered where connect did not ask for it', async () => {
    await withStandIn('centrifugo', ['100'], async (peer) => {
      const run = await speak(peer, profile(), ['-d', '1s']);
      const { pings, pongs } = await countsOf<Counts>(peer);
      assert.ok(pings > 10 && ruledOf(run.cell)['ping']! > 10, `${pings} pings`);
      assert.equal(pongs, undefined);
    });
  });

  it('a wrong token and a refused subscription are named, before any load', async () => {
    await withStandIn('centrifugo', [], async (peer) => {
      const refusedBy = async (text: string) => {
        const { code, stderr } = await runCli(['run', 'talk.yaml'], {
          files: { 'talk.yaml': text.replace('PORT', `${peer.port}`) },
        });
        assert.equal(code, 103, stderr);
        return stderr;
      };
      assert.match(await refusedBy(profile({ token: 'wrong' })), /"code":109,"message":"token expired"/);
      assert.match(await refusedBy(profile({ channel: 'closed' })), /"code":103,"message":"permission denied"/);
    });
  });
});

type Counts = Readonly<Record<'connect' | 'subscriptions' | 'rpc' | 'publish' | 'pings', number>> & {
  readonly pongs?: number;
};
