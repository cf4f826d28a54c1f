/** Rooms of the reference server, on both engines: what wsurge counts is what the server did, to the last delivery. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { FanoutResult } from '../../src/metrics/fanout-result.js';
import { connectionOf } from '../../src/plan/sequence.js';
import type { TruthDelivery, TruthEntry } from '../../src/server/faults/truth-entry.js';
import type { EngineName, ServerOptions } from '../../src/server/options.js';
import { type RunningServer, startServer } from '../../src/server/server.js';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { type CliRun, COUNTED_RUN, runCli } from './run-cli.js';

const CONNECTIONS = 12;
const ROOMS = 3;
const IN_ROOM = CONNECTIONS / ROOMS;
/** Each connection sends two of each request, where there are three. */
const REQUESTS = 3;
const REQUESTS_EACH = 2 * CONNECTIONS;
const TIMEOUT_MS = 2000;
/** The canary is the first connection of the server, and alone when it sends. */
const CANARY = 0;

interface Fanned {
  readonly run: CliRun;
  readonly cell: CellResult;
  readonly server: RunningServer;
  /** What the server did with each delivery of the load. */
  readonly truth: readonly TruthDelivery[];
}

interface Asked extends ServerOptions {
  readonly engine: EngineName;
  readonly workers: number;
  readonly requests: readonly object[];
  readonly slow?: object;
}

const say = (name: string, reaches: string, more: object) => ({
  name,
  send: { type: 'broadcast', sequence: '{{sequence}}', ...more },
  reaches,
  reply: 'none',
});
const TO_ROOM = say('room', 'room', { room: 'r{{room}}' });
const TO_OTHERS = say('others', 'others', { room: 'r{{room}}', others: true });
const TO_ALL = say('all', 'all', { room: 'lobby' });

async function fanned(t: TestContext, { workers, requests, slow, ...options }: Asked): Promise<Fanned> {
  const entries: TruthEntry[] = [];
  const server = await startServer({ faults: 'null', ...options, truthLog: (entry) => void entries.push(entry) });
  t.after(() => server.close());
  const profile = {
    rooms: ROOMS,
    session: [
      { send: { type: 'join', room: 'r{{room}}' }, expect: { type: 'joined' } },
      { send: { type: 'join', room: 'lobby' }, expect: { type: 'joined', room: 'lobby' } },
    ],
    deliver: { timeout: `${TIMEOUT_MS}ms` },
    pick: 'in turn',
    ...(slow === undefined ? {} : { slow }),
    load: [{ connections: CONNECTIONS, rate: `${REQUESTS_EACH * REQUESTS}/s`, requests }],
    warmup: '0s',
    duration: '1s',
  };
  const args = ['-w', `${workers}`, '--target', server.url];
  const run = await runCli([...COUNTED_RUN, 'p.json', ...args], { files: { 'p.json': JSON.stringify(profile) } });
  const cell = run.result?.cells[0];
  assert.ok(cell !== undefined, run.stderr);
  assert.deepEqual(cell.laws, []);
  // What never left is in the log when the server has stopped.
  await server.close();
  const truth = entries.filter((entry) => entry.kind === 'delivery').filter(({ connection }) => connection !== CANARY);
  return { run, cell, server, truth };
}

const byName = ({ fanout = [] }: CellResult, name: string): FanoutResult =>
  fanout.find((each) => each.name === name) ?? assert.fail(`nothing about ${name}`);

