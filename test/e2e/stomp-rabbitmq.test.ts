/** RabbitMQ, through its plug-in for STOMP over WebSocket. It takes seconds to start, so all tests share one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import type { Peer } from '../peers/child-peer.js';
import { rabbitmq } from '../peers/rabbitmq.js';
import { further, tries } from '../share.js';
import { runCli } from './run-cli.js';
import { assertAllWell, ruledOf, speak } from './spoken.js';

const SECONDS = tries({ whole: 10, share: 2 });
const SILENT_SECONDS = tries({ whole: 15, share: 5 });

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

/** To a topic that nobody reads: a queue would keep the messages. */
const RECEIPTS = `
target: { url: 'ws://127.0.0.1:PORT/ws' }
protocol: { name: stomp, heart-beat: '1000,1000' }
load:
  - name: receipts
    connections: 50
    rate: 500/s
    warmup: 1s
    requests: [{ name: say, to: /topic/nobody, send: { id: '{{sequence}}' } }]
`;

const silence = (beat: string) => `
target: { url: 'ws://127.0.0.1:PORT/ws' }
protocol: { name: stomp, heart-beat: '1000,1000'${beat} }
load: [{ name: silent, connections: 50, rate: 0, warmup: 0s }]
`;

const FANOUT = `
target: { url: 'ws://127.0.0.1:PORT/ws' }
protocol: { name: stomp, login: guest, passcode: guest, host: / }
rooms: 4
session:
  - { subscribe: /topic/all }
  - { subscribe: '/topic/room.{{room}}' }
load:
  - name: fan
    connections: 40
    senders: 4
    rate: 40/s
    warmup: 0s
    duration: 3s
    pick: in turn
    requests:
      - { name: all, to: /topic/all, send: { id: '{{sequence}}' }, reaches: all }
      - { name: room, to: '/topic/room.{{room}}', send: 'number {{sequence}}', reaches: room, reply: none }
`;

describe('stomp on RabbitMQ', { skip: await skipWithout('rabbitmq') }, () => {
  let peer: Peer;
  before(async () => {
    peer = await rabbitmq();
  });
  after(() => peer.stop());

  it('every message has its receipt', async () => {
    const run = await speak(peer, RECEIPTS, ['-d', `${SECONDS}s`]);
    assertAllWell(run, SECONDS * 500);
    assert.equal(run.cell.connections.held, 50);
  });

  it('connections are held through silence by heartbeats of both sides', async () => {
    const { cell } = await speak(peer, silence(''), ['-d', `${SILENT_SECONDS}s`]);
    assert.equal(cell.connections.held, 50);
    assert.ok(ruledOf(cell)['heartbeat']! >= 50 * 2, `${ruledOf(cell)['heartbeat']} heartbeats of the server`);
  });

  it('with beat: off the server ends them all', async () => {
    const { cell } = await speak(peer, silence(', beat: off'), ['-d', `${SILENT_SECONDS}s`]);
    assert.equal(cell.connections.held, 0);
    const byServer = cell.closeCodes.filter(({ by }) => by === 'server').reduce((sum, { count }) => sum + count, 0);
    assert.equal(byServer, 50);
  });

  for (const [workers, options] of WORKERS) {
    it(`what is sent to topics is delivered to all who are owed it, with ${workers} workers`, options, async () => {
      const { cell } = await speak(peer, FANOUT, ['-w', workers]);
      const found = cell.fanout!.map(({ name, deliveries: { expected, delivered }, messages }) => {
        return [name, messages.sent, expected, delivered];
      });
      assert.deepEqual(found, [
        ['all', 60, 60 * 40, 60 * 40],
        ['room', 60, 60 * 10, 60 * 10],
      ]);
      const { redelivered, misdelivered, replayed, unexpected, failed } = cell.flows[0]!.messages;
      assert.deepEqual([redelivered, misdelivered, replayed, unexpected, failed], [0, 0, 0, 0, 0]);
    });
  }

  it('what it refuses is named: a login, a virtual host, a destination', async () => {
    const refusedBy = async (from: string, to: string) => {
      const text = FANOUT.replace('PORT', `${peer.port}`).replace(from, to);
      const { code, stderr } = await runCli(['run', 'talk.yaml'], { files: { 'talk.yaml': text } });
      assert.equal(code, 103, stderr);
      return stderr;
    };
    assert.match(await refusedBy('passcode: guest', 'passcode: wrong-one'), /Access refused for user/);
    assert.match(await refusedBy('host: /', 'host: nowhere'), /Virtual host 'nowhere' access denied/);
    assert.match(await refusedBy('/topic/all }', '/nope/all }'), /step 1: .*message:Unknown destination/);
  });

  it('an error ends the session of a connection that is open', async () => {
    const text = RECEIPTS.replace('/topic/nobody', "'/{{data.kind}}/x'").replace('load:', 'data: rows.csv\nload:');
    // The test connection has the last row.
    const files = { 'rows.csv': `kind\nnope\n${'topic\n'.repeat(49)}` };
    const { cell } = await speak(peer, text, ['-d', '1s'], { files });
    const [error, ...others] = cell.errors;
    assert.deepEqual([error!.phase, error!.code, error!.count, others], ['open', 'ERROR', 1, []]);
    assert.match(error!.said!, /^ERROR\\nmessage:Unknown destination\\n/);
    assert.equal(cell.connections.held, 49);
  });
});
