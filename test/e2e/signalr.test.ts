import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { clientFound, withStandIn } from '../peers/stand-in.js';
import { further } from '../share.js';
import { assertExit, runCli } from './run-cli.js';
import { counters, countsOf, plannedOf, ruledOf, speak } from './spoken.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

const TENTH = "{ name: tenth, to: Tenth, send: ['{{sequence}}'] }";

/** Ten completions share a frame. */
const profile = (load: string, more = '') => `
target: { url: 'ws://127.0.0.1:PORT/hub?bundle=10' }
protocol: { name: signalr, beat: 200ms }
${more}
load:
  - { name: talk, connections: 10, ${load} }
`;

describe('signalr', { skip: await skipWithout('signalRClient') }, () => {
  it("Microsoft's own client works with the stand-in", async () => {
    await withStandIn('signalr', [], async (peer) => {
      assert.deepEqual(await clientFound('signalr', peer), {
        answers: ['one', { two: 2 }],
        failed: 'An unexpected error occurred invoking Fail on the server.',
        unknown: "Unknown hub method 'Nonsense'",
        pushed: 'all of you',
        goodbye: 'Server returned an error on close: Server shutting down.',
        ten: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        refused: 'Server returned handshake error: Handshake was refused.',
      });
    });
  });

  for (const [workers, options] of WORKERS) {
    it(
      `ten completions a frame, every tenth says no: each is counted once, with ${workers} workers`,
      options,
      async () => {
        await withStandIn('signalr', [], async (peer) => {
          const load = `rate: 2000/s, warmup: 500ms, duration: 2500ms, requests: [${TENTH}]`;
          const run = await speak(peer, profile(load), ['-w', workers]);
          assert.deepEqual(counters(run.cell, 'planned', 'answered', 'failed', 'duplicated', 'unexpected'), {
            ...{ planned: 5000, answered: 5000, failed: 500, duplicated: 0, unexpected: 0 },
          });
          assert.deepEqual(plannedOf(run.cell), { tenth: 5000 });
          // With those of the warm-up: 5,000 from 500 frames, 1,000 from 100. The test connection had one of its own.
          const { invocations, errors, frames, connections, pings = 0 } = await countsOf<Counts>(peer);
          assert.deepEqual(
            { invocations, errors, frames, connections },
            { invocations: 6001, errors: 600, frames: 601, connections: 11 },
          );
          // On each connection one every 200 ms for 3 s; a busy machine may be late.
          assert.ok(pings >= 10, `${pings} heartbeats`);
          assertExit(run, 99);
        });
      },
    );
  }

  it('a step calls a method; events of the server are counted, and are no replies', async () => {
    await withStandIn('signalr', [], async (peer) => {
      const session = `session:
  - { name: hello, to: Echo, send: [{ name: 'c{{connection}}' }], capture: { name: $.name }, expect: { name: 'c{{connection}}' } }`;
      const shout = "{ name: shout, to: Shout, send: ['{{session.name}}'] }";
      const load = `senders: 1, rate: 50/s, warmup: 0s, duration: 2s, requests: [${shout}]`;
      const run = await speak(peer, profile(load, session).replace('?bundle=10', '?ping=100'));
      assert.deepEqual(counters(run.cell, 'planned', 'answered', 'failed', 'unexpected'), {
        ...{ planned: 100, answered: 100, failed: 0, unexpected: 0 },
      });
      const { readyUs, steps } = run.cell.session!;
      assert.deepEqual([readyUs.count, steps[0]!.us.count], [10, 10]);
      const { event, ping = 0 } = ruledOf(run.cell);
      assert.equal(event, 1000);
      assert.ok(ping > 0, 'the heartbeats of the server are counted');
      assertExit(run, 0);
    });
  });

  it('a refused handshake is named, before any load', async () => {
    await withStandIn('signalr', [], async (peer) => {
      const text = profile(`rate: 10/s, requests: [${TENTH}]`).replace('?bundle=10', '?token=wrong');
      const files = { 'talk.yaml': text.replace('PORT', `${peer.port}`) };
      const { code, stderr } = await runCli(['run', 'talk.yaml'], { files });
      assert.equal(code, 103, stderr);
      assert.match(stderr, /Handshake was refused/);
      assert.equal((await countsOf<Counts>(peer)).connections, 1);
    });
  });
});

type Counts = Readonly<Record<'connections' | 'invocations' | 'errors' | 'frames', number>> & {
  readonly pings?: number;
};