function fanoutOn(engine: EngineName, skip: string | false): void {
  describe(`rooms on ${engine}`, { skip }, () => {
    for (const workers of [1, 2]) {
      const options = workers === 1 ? further : {};
      test(
        `all, room and others: all that is expected is delivered, as the server counts, -w ${workers}`,
        options,
        async (t) => {
          const requests = [TO_ALL, TO_ROOM, TO_OTHERS];
          const { run, cell, server, truth } = await fanned(t, { engine, workers, requests });
          const reached = { all: CONNECTIONS, room: IN_ROOM, others: IN_ROOM - 1 };
          let [sentInAll, deliveredInAll] = [0, 0];
          for (const [name, members] of Object.entries(reached)) {
            const { messages, deliveries, reach } = byName(cell, name);
            const { sent } = messages;
            assert.ok(
              sent === REQUESTS_EACH || run.result!.verdict.validity === 'invalid',
              `${sent} of ${REQUESTS_EACH} sent`,
            );
            assert.deepEqual(messages, { sent, reachedAny: sent, reachedAll: sent }, name);
            const [expected, delivered] = [sent * members, sent * members];
            const none = { missed: 0, gone: 0, late: 0, redelivered: 0, replayed: 0 };
            assert.deepEqual(deliveries, { expected, delivered, ...none }, name);
            assert.equal(reach, 1);
            sentInAll += sent;
            deliveredInAll += delivered;
          }
          const { misdelivered, unexpected, missed } = cell.flows[0]!.messages;
          assert.deepEqual([misdelivered, unexpected, missed], [0, 0, 0]);
          assert.equal(truth.length, deliveredInAll);
          // The canary sends each request once, and is alone: it gets those that leave nobody out.
          const { broadcasts, deliveries } = server.stats();
          assert.deepEqual({ broadcasts, deliveries }, { broadcasts: sentInAll + 3, deliveries: deliveredInAll + 2 });
        },
      );
    }

    test('a room that passes nothing on: all is missed, nobody is reached, and the gate tells', async (t) => {
      const { run, cell, truth } = await fanned(t, {
        ...{ engine, workers: 1, requests: [TO_ROOM], faults: 'drop-delivery:100%' },
      });
      const { messages, deliveries, firstUs, growth } = byName(cell, 'room');
      assert.deepEqual([messages.reachedAny, messages.reachedAll, deliveries.delivered], [0, 0, 0]);
      assert.deepEqual([deliveries.missed, deliveries.expected], [truth.length, truth.length]);
      assert.deepEqual([firstUs.count, firstUs.censored, growth], [0, messages.sent, null]);
      const { count, missing, unreached } = cell.subscribers!;
      assert.deepEqual([count, missing, unreached], [CONNECTIONS, CONNECTIONS, CONNECTIONS]);
      const gates = run.result!.verdict.gates.filter(({ passed }) => !passed).map(({ gate }) => gate);
      for (const gate of ['delivered', 'missed']) assert.ok(gates.includes(gate), `${gate} of ${gates}`);
    });

    for (const workers of [1, 2]) {
      const counted = `lost, repeated and withheld deliveries are counted as the log tells them, by member too, -w ${workers}`;
      test(counted, workers === 1 ? further : {}, async (t) => {
        // The canary's message is the first to its room.
        const faults = 'drop-delivery:10%,duplicate-delivery:10%,stuck-room:r0@11';
        const { cell, truth } = await fanned(t, { engine, workers, requests: [TO_ROOM], faults });
        const count = (did: TruthDelivery['did']) => truth.filter((entry) => entry.did === did).length;
        const [dropped, stuck, duplicated] = [count('dropped'), count('stuck'), count('duplicated')];
        assert.ok(dropped > 0 && duplicated > 0 && stuck > 0, `${dropped}, ${duplicated}, ${stuck}`);
        const { deliveries, messages } = byName(cell, 'room');
        const missed = dropped + stuck;
        const expected = truth.length;
        assert.deepEqual(deliveries, {
          ...{ expected, delivered: expected - missed, missed, gone: 0, late: 0 },
          ...{ redelivered: duplicated, replayed: 0 },
        });
        assert.equal(
          messages.reachedAll,
          messagesThat(truth, (fates) => fates.every(isSent)),
        );
        assert.equal(
          messages.reachedAny,
          messagesThat(truth, (fates) => fates.some(isSent)),
        );
        assert.deepEqual(cell.subscribers?.worst, worstBy(truth));
      });

      test(
        `a delivery after its timeout is missed, whether it then comes or not, -w ${workers}`,
        workers === 2 ? further : {},
        async (t) => {
          const faults = `late-delivery:bimodal(0ms,${2 * TIMEOUT_MS}ms,10%)`;
          const { cell, truth } = await fanned(t, { engine, workers, requests: [TO_ROOM], faults });
          const isLate = ({ inUs, outUs }: TruthDelivery) => outUs === null || outUs - inUs > TIMEOUT_MS * 1000;
          const late = truth.filter(isLate);
          assert.ok(late.length > 0 && late.length < truth.length);
          const { deliveries } = byName(cell, 'room');
          const { expected, delivered, missed, redelivered } = deliveries;
          assert.deepEqual(
            { expected, delivered, missed, redelivered },
            { expected: truth.length, delivered: truth.length - late.length, missed: late.length, redelivered: 0 },
          );
          // Connections close when nothing more can come in time.
          assert.ok(deliveries.late <= late.length);
        },
      );
    }
  });
}

