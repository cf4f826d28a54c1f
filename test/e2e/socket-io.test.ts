import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sent, translated } from '../dialect/translated.js';
import { skipWithout } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
import { clientFound } from '../peers/stand-in.js';
import { further, IS_WHOLE } from '../share.js';
import { assertExit, runCli } from './run-cli.js';
import { assertAllWell, countsOf, plannedOf, ruledOf, sentIn, speak } from './spoken.js';

interface Counts {
  readonly connects: number;
  readonly refused: number;
  readonly pongs: number;
  readonly events: Readonly<Record<string, number>>;
  readonly closes: Readonly<Record<string, number>>;
}

/** Heartbeats every 300 ms. A client that has this long for an answer is closed within the run if it gives none. */
const beats = (timeoutMs: number) => ['--ping-interval', '300', '--ping-timeout', `${timeoutMs}`];
const WORKERS = ['1', '2'];
const WITHOUT_CLIENT = await skipWithout('socketIoClient');

/** 500 messages of warm-up and 5,000 that are measured; `npm test` sends them in less time. */
const WHOLE = 'rate: 500/s, warmup: 1s, duration: 10s';
const CALM = IS_WHOLE ? WHOLE : 'rate: 1000/s, warmup: 500ms, duration: 5s';
const BRISK = IS_WHOLE ? WHOLE : 'rate: 2000/s, warmup: 250ms, duration: 2500ms';

const profile = (protocol: string, load: string, { more = '', pace = CALM } = {}) => `
target: { url: ws://127.0.0.1:PORT/socket.io/ }
protocol: ${protocol}
${more}
load:
  - { name: talk, connections: 100, ${pace}, reply: { timeout: 60s }, ${load} }
`;

const ECHO = "requests: [{ name: echo, to: echo, send: ['{{sequence}}'] }]";

