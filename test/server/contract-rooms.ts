import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TruthDelivery, TruthEntry } from '../../src/server/faults/truth-entry.js';
import type { EngineName, ServerOptions } from '../../src/server/options.js';
import type { RunningServer } from '../../src/server/server.js';
import { Client } from './client.js';
import { serving } from './serving.js';

const FIRST = 1_000_000_000;

/** Every fault of rooms over real sockets, and a log that agrees exactly with what members got. */
export function roomFaultContract(engine: EngineName): void {
  test('without a fault each delivery is in the log once, by its sender and by the member that it was for', async () => {
    await withRoom(engine, { faults: 'null' }, async ({ members, say, settle, log }) => {
      for (let i = 0; i < 20; i++) say(members[i % 3]!, i);
      await settle();
      assert.equal(log().length, 60);
      const firsts = log().filter(({ sequence }) => sequence === FIRST);
      assert.deepEqual(
        firsts.map(({ connection, ordinal, room, to, did, copyUs }) => [connection, ordinal, room, to, did, copyUs]),
        [0, 1, 2].map((to) => [0, 1, 'r', to, 'delivered', null]),
      );
      for (const { inUs, outUs } of log()) assert.ok(outUs! >= inUs);
      assertLogIsTrue(members, log());
    });
  });

  test('drop-delivery, duplicate-delivery: the log says exactly what each member got', async () => {
    const faults = 'drop-delivery:20%,duplicate-delivery:20%';
    const runs: string[][] = [];
    for (const seed of [1, 1, 2]) {
      await withRoom(engine, { faults, seed }, async ({ members, say, settle, log, server }) => {
        for (let i = 0; i < 100; i++) say(members[0]!, i);
        await settle();
        const did = log().map((entry) => entry.did);
        assert.deepEqual([...new Set(did)].sort(), ['delivered', 'dropped', 'duplicated']);
        assertLogIsTrue(members, log());
        const handedOver = log()
          .flatMap(({ outUs, copyUs }) => [outUs, copyUs])
          .filter((us) => us !== null).length;
        assert.deepEqual([server.stats().broadcasts, server.stats().deliveries], [100, handedOver]);
        runs.push(did);
      });
    }
    assert.deepEqual(runs[0], runs[1], 'the same seed decides the same');
    assert.notDeepEqual(runs[0], runs[2]);
  });

  test('late-delivery: no delivery leaves early, and each waits for itself', async () => {
    await withRoom(engine, { faults: 'late-delivery:uniform(30ms,60ms)' }, async ({ members, say, settle, log }) => {
      for (let i = 0; i < 20; i++) say(members[0]!, i);
      await settle(60);
      for (const { inUs, outUs } of log()) assert.ok(outUs! - inUs >= 30_000 - 1);
      assertLogIsTrue(members, log());
    });
  });

  test('late-delivery: what never left is in the log when the server has stopped', async () => {
    await withRoom(engine, { faults: 'late-delivery:10m' }, async ({ members, say, settle, log, server }) => {
      say(members[0]!, 0);
      await settle();
      assert.deepEqual(log(), []);
      await server.close();
      assert.deepEqual(
        log().map(({ to, outUs, did }) => [to, outUs, did]),
        [0, 1, 2].map((to) => [to, null, 'closed']),
      );
      assertLogIsTrue(members, log());
    });
  });

  test('stuck-room: after its tenth message the room delivers nothing, and another room goes on', async () => {
    await withRoom(engine, { faults: 'stuck-room:r@10' }, async ({ members, say, settle, log }) => {
      for (const member of members) await member.ask({ type: 'join', room: 'other' });
      for (let i = 0; i < 30; i++) say(members[0]!, i, i % 2 === 0 ? 'other' : 'r');
      await settle();
      const delivered = (room: string) => log().filter((entry) => entry.room === room && entry.did === 'delivered');
      const stuck = log().filter(({ did }) => did === 'stuck');
      assert.deepEqual([delivered('other').length, delivered('r').length, stuck.length], [45, 30, 15]);
      assert.ok(stuck.every(({ room, outUs, sequence }) => room === 'r' && outUs === null && sequence! > FIRST + 19));
      assertLogIsTrue(members, log());
    });
  });
}

interface Room {
  readonly server: RunningServer;
  /** Members of the room `r`, in the order of their connections. */
  readonly members: readonly Client[];
  readonly say: (from: Client, index: number, room?: string) => void;
  /** Waits until the log has so many deliveries, and the members have got what left before. */
  readonly settle: (deliveries?: number) => Promise<void>;
  readonly log: () => TruthDelivery[];
}

async function withRoom(engine: EngineName, options: ServerOptions, use: (room: Room) => Promise<void>): Promise<void> {
  const entries: TruthEntry[] = [];
  const log = () => entries.filter((entry) => entry.kind === 'delivery');
  let told: () => void = () => undefined;
  const truthLog = (entry: TruthEntry) => {
    entries.push(entry);
    told();
  };
  await serving(engine, { ...options, truthLog }, async (server) => {
    const members: Client[] = [];
    for (let i = 0; i < 3; i++) {
      const member = await Client.open(server.url);
      assert.equal((await member.ask({ type: 'join', room: 'r' }))['type'], 'joined');
      members.push(member);
    }
    const say = (from: Client, index: number, room = 'r') =>
      from.send({ type: 'broadcast', room, sequence: FIRST + index });
    const settle = async (deliveries = 0) => {
      while (log().length < deliveries) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
      // What was sent before the pong has come before it.
      for (const member of members.filter(({ socket }) => socket.readyState === socket.OPEN)) await pong(member);
      for (const member of members.filter(({ socket }) => socket.readyState === socket.OPEN)) await pong(member);
    };
    await use({ server, members, say, settle, log });
  });
}

/** Asks for a pong and waits until it has come; keeps what came before it. */
async function pong(member: Client): Promise<void> {
  member.send({ type: 'ping' });
  const kept = [];
  for (;;) {
    const message = await member.next();
    if (message.data.equals(PONG)) break;
    kept.push(message);
  }
  member.received.unshift(...kept);
}

const PONG = Buffer.from('{"type":"pong"}');

/** Every member got what the log says, as often as it says; and in that order, as nothing overtakes on one socket. */
function assertLogIsTrue(members: readonly Client[], log: readonly TruthDelivery[]): void {
  for (const [number, { received }] of members.entries()) {
    const got = received
      .map(({ data }) => JSON.parse(data.toString()) as Record<string, unknown>)
      .filter(({ type }) => type === 'broadcast')
      .map(({ sequence }) => sequence);
    const told = log
      .filter(({ to, outUs }) => to === number && outUs !== null)
      .flatMap(({ sequence, copyUs }) => (copyUs === null ? [sequence] : [sequence, sequence]));
    assert.deepEqual(got, told, `member ${number}`);
  }
}