fanoutOn('ws', false);
fanoutOn('uws', await skipWithout('uws'));

for (const [how, slow] of Object.entries({ stop: { stops: true }, 'read slowly': { rate: '2/s' } })) {
  const options = how === 'stop' ? further : {};
  const what = `subscribers that ${how} are owed nothing, the others get all, and a row says what the slow ones got`;
  test(what, options, async (t) => {
    const share = '25%';
    const requests = [TO_ROOM, TO_ALL];
    const { cell, server, run } = await fanned(t, { engine: 'ws', workers: 2, requests, slow: { share, ...slow } });
    const others = CONNECTIONS * 0.75;
    for (const [name, members] of Object.entries({ all: others, room: others / ROOMS })) {
      const { deliveries, messages } = byName(cell, name);
      const expected = messages.sent * members;
      const { delivered, missed, redelivered } = deliveries;
      assert.deepEqual([deliveries.expected, delivered, missed, redelivered], [expected, expected, 0, 0], name);
      assert.equal(messages.reachedAll, messages.sent);
      const read = byName(cell, name).slow!;
      assert.equal(read.connections, CONNECTIONS - others);
      // A quarter of everybody, and so of each room.
      assert.equal(read.delivered + read.missed, expected / 3);
      if (how === 'stop') assert.equal(read.delivered, 0);
      assert.deepEqual([read.serviceUs!.count, read.serviceUs!.censored], [read.delivered, read.missed]);
      const { p50 } = read.brackets!.quantiles;
      assert.ok(p50 === undefined || (p50[0] <= read.serviceUs!.p50! && p50[1] === read.deliverUs.p50), `${p50}`);
      assert.equal(read.histogram === null, read.delivered === 0);
    }
    const slowRead = cell.fanout!.reduce((sum, each) => sum + each.slow!.delivered, 0);
    assert.ok(slowRead <= cell.flows[0]!.messages.counted);
    if (how !== 'stop') assert.ok(slowRead > 0);
    assert.equal(cell.subscribers?.count, others);
    const { misdelivered, unexpected, counted } = cell.flows[0]!.messages;
    assert.deepEqual([misdelivered, unexpected], [0, 0]);
    const handedOver = server.stats().deliveries - 2;
    const delivered = cell.flows[0]!.messages.delivered;
    assert.ok(counted < handedOver - delivered, `${counted} read of ${handedOver - delivered}`);
    if (how === 'stop') assert.equal(counted, 0);
    // They are connected, and close as the others do.
    assert.equal(cell.connections.held, CONNECTIONS, JSON.stringify(run.result!.verdict.gates));
  });
}

const isSent = ({ did }: TruthDelivery) => did === 'delivered' || did === 'duplicated';

/** How many messages have deliveries of which this is so. */
function messagesThat(truth: readonly TruthDelivery[], isSo: (of: readonly TruthDelivery[]) => boolean): number {
  const messages = new Map<number | null, TruthDelivery[]>();
  for (const entry of truth) messages.set(entry.sequence, [...(messages.get(entry.sequence) ?? []), entry]);
  return [...messages.values()].filter(isSo).length;
}

/** Members that missed any, the smallest share first, as the log tells. */
function worstBy(truth: readonly TruthDelivery[]) {
  // The numbers in the messages say which connection of wsurge a connection of the server is.
  const own = new Map(truth.map(({ connection, sequence }) => [connection, connectionOf(sequence!, CONNECTIONS)]));
  return [...new Set(truth.map(({ to }) => to))]
    .map((to) => {
      const mine = truth.filter((entry) => entry.to === to);
      return { connection: own.get(to)!, delivered: mine.filter(isSent).length, owed: mine.length };
    })
    .filter(({ delivered, owed }) => delivered < owed)
    .sort((a, b) => a.delivered / a.owed - b.delivered / b.owed || a.connection - b.connection)
    .slice(0, 10);
}