describe('socket.io', { skip: await skipWithout('socketIo') }, () => {
  for (const workers of WORKERS) {
    it(`every acknowledged event and every heartbeat is what the server counted, with ${workers} workers`, async () => {
      await withPeer(beats(3000), async (peer) => {
        const run = await speak(peer, profile('socket.io', ECHO), ['-w', workers]);
        const { events, pongs, closes, connects } = await countsOf<Counts>(peer);
        assertAllWell(run, 5000);
        // One of each is of the test connection: 5,501 events where all were sent.
        assert.deepEqual([events['echo'], connects, run.cell.connections.held], [sentIn(run.cell) + 1, 101, 100]);
        assert.equal(closes['ping timeout'], undefined);
        assert.ok(pongs > 100, `${pongs} pongs`);
        assert.equal(ruledOf(run.cell)['ping'], pongs);
        assertExit(run, 0);
      });
    });
  }

  it("Socket.IO's own client works with the server that wsurge talks to, and both are counted alike", {
    skip: WITHOUT_CLIENT,
  }, async () => {
    await withPeer(beats(3000), async (peer) => {
      assert.deepEqual(await clientFound('socket-io', peer), {
        ...{ mainOpened: 'connected', acknowledged: { text: 'hello' }, photo: ['2', '43'] },
        ...{ acknowledgement: { ok: true }, attachment: '41', memberOpened: 'connected' },
        ...{ denied: 'wrong token', unknown: 'Invalid namespace', answersPings: true },
      });
      const before = await countsOf<Counts>(peer);
      assert.deepEqual([before.connects, before.refused, before.events], [2, 1, { echo: 1, photo: 1 }]);
      const protocol = '{ name: socket.io, namespace: /members, auth: { token: good } }';
      const requests = "requests: [{ name: echo, to: echo, send: ['{{sequence}}'] }, { name: photo, to: photo }]";
      const run = await speak(peer, profile(protocol, requests, { pace: 'rate: 200/s, warmup: 0s, duration: 1s' }));
      assertAllWell(run, 200);
      const { connects, refused, events } = await countsOf<Counts>(peer);
      assert.deepEqual([connects, refused], [before.connects + 101, 1]);
      for (const { name, messages } of run.cell.requests!) {
        // One of each is of the client, and one of the test connection.
        assert.deepEqual([messages.answered, events[name]], [messages.sent, messages.sent + 2]);
      }
      assertExit(run, 0);
    });
  });

  for (const [workers, options] of [
    ['1', {}],
    ['2', further],
  ] as const) {
    it(
      `a client that answers no heartbeat is closed by the server, every time, with ${workers} workers`,
      options,
      async () => {
        await withPeer(beats(200), async (peer) => {
          const run = await speak(peer, profile('{ name: socket.io, beat: off }', `${ECHO}`), [
            '-d',
            '1s',
            '-w',
            workers,
          ]);
          const { closes, pongs } = await countsOf<Counts>(peer);
          assert.deepEqual([run.cell.connections.held, closes['ping timeout'], pongs], [0, 100, 0]);
          assert.equal(ruledOf(run.cell)['ping'], 100);
          assertExit(run, 99);
        });
      },
    );
  }

  for (const workers of WORKERS) {
    it(`refused connects are failures of the session, by name, with ${workers} workers`, async () => {
      await withPeer([], async (peer) => {
        const protocol = "{ name: socket.io, namespace: /members, auth: { token: '{{data.token}}' } }";
        const rows = Array.from({ length: 10 }, (_, row) => (row === 4 ? 'bad' : `good${row}`));
        const files = { 'users.csv': ['token', ...rows, ''].join('\n') };
        const args = ['-w', workers, '-d', '1s'];
        const run = await speak(peer, profile(protocol, ECHO, { more: 'data: users.csv' }), args, { files });
        const { opened, failed, held } = run.cell.connections;
        assert.deepEqual({ opened, failed, held }, { opened: 90, failed: 10, held: 90 });
        const errors = run.cell.errors.map(({ phase, code, count }) => ({ phase, code, count }));
        assert.deepEqual(errors, [{ phase: 'session', code: 'CONNECT_ERROR', count: 10 }]);
        assert.match(run.cell.errors[0]!.said!, /wrong token/);
        const { connects, refused } = await countsOf<Counts>(peer);
        assert.deepEqual([connects, refused], [91, 10]);
        assertExit(run, 99);
      });
    });
  }

  for (const workers of WORKERS) {
    it(`five requests in turn: as many of each, for the plan and for the server, with ${workers} workers`, async () => {
      const names = ['one', 'two', 'three', 'four', 'five'];
      const requests = names.map((name) => `{ name: ${name}, to: ${name} }`).join(', ');
      await withPeer([], async (peer) => {
        const text = profile('socket.io', `pick: in turn, requests: [${requests}]`, { pace: BRISK });
        const run = await speak(peer, text, ['-w', workers]);
        const { events } = await countsOf<Counts>(peer);
        for (const { name, messages, warmup } of run.cell.requests!) {
          const all = messages.sent + warmup.sent + 1;
          assert.deepEqual([name, messages.planned, messages.answered, events[name]], [name, 1000, messages.sent, all]);
        }
        assertAllWell(run, 5000);
        assertExit(run, 0);
      });
    });
  }

  it('requests by weight: each as often as a dry run said and the server counted, for any number of workers', async () => {
    const requests = 'requests: [{ name: rare, weight: 1, to: rare }, { name: often, weight: 4, to: often }]';
    const planned: Record<string, number>[] = [];
    const hashes: string[] = [];
    for (const workers of WORKERS) {
      await withPeer([], async (peer) => {
        const run = await speak(peer, profile('socket.io', requests, { pace: BRISK }), ['-w', workers]);
        const { events } = await countsOf<Counts>(peer);
        for (const { name, messages, warmup } of run.cell.requests!) {
          assert.deepEqual([messages.answered, messages.sent + warmup.sent + 1], [messages.sent, events[name]]);
        }
        assertAllWell(run, 5000);
        planned.push(plannedOf(run.cell));
        hashes.push(run.result!.planHash);
        assertExit(run, 0);
      });
    }
    assert.deepEqual(planned[1], planned[0]);
    assert.equal(hashes[1], hashes[0]);
    const files = { 'talk.yaml': profile('socket.io', requests, { pace: BRISK }).replace('PORT', '1') };
    const { stdout } = await runCli(['run', 'talk.yaml', '--dry-run'], { files });
    const said = [...stdout.matchAll(/request (\w+) .*\n.*\n +planned +([\d,]+) messages/g)];
    assert.deepEqual(
      Object.fromEntries(said.map(([, name, count]) => [name, Number(count!.replaceAll(',', ''))])),
      planned[0],
    );
    const { rare = 0, often = 0 } = planned[0]!;
    assert.equal(rare + often, 5000);
    assert.ok(rare > 900 && rare < 1100, `${rare} of 5000 for a weight of 1 in 5`);
  });

  it('what is said is what the encoder of the vendor makes of it', async () => {
    const { Encoder, PacketType } = await vendorsParser();
    const wire = translated('socket.io', {
      options: { namespace: '/chat', auth: { token: 'ü"' } },
      session: [{ to: 'join', send: ['a\n', null, { b: [1.5, true] }], expect: true }],
      requests: [{ to: 'say', send: ['{{sequence}}', { n: '{{sequence}}' }] }],
    });
    const packet = (type: number, data: unknown, id?: number) =>
      `4${new Encoder().encode({ type, nsp: '/chat', data, id })[0]}`;
    assert.deepEqual(sent(wire).slice(1), [
      packet(PacketType.CONNECT, { token: 'ü"' }),
      packet(PacketType.EVENT, ['join', 'a\n', null, { b: [1.5, true] }], 3),
      packet(PacketType.EVENT, ['say', 1_000_000_000, { n: 1_000_000_000 }], 1_000_000_000),
    ]);
  });
});

async function withPeer(args: readonly string[], use: (peer: Peer) => Promise<void>): Promise<void> {
  const peer = await nodePeer('socket_io_counted.mjs', args);
  try {
    await use(peer);
  } finally {
    await peer.stop();
  }
}

/** Of a package that the lockfile does not know, so that its types are not known either. */
async function vendorsParser(): Promise<Parser> {
  const name = 'socket.io-parser';
  return (await import(name)) as Parser;
}

interface Parser {
  readonly Encoder: new () => { encode(packet: object): string[] };
  readonly PacketType: Readonly<Record<'CONNECT' | 'EVENT', number>>;
}
