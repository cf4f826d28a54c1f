import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
import { assertExit, runCli } from './run-cli.js';
import { assertAllWell, countsOf, isCutShort, plannedOf, ruledOf, sentIn, speak } from './spoken.js';

interface Counts {
  readonly connects: number;
  readonly operations: number;
  readonly completed: number;
  readonly pings: number;
  readonly pongs: number;
  readonly closes: Readonly<Record<string, number>>;
}

const WORKERS = ['1', '2'];

const profile = (load: string, { token = 'good', more = '' } = {}) => `
target: { url: ws://127.0.0.1:PORT/graphql }
protocol: { name: graphql-ws, payload: { token: ${token} } }
${more}
load:
  - { name: talk, ${load} }
`;

/** A busy machine takes its time. */
const PATIENT = 'reply: { timeout: 60s }';
const DOUBLE =
  "{ name: double, send: { query: 'query Q($n: Float) { double(n: $n) }', variables: { n: '{{sequence}}' } } }";

describe('graphql-ws', { skip: await skipWithout('graphqlWs') }, () => {
  for (const workers of WORKERS) {
    it(`every query is answered and completed, as the server counted, with ${workers} workers`, async () => {
      await withPeer(['--ping', '400'], async (peer) => {
        const load = `connections: 50, rate: 1000/s, warmup: 500ms, duration: 10s, requests: [${DOUBLE}]`;
        const run = await speak(peer, profile(`${load}, ${PATIENT}`), ['-w', workers]);
        assertAllWell(run, 10_000);
        const { answered, trailers } = run.cell.flows[0]!.messages;
        assert.ok(trailers === answered || (isCutShort(run.cell) && trailers < answered), `${trailers} completed`);
        assert.deepEqual(plannedOf(run.cell), { double: 10_000 });
        const { operations, completed, connects, pings, pongs } = await countsOf<Counts>(peer);
        // One more of each is of the test connection.
        const all = sentIn(run.cell) + 1;
        assert.deepEqual([operations, completed, connects], [all, all, 51]);
        assert.ok(pings > 50, `${pings} pings`);
        assert.deepEqual([ruledOf(run.cell)['ping'], pongs], [pongs, pongs]);
        assertExit(run, 0);
      });
    });
  }

  it('a wrong token: the close code is named, before any load', async () => {
    await withPeer([], async (peer) => {
      const text = profile(`connections: 5, rate: 10/s, requests: [${DOUBLE}]`, { token: 'bad' });
      const files = { 'talk.yaml': text.replace('PORT', `${peer.port}`) };
      const { code, stderr } = await runCli(['run', 'talk.yaml'], { files });
      assert.equal(code, 103);
      assert.match(stderr, /4403 \(forbidden\) Forbidden/);
      const { closes, operations } = await countsOf<Counts>(peer);
      assert.deepEqual([closes, operations], [{ 4403: 1 }, 0]);
    });
  });

  it('subscriptions of the session are counted and are no replies; one that ends is told', async () => {
    await withPeer([], async (peer) => {
      const session = `session:
  - { name: ticks, subscribe: { query: 'subscription { ticks }' }, expect: { data: { ticks: 2 } } }
  - { subscribe: { query: 'subscription { ticks(count: 3) }' } }
  - { name: hello, send: { query: '{ hello }' }, capture: { word: $.data.hello } }`;
      const request = "{ name: ask, send: { query: '{ hello } # {{session.word}} {{sequence}}' } }";
      const load = `connections: 10, rate: 200/s, warmup: 500ms, duration: 1s, ${PATIENT}, requests: [${request}]`;
      const run = await speak(peer, profile(load, { more: session }));
      assertAllWell(run, 200);
      const { session: times } = run.cell;
      assert.deepEqual(
        times!.steps.map(({ name, us }) => [name, us.count]),
        [
          ['ticks', 10],
          ['hello', 10],
        ],
      );
      const { next = 0, ...others } = ruledOf(run.cell);
      // The queries of the session end as subscriptions do.
      assert.equal(others['subscription ended'], 20);
      const complete = others['complete'] ?? 0;
      const sent = sentIn(run.cell);
      assert.ok(complete === sent || (isCutShort(run.cell) && complete < sent), `${complete} of ${sent} completed`);
      // Endless ticks, 20 ms apart where the machine has the time.
      assert.ok(next > 10 * 3, `${next} results`);
      assertExit(run, 0);
    });
  });

  it('errors in a result and refused operations are failed replies', async () => {
    await withPeer([], async (peer) => {
      const tired = "{ name: tired, send: { query: '{ tired }' } }";
      const requests = `pick: in turn, requests: [${tired}, ${DOUBLE}]`;
      const run = await speak(
        peer,
        profile(`connections: 5, rate: 100/s, warmup: 0s, duration: 2s, ${PATIENT}, ${requests}`),
      );
      const found = run.cell.requests!.map(({ name, messages: { planned, sent, answered, failed } }) => {
        assert.equal(answered, sent);
        return [name, planned, sent - failed];
      });
      const [, double] = run.cell.requests!;
      assert.deepEqual(found, [
        ['tired', 100, 0],
        ['double', 100, double!.messages.sent],
      ]);
      assertExit(run, 99);
    });
  });
});

async function withPeer(args: readonly string[], use: (peer: Peer) => Promise<void>): Promise<void> {
  const peer = await nodePeer('graphql_ws_counted.mjs', args);
  try {
    await use(peer);
  } finally {
    await peer.stop();
  }
}
