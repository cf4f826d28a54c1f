import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
import { mosquitto } from '../peers/mosquitto.js';
import { withPeer } from '../peers/stand-in.js';
import { further, IS_WHOLE, tries } from '../share.js';
import { assertExit, runCli } from './run-cli.js';
import { assertAllWell, counters, countsOf, ruledOf, type SpokenRun, sentIn, speak } from './spoken.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

interface Counts {
  readonly connects: number;
  readonly pings: number;
  readonly publishes: number;
  readonly pubacks: number;
  /** The largest id of a PUBLISH. */
  readonly ids: number;
  readonly dropped: number;
  readonly disconnects: number;
  readonly timeouts: number;
  readonly text: number;
}

const aedes = (...args: readonly string[]) => nodePeer('aedes_broker.mjs', args);
const target = 'target: { url: ws://127.0.0.1:PORT/mqtt }';

/** One sends to a topic that all of them subscribe to. */
const fanout = ({ qos = 0, reaches = 'all', connections = 200, protocol = '' } = {}) => `
${target}
protocol: { name: mqtt, qos: ${qos}${protocol} }
session: [{ name: join, subscribe: news }]
load:
  - name: news
    connections: ${connections}
    senders: 1
    rate: 50/s
    warmup: 1s
    duration: 10s
    reply: { timeout: 30s }
    requests: [{ name: say, to: news, send: 'message {{sequence}}', reaches: ${reaches} }]
`;

/** What came of the deliveries. */
function deliveriesOf({ cell }: SpokenRun) {
  const [said] = cell.fanout!;
  const { sent, reachedAll } = said!.messages;
  const { expected, delivered, missed, gone, redelivered } = said!.deliveries;
  return { sent, reachedAll, expected, delivered, missed, gone, redelivered };
}

