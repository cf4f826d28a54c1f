import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { clientFound, withStandIn } from '../peers/stand-in.js';
import { further } from '../share.js';
import { assertExit } from './run-cli.js';
import { counters, countsOf, ruledOf, speak } from './spoken.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

/** How often the server asks for a sign of life, ms. */
const PING = ['150'];

const profile = `
target: { url: 'ws://127.0.0.1:PORT/app/key' }
protocol: { name: pusher, beat: 200ms }
data: users.csv
session:
  - { name: news, subscribe: news }
  - { name: chat, subscribe: { channel: private-chat, auth: 'key:{{data.auth}}' } }
load:
  - connections: 10
    senders: 2
    rate: 50/s
    warmup: 0s
    duration: 4s
    requests: [{ name: say, to: private-chat client-said, send: { text: '{{sequence}}' } }]
`;

const users = (...rows: readonly string[]) => ({ files: { 'users.csv': ['auth', ...rows, ''].join('\n') } });

describe('pusher', { skip: await skipWithout('pusherClient') }, () => {
  it("Pusher's own client works with the stand-in", async () => {
    await withStandIn('pusher', PING, async (peer) => {
      assert.deepEqual(await clientFound('pusher', peer), {
        ...{ publicly: 'succeeded', privately: ['succeeded', 'succeeded'], denied: 'AuthError' },
        pushed: { text: 'hello' },
        refused: { code: 4301, message: 'Client event rejected: client-said' },
        ...{ pong: 'pusher:pong', answersPings: true, socketId: '1.1' },
      });
    });
  });

  for (const [workers, options] of WORKERS) {
    it(`client events reach all others and are never answered, with ${workers} workers`, options, async () => {
      await withStandIn('pusher', PING, async (peer) => {
        const run = await speak(peer, profile, ['-w', workers], users('yes'));
        const wanted = { planned: 200, sent: 200, unmatched: 200, timedOut: 0, lost: 0 };
        assert.deepEqual(counters(run.cell, 'planned', 'sent', 'unmatched', 'timedOut', 'lost'), wanted);
        const counts = await countsOf<Counts>(peer);
        // One more of each is of the test connection.
        assert.deepEqual([counts['client events'], counts.subscriptions], [201, 22]);
        const { event, ping = 0, pong = 0, ...others } = ruledOf(run.cell);
        assert.deepEqual([event, others], [200 * 9, {}]);
        // Neither those that came when the connections were closing, nor those of the test connection, are compared.
        assert.ok(ping > 50 && counts.pongs > 50 && counts.pongs <= counts.pings, `${counts.pongs} of ${ping}`);
        assert.ok(pong > 50 && pong <= counts['client pings'], `${pong} of ${counts['client pings']} pongs`);
        assertExit(run, 0);
      });
    });
  }

  it('pings as often as the server wants it', async () => {
    await withStandIn('pusher', ['0', '1'], async (peer) => {
      const idle = profile
        .replace(', beat: 200ms', '')
        .replace('    senders: 2\n', '')
        .replace('rate: 50/s', 'rate: 0')
        .replace(/ {4}requests:.*\n/, '');
      const run = await speak(peer, idle, [], users('yes'));
      assert.equal(run.cell.connections.held, 10);
      assert.ok((ruledOf(run.cell)['pong'] ?? 0) >= 20, JSON.stringify(ruledOf(run.cell)));
      assertExit(run, 0);
    });
  });

  it('refused subscriptions are failures of the session, by name', async () => {
    await withStandIn('pusher', PING, async (peer) => {
      const run = await speak(peer, profile, [], users('yes', 'yes', 'no', 'yes', 'yes'));
      const { opened, failed, held } = run.cell.connections;
      assert.deepEqual({ opened, failed, held }, { opened: 8, failed: 2, held: 8 });
      const errors = run.cell.errors.map(({ phase, code, count }) => ({ phase, code, count }));
      assert.deepEqual(errors, [{ phase: 'session', code: 'pusher:subscription_error', count: 2 }]);
      assertExit(run, 99);
    });
  });
});

type Counts = Readonly<Record<'subscriptions' | 'client events' | 'pings' | 'pongs' | 'client pings', number>>;
