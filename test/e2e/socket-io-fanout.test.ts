/** Rooms of a real Socket.IO server: what was owed, what came, and what the server sent, to the message. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { nodePeer } from '../peers/child-peer.js';
import { runCli } from './run-cli.js';
import { countsOf, speak } from './spoken.js';

interface Counts {
  readonly joins: number;
  readonly acks: number;
  readonly said: Readonly<Record<string, number>>;
  readonly sentTo: Readonly<Record<string, number>>;
}

const [CONNECTIONS, ROOMS] = [50, 5];
const IN_ROOM = CONNECTIONS / ROOMS;

/** A chat. Deliveries hold the number in a text, and in a text that is JSON in JSON. */
const CHAT = `
target: { url: ws://127.0.0.1:PORT/socket.io/ }
protocol: socket.io
rooms: ${ROOMS}
session:
  - { name: join, to: join, send: ['room-{{room}}'], expect: { ok: true }, capture: { nick: $.nick } }
deliver: { timeout: 60s }
load:
  - name: chat
    connections: ${CONNECTIONS}
    rate: 200/s
    warmup: 0s
    duration: 3s
    reply: { timeout: 60s }
    requests:
      - { name: say, to: say, send: ['room-{{room}}', '{{sequence}} from {{session.nick}}'], reaches: room }
      - { name: tell, to: say, send: ['room-{{room}}', 'no. {{sequence}}'], reaches: room, reply: none }
      - { name: whisper, to: whisper, send: ['room-{{room}}', { sequence: '{{sequence}}' }], reaches: others }
      - { name: history, weight: 2, to: history, send: ['room-{{room}}'] }
`;

describe('rooms of socket.io', { skip: await skipWithout('socketIo') }, () => {
  const planned: unknown[] = [];
  for (const workers of ['1', '2']) {
    it(`every delivery is one that the server sent, and none is missed, with ${workers} workers`, async () => {
      const peer = await nodePeer('socket_io_rooms.mjs');
      try {
        const run = await speak(peer, CHAT, ['-w', workers]);
        const { fanout = [], requests = [], flows, subscribers } = run.cell;
        const { said, sentTo, acks, joins } = await countsOf<Counts>(peer);
        assert.equal(joins, CONNECTIONS + 1);
        const sentOf = (name: string) => requests.find((request) => request.name === name)!.messages.sent;
        const members = { say: IN_ROOM, tell: IN_ROOM, whisper: IN_ROOM - 1 };
        for (const { name, messages, deliveries, reach } of fanout) {
          const owed = sentOf(name) * members[name as keyof typeof members];
          assert.deepEqual([name, messages.sent, messages.reachedAll], [name, sentOf(name), sentOf(name)]);
          const { expected, delivered, missed, gone, redelivered, replayed } = deliveries;
          assert.deepEqual({ expected, delivered }, { expected: owed, delivered: owed }, name);
          assert.deepEqual([missed, gone, redelivered, replayed, reach], [0, 0, 0, 0, 1], name);
        }
        // The test connection sent each once, alone in its room: to itself where it is a receiver.
        const deliveredOf = (...names: string[]) =>
          fanout.filter(({ name }) => names.includes(name)).reduce((sum, each) => sum + each.deliveries.delivered, 0);
        assert.deepEqual([deliveredOf('say', 'tell') + 2, deliveredOf('whisper')], [sentTo['say'], sentTo['whisper']]);
        assert.equal(said['say'], sentOf('say') + sentOf('tell') + 2);
        // What has no reply asks for no acknowledgement.
        assert.equal(acks, sentOf('say') + sentOf('whisper') + sentOf('history') + 3);
        const { answered, failed, unexpected, misdelivered, duplicated } = flows[0]!.messages;
        assert.deepEqual([answered, failed, unexpected, misdelivered, duplicated], [acks - 3, 0, 0, 0, 0]);
        assert.deepEqual([subscribers!.count, subscribers!.jain, subscribers!.worst], [CONNECTIONS, 1, []]);
        planned.push(requests.map(({ name, messages }) => [name, messages.planned]));
      } finally {
        await peer.stop();
      }
    });
  }

  it('a dry run says the deliveries of each request, the same for any number of workers', async () => {
    const files = { 'chat.yaml': CHAT.replace('PORT', '1') };
    const dry = async (workers: string) =>
      (await runCli(['run', 'chat.yaml', '--dry-run', '-w', workers], { files })).stdout;
    const owedIn = (text: string) =>
      [...text.matchAll(/planned +([\d,]+) messages\n +owed +([\d,]+) deliveries: (\d+) a message/g)].map(
        ([, ...figures]) => figures.map((figure) => Number(figure.replaceAll(',', ''))),
      );
    const [one, two] = [await dry('1'), await dry('2')];
    assert.deepEqual(owedIn(two), owedIn(one));
    const members = [IN_ROOM, IN_ROOM, IN_ROOM - 1];
    assert.deepEqual(
      owedIn(one).map(([messages, owed]) => owed! / messages!),
      members,
    );
    assert.match(one, /memory +[\d.]+ K?B for messages in flight, [\d.]+ [KM]?B to follow\s+deliveries/);
    assert.deepEqual(planned[1], planned[0]);
  });
});