describe('mqtt on aedes', { skip: await skipWithout('aedes') }, () => {
  it('ids come round: more messages than there are ids are confirmed, each once', async () => {
    // 5,000 of them warm up.
    const measured = tries({ whole: 100_000, share: 70_000 });
    await withPeer(aedes(), async (peer) => {
      const run = await speak(
        peer,
        `
${target}
protocol: mqtt
load:
  - name: one
    connections: 1
    rate: 5000/s
    warmup: 1s
    duration: ${measured / 5000}s
    reply: { timeout: 60s }
    requests: [{ name: publish, to: a/b, send: no number, qos: 1 }]
`,
      );
      const counts = await countsOf<Counts>(peer);
      assertAllWell(run, measured);
      // One of them is of the test connection.
      assert.equal(counts.publishes, sentIn(run.cell) + 1);
      assert.equal(counts.ids, 32_768);
      assert.deepEqual([counts.connects, counts.disconnects, counts.text], [2, 2, 0]);
      assert.equal(run.cell.connections.closedClean, 1);
    });
  });

  for (const [workers, options] of WORKERS) {
    it(`names the messages and the subscriber that a broker skips, with ${workers} workers`, options, async () => {
      const connections = tries({ whole: workers === '1' ? 200 : 40, share: 40 });
      const args = ['--drop', 'client-7', '--connections', `${connections}`];
      await withPeer(aedes(...args), async (peer) => {
        const protocol = ", clientId: 'client-{{connection}}'";
        // What is missed is waited for.
        const deliver = `deliver: { timeout: ${IS_WHOLE ? '30s' : '5s'} }`;
        const gate = "thresholds: { 'ws_reach{request:say}': 'rate==100%' }";
        const run = await speak(peer, `${fanout({ connections, protocol })}${deliver}\n${gate}`, ['-w', workers]);
        // Messages 0 to 49 warm up; of 50 to 549, client 7 does not get 100, 200, 300, 400 and 500.
        const expected = 500 * connections;
        const deliveries = { sent: 500, reachedAll: 495, expected, delivered: expected - 5, missed: 5 };
        assert.deepEqual(deliveriesOf(run), { ...deliveries, gone: 0, redelivered: 0 });
        assert.equal((await countsOf<Counts>(peer)).dropped, 6);
        assert.deepEqual(run.cell.fanout![0]!.reach, (expected - 5) / expected);
        const { worst } = run.cell.subscribers!;
        assert.deepEqual(worst, [{ connection: 7, delivered: 495, owed: 500 }]);
        assertExit(run, 99);
      });
    });
  }

  it('pings within the keep-alive and is kept; with beat: off it is cut off', async () => {
    const silent = (beat: string) => `
${target}
protocol: { name: mqtt, keepAlive: 1s${beat} }
session: [{ subscribe: a }]
load: [{ connections: 5, rate: 0, warmup: 0s, duration: 4s }]
`;
    await withPeer(aedes(), async (peer) => {
      const { cell } = await speak(peer, silent(''));
      const { pings, timeouts } = await countsOf<Counts>(peer);
      assert.deepEqual([cell.connections.held, timeouts], [5, 0]);
      assert.ok(pings >= 5, `${pings} pings`);
      assert.ok(ruledOf(cell)['pingresp']! > 0);
    });
    await withPeer(aedes(), async (peer) => {
      const { cell } = await speak(peer, silent(', beat: off'));
      const { pings, timeouts } = await countsOf<Counts>(peer);
      assert.deepEqual([cell.connections.held, timeouts, pings], [0, 5, 0]);
    });
  });

  it('QoS 0 needs no answer, and is delivered and counted all the same', async () => {
    await withPeer(aedes(), async (peer) => {
      const text = `
${target}
protocol: mqtt
rooms: 2
session: [{ subscribe: 'room/{{room}}' }]
load:
  - connections: 4
    rate: 80/s
    warmup: 0s
    duration: 1s
    pick: in turn
    requests:
      - { name: say, to: 'room/{{room}}', send: { id: '{{sequence}}' }, reaches: room }
      - { name: store, to: store, send: x, qos: 1 }
`;
      const run = await speak(peer, text, ['-w', '2']);
      assert.deepEqual(counters(run.cell, 'planned', 'sent', 'answered', 'unmatched', 'delivered', 'missed'), {
        ...{ planned: 80, sent: 80, answered: 40, unmatched: 40 },
        ...{ delivered: 80, missed: 0 },
      });
    });
  });

  describe('says what to do about', () => {
    const refused = async (peer: Peer, text: string, expected = 103) => {
      const files = { 'talk.yaml': text.replaceAll('PORT', `${peer.port}`) };
      const { code, stderr } = await runCli(['run', 'talk.yaml'], { files });
      assert.equal(code, expected, stderr);
      return stderr;
    };
    const joins = (protocol: string, topic = 'news') => `
${target}
protocol: ${protocol}
session: [{ name: join, subscribe: ${topic}, timeout: 1s }]
load: [{ connections: 2, rate: 5, warmup: 0s, duration: 1s, reply: { timeout: 500ms }, requests: [{ name: q, to: a, send: x, qos: 1 }] }]
`;

    it('a wrong password, which it does not show', async () => {
      await withPeer(aedes('--password', 'right-one'), async (peer) => {
        const said = await refused(peer, joins('{ name: mqtt, user: ann, password: wrong-one }'));
        assert.match(said, /connack_4_bad_user_name_or_password/);
        assert.match(said, /check protocol: \{ name: mqtt, user: \.\.\., password: \.\.\. \}/);
        assert.doesNotMatch(said, /wrong-one/);
      });
    });

    it('a topic that it may not subscribe to', async () => {
      await withPeer(aedes('--deny', 'secret/news'), async (peer) => {
        const said = await refused(peer, joins('mqtt', 'secret/news'));
        assert.match(said, /suback_80_refused/);
        assert.match(said, /check its access list/);
      });
    });

    const BROKEN: readonly (readonly [bad: string, words: RegExp])[] = [
      ['close', /1011/],
      ['length', /a packet whose length takes five bytes/],
      ['large', /a packet larger than receive\.largest/],
      ['text', /a text frame, where the protocol sends bytes/],
    ];
    for (const [bad, words] of BROKEN) {
      it(`a broker that goes wrong: ${bad}`, async () => {
        await withPeer(aedes('--bad', bad), async (peer) => assert.match(await refused(peer, joins('mqtt')), words));
      });
    }

    it('a packet that is never whole: what comes behind it is lost', async () => {
      await withPeer(aedes('--bad', 'cut'), async (peer) => {
        assert.match(await refused(peer, joins('mqtt'), 104), /nothing that fits came/);
      });
    });
  });
});

describe('mqtt on mosquitto', { skip: await skipWithout('mosquitto') }, () => {
  for (const [workers, options] of WORKERS) {
    for (const [reaches, expected] of [
      ['all', 100_000],
      ['others', 99_500],
    ] as const) {
      it(
        `every one of 200 subscribers gets every message: ${reaches}, with ${workers} workers`,
        reaches === 'all' ? options : further,
        async () => {
          await withPeer(mosquitto('max_queued_messages 0'), async (peer) => {
            const run = await speak(peer, fanout({ qos: 1, reaches }), ['-w', workers]);
            assert.deepEqual(deliveriesOf(run), {
              ...{ sent: 500, reachedAll: 500, expected, delivered: expected },
              ...{ missed: 0, gone: 0, redelivered: 0 },
            });
            assert.deepEqual(counters(run.cell, 'planned', 'answered', 'failed', 'unexpected', 'misdelivered'), {
              ...{ planned: 500, answered: 500, failed: 0, unexpected: 0 },
              misdelivered: reaches === 'all' ? 0 : 500,
            });
            const { connections } = run.cell;
            assert.deepEqual([connections.held, connections.closedDirty], [200, 0]);
          });
        },
      );
    }
  }
});
