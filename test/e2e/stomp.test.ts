import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { clientFound, withStandIn } from '../peers/stand-in.js';
import { further } from '../share.js';
import { runCli } from './run-cli.js';
import { counters, countsOf, ruledOf, speak } from './spoken.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

/** How often both sides beat, ms. */
const BEAT = ['200'];

const REQUESTS = [
  "{ name: say, to: /topic/news, send: { id: '{{sequence}}' }, reaches: all }",
  "{ name: tell, to: /topic/nul, send: 'n {{sequence}}', reaches: all, reply: none }",
  '{ name: tenth, to: /app/tenth, send: x }',
];

const profile = ({ login = 'right', news = '/topic/news' } = {}) => `
target: { url: 'ws://127.0.0.1:PORT/ws' }
protocol: { name: stomp, login: '${login}-{{connection}}', passcode: p, heart-beat: '200,200' }
session:
  - { name: news, subscribe: ${news} }
  - { name: nul, subscribe: { destination: /topic/nul, id: 'a:b', receipt: none } }
load:
  - { connections: 10, senders: 2, rate: 150/s, warmup: 0s, duration: 4s, pick: in turn, requests: [${REQUESTS}] }
`;

describe('stomp', { skip: await skipWithout('stompClient') }, () => {
  for (const [how, args] of Object.entries({ '': [], ', which cuts what it says into bytes': ['1'] }))
    it(`the usual client for browsers works with the stand-in${how}`, async () => {
      await withStandIn('stomp', ['50', ...args], async (peer) => {
        assert.deepEqual(await clientFound('stomp', peer), {
          subscribed: true,
          sent: true,
          pushed: [
            ['/topic/a:b', 'hello'],
            ['/topic/nul', 'x\0y\0RECEIPT\nreceipt-id:7777777777\n\n\0'],
            ['/app/echo', 'me'],
          ],
          refused: { message: 'the tenth', receipt: '20', body: 'as it was told to' },
          ended: { message: 'broken: by order', receipt: null, body: 'as it was told to' },
          denied: { message: 'Bad CONNECT', receipt: null, body: 'as it was told to' },
          beats: true,
        });
      });
    });

  for (const cutBytes of ['1', '7']) {
    it(`frames that are cut over messages of ${cutBytes} bytes are what they were`, async () => {
      await withStandIn('stomp', ['10000', cutBytes], async (peer) => {
        const { cell } = await speak(peer, profile(), ['-d', '1s', '--set', 'load.0.rate=30/s']);
        assert.deepEqual(
          counters(cell, 'planned', 'answered', 'failed', 'duplicated', 'unexpected', 'redelivered', 'missed'),
          { planned: 30, answered: 20, failed: 5, duplicated: 0, unexpected: 0, redelivered: 0, missed: 0 },
        );
        assert.deepEqual(
          cell.fanout!.map(({ deliveries: { expected, delivered } }) => [expected, delivered]),
          [
            [100, 100],
            [100, 100],
          ],
        );
        const { frames, SEND } = await countsOf<Counts & { readonly frames: number }>(peer);
        assert.ok(frames > (200 * SEND) / Number(cutBytes), `${frames} messages of the server`);
      });
    });
  }

  for (const [workers, options] of WORKERS) {
    it(`receipts are replies, messages deliveries, and both beat, with ${workers} workers`, options, async () => {
      await withStandIn('stomp', BEAT, async (peer) => {
        const run = await speak(peer, profile(), ['-w', workers]);
        assert.deepEqual(counters(run.cell, 'planned', 'answered', 'duplicated', 'unexpected', 'redelivered'), {
          ...{ planned: 600, answered: 400, duplicated: 0, unexpected: 0, redelivered: 0 },
        });
        // Two of ten connections send: the numbers of one of them end in 0.
        const found = run.cell.requests!.map(({ name, messages }) => [name, messages.answered, messages.failed]);
        assert.deepEqual(found, [
          ['say', 200, 0],
          ['tell', 0, 0],
          ['tenth', 200, 100],
        ]);
        const fanout = run.cell.fanout!.map(({ name, deliveries: { expected, delivered } }) => [
          name,
          expected,
          delivered,
        ]);
        assert.deepEqual(fanout, [
          ['say', 2000, 2000],
          ['tell', 2000, 2000],
        ]);
        const { heartbeat = 0 } = ruledOf(run.cell);
        const { CONNECT, subscriptions, SEND, beats } = await countsOf<Counts>(peer);
        // One more of each is of the test connection.
        assert.deepEqual([CONNECT, subscriptions, SEND], [11, 22, 603]);
        assert.ok(heartbeat > 50 && beats > 50, `${heartbeat} heartbeats of the server, ${beats} of the client`);
      });
    });
  }

  it('an error without a receipt ends the session, and is told with the words of the server', async () => {
    await withStandIn('stomp', [], async (peer) => {
      const text = profile().replace(/requests: .*\]/, 'requests: [{ name: break, to: /app/broken, reply: none }]');
      const run = await speak(peer, text, ['-d', '1s', '--set', 'load.0.rate=2/s']);
      const [error] = run.cell.errors;
      assert.deepEqual([error!.phase, error!.code, error!.count], ['open', 'ERROR', 2]);
      assert.match(error!.said!, /^ERROR\\nmessage:broken\\c by order\\n\\nas it was told to/);
      assert.equal(run.cell.connections.held, 8);
    });
  });

  it('beat: off sends none', async () => {
    await withStandIn('stomp', BEAT, async (peer) => {
      const run = await speak(peer, profile().replace("'200,200'", "'200,200', beat: off"), ['-d', '1s']);
      assert.ok(ruledOf(run.cell)['heartbeat']! > 5);
      assert.equal((await countsOf<Partial<Counts>>(peer)).beats, undefined);
    });
  });

  it('a refused login and a refused subscription are named, before any load', async () => {
    await withStandIn('stomp', [], async (peer) => {
      const refusedBy = async (text: string) => {
        const { code, stderr } = await runCli(['run', 'talk.yaml'], {
          files: { 'talk.yaml': text.replace('PORT', `${peer.port}`) },
        });
        assert.equal(code, 103, stderr);
        return stderr;
      };
      const wrong = profile().replace("'right-{{connection}}'", 'wrong');
      assert.match(
        await refusedBy(wrong),
        /step connect: the server refused: ERROR\\nmessage:Bad CONNECT.*login: \.\.\./s,
      );
      assert.match(await refusedBy(profile({ news: '/topic/closed' })), /step news: .*message:not allowed/);
    });
  });
});

type Counts = Readonly<Record<'CONNECT' | 'subscriptions' | 'SEND' | 'beats', number>>;
