/** What protocols push is a delivery where it has the number of a message, however it is wrapped. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withStandIn } from '../peers/stand-in.js';
import { further } from '../share.js';
import { speak } from './spoken.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

const LOAD = 'connections: 20, rate: 100/s, warmup: 0s, duration: 2s, reply: { timeout: 60s }';

/** By protocol: the words of a profile, and how many receive each message. */
const CHATS: Readonly<Record<string, { readonly words: string; readonly members: number }>> = {
  // The payload stands in JSON of its own: `identifier` is JSON in a string, and so is `data` on the way there.
  actioncable: {
    words: `
target: { url: 'ws://127.0.0.1:PORT/cable' }
session: [{ name: join, subscribe: { channel: ChatChannel, room: '{{room}}' } }]
requests:
  - name: say
    to: { channel: ChatChannel, room: '{{room}}' }
    action: announce
    send: { sequence: '{{sequence}}' }
    reaches: room`,
    members: 5,
  },
  // The server sends the data as JSON in a string, to all but the sender.
  pusher: {
    words: `
target: { url: 'ws://127.0.0.1:PORT/app/key' }
session: [{ name: join, subscribe: { channel: 'private-{{room}}', auth: 'key:yes' } }]
requests:
  - { name: say, to: 'private-{{room}} client-said', send: { sequence: '{{sequence}}' }, reaches: others }`,
    members: 4,
  },
  // It is broadcast, and replied to as well.
  phoenix: {
    words: `
target: { url: 'ws://127.0.0.1:PORT/socket/websocket' }
session: [{ name: join, subscribe: 'room:{{room}}' }]
requests:
  - { name: say, to: 'room:{{room}} shout', send: { text: 'no. {{sequence}}' }, reaches: room }
  - { name: ask, to: 'room:{{room}} echo', send: { text: '{{sequence}}' } }`,
    members: 5,
  },
};

for (const [protocol, { words, members }] of Object.entries(CHATS)) {
  describe(`deliveries of ${protocol}`, () => {
    for (const [workers, options] of WORKERS) {
      const alike = protocol === 'actioncable' ? further : options;
      it(`are found in what it pushes, with ${workers} workers`, alike, async () => {
        await withStandIn(protocol, [], async (peer) => {
          const profile = `protocol: ${protocol}\nrooms: 4${words}\nload: [{ ${LOAD} }]\n`;
          const { cell } = await speak(peer, profile, ['-w', workers]);
          const [say] = cell.fanout!;
          const { sent } = cell.requests!.find(({ name }) => name === 'say')!.messages;
          assert.ok(sent > 0);
          const { expected, delivered, missed, redelivered } = say!.deliveries;
          assert.deepEqual([expected, delivered, missed, redelivered], [sent * members, sent * members, 0, 0]);
          assert.equal(say!.messages.reachedAll, sent);
          const { unexpected, misdelivered, failed, duplicated } = cell.flows[0]!.messages;
          assert.deepEqual([unexpected, misdelivered, failed, duplicated], [0, 0, 0, 0]);
        });
      });
    }
  });
}
