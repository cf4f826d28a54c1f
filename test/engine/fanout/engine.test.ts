import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { Totals } from '../../../src/metrics/histogram.js';
import type { Cell } from '../../../src/plan/cell.js';
import type { BoardLayout } from '../../../src/plan/fanout.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';
import type { Answer } from '../fake-server.js';
import { Cluster } from '../run-engine.js';

const CONNECTIONS = 10;

/** Ten messages a second from connection 0 to all connections, for two seconds. */
function hubCell(
  changes: Partial<Cell> = {},
  reaches: 'all' | 'room' | 'others' = 'all',
  rooms: number | null = null,
): Cell {
  return cellWith({
    connections: { from: CONNECTIONS, to: CONNECTIONS },
    rate: { from: 10, to: 10 },
    reply: { match: 'none', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 500 },
    wire: wireWith({
      requests: [requestWith('say', '{"sequence":{{sequence}}}', { reaches })],
      deliver: { timeoutMs: 500 },
      ...{ senders: 1, rooms },
    }),
    ...changes,
  });
}

/** `afterMs`: when a connection gets a message; null for never. */
async function run(
  cell: Cell,
  workers: number,
  afterMs: (to: number, number: number) => readonly number[],
  board: Partial<BoardLayout> = {},
): Promise<CellResult> {
  const answer = (_: number, bytes: Buffer): Answer[] => {
    const { sequence } = JSON.parse(bytes.toString()) as { sequence: number };
    return Array.from({ length: CONNECTIONS }, (_, to) =>
      afterMs(to, (sequence - 1_000_000_000) / CONNECTIONS).map((ms) => ({ afterMs: ms, bytes, to })),
    ).flat();
  };
  const cluster = new Cluster(cell, workers, { answer }, cell.durationMs, board);
  await cluster.connect();
  await cluster.run(cluster.clock.nowUs() + 60_000);
  const result = cluster.finish();
  assert.deepEqual(result.laws, []);
  return result;
}

for (const workers of [1, 2, 3]) {
  describe(`fan-out on ${workers} workers`, () => {
    it('is timed for each connection, and first to last for each message', async () => {
      const { fanout, subscribers } = await run(hubCell(), workers, (to) => [to]);
      const [say] = fanout!;
      assert.deepEqual(say!.messages, { sent: 20, reachedAny: 20, reachedAll: 20 });
      const { expected, delivered, missed, gone } = say!.deliveries;
      assert.deepEqual([expected, delivered, missed, gone], [200, 200, 0, 0]);
      assert.equal(say!.reach, 1);
      assert.deepEqual([say!.lastUs.min, say!.lastUs.max, say!.spreadUs.max], [9000, 9007, 9007]);
      assert.deepEqual([say!.deliverUs.max, say!.deliverUs.count], [9007, 200]);
      const served = Totals.decode(say!.histograms.lastService!);
      assert.deepEqual([served.count, served.max! <= 9007], [20, true], 'nothing was sent late here');
      assert.deepEqual([subscribers!.count, subscribers!.jain, subscribers!.worst], [10, 1, []]);
    });

    it('names who missed what, and ranks it last', async () => {
      const { fanout, subscribers } = await run(hubCell(), workers, (to, number) =>
        to === 7 && number % 4 === 0 ? [] : [1],
      );
      const [say] = fanout!;
      assert.deepEqual(say!.messages, { sent: 20, reachedAny: 20, reachedAll: 15 });
      assert.deepEqual([say!.deliveries.missed, say!.deliveries.delivered, say!.reach], [5, 195, 0.975]);
      assert.deepEqual(subscribers!.worst, [{ connection: 7, delivered: 15, owed: 20 }]);
      assert.deepEqual([subscribers!.missing, subscribers!.unreached], [1, 0]);
      assert.equal(say!.lastUs.censored, 5);
      assert.equal(say!.deliverUs.censored, 5);
    });

    it('tells repeated and late deliveries', async () => {
      const { fanout, flows } = await run(hubCell(), workers, (to, number) =>
        to === 3 ? [1, 2] : to === 4 && number < 25 ? [700, 701] : [1],
      );
      const { delivered, missed, late, redelivered } = fanout![0]!.deliveries;
      assert.deepEqual([delivered, missed, late, redelivered], [185, 15, 15, 35]);
      assert.equal(flows[0]!.messages.unexpected, 0);
    });

    it('tells a target that slows down from one that stops to pass messages on', async () => {
      const eightSeconds = hubCell({ durationMs: 8000 });
      const growthOf = async (afterMs: (to: number, number: number) => readonly number[]) =>
        (await run(eightSeconds, workers, afterMs)).fanout![0]!.growth!;
      const stuck = await growthOf((to, number) => (number > 50 && to < 9 ? [] : [10]));
      assert.ok(Math.abs(stuck.usPerSecond) < 100, `${stuck.usPerSecond}`);
      const late = await growthOf((_, number) => [number > 50 ? 700 : 10]);
      assert.ok(late.usPerSecond > 50_000, `${late.usPerSecond}`);
    });

    it('knows who got nothing at all', async () => {
      const { subscribers } = await run(hubCell(), workers, (to) => (to < 3 ? [] : [1]));
      assert.deepEqual([subscribers!.count, subscribers!.missing, subscribers!.unreached], [10, 3, 3]);
    });

    it('leaves out the sender of others, and other rooms', async () => {
      const others = await run(hubCell({}, 'others'), workers, (to) => (to === 0 ? [] : [1]));
      assert.deepEqual([others.fanout![0]!.deliveries.expected, others.fanout![0]!.reach], [180, 1]);
      const inRoom = await run(hubCell({}, 'room', 5), workers, (to) => (to % 5 === 0 ? [1] : []));
      assert.deepEqual([inRoom.fanout![0]!.deliveries.expected, inRoom.fanout![0]!.reach], [40, 1]);
    });

    it('counts what slow readers read when it has long left the board', async () => {
      const cell = hubCell({ rate: { from: 50, to: 50 }, durationMs: 20_000 });
      for (const match of ['none', 'sequence'] as const) {
        const requests = [{ ...cell.wire!.requests[0]!, silent: true as const }];
        const wire = { ...cell.wire!, requests, slow: { share: 0.2, ratePerSecond: 10 } };
        const { flows, fanout } = await run({ ...cell, wire, reply: { ...cell.reply, match } }, workers, () => [1], {
          rows: 64,
          lastOfEach: 64,
        });
        const { misdelivered, unexpected, counted } = flows[0]!.messages;
        assert.deepEqual([misdelivered, unexpected], [0, 0], match);
        const { slow, deliveries } = fanout![0]!;
        assert.deepEqual([deliveries.expected, deliveries.delivered], [8000, 8000]);
        assert.deepEqual([slow!.connections, slow!.delivered + slow!.missed], [2, 2000]);
        assert.ok(counted > slow!.delivered, `${counted} read, ${slow!.delivered} of them in time`);
      }
    });

    it('tells a message that came to the wrong room', async () => {
      const { flows, fanout } = await run(hubCell({}, 'room', 5), workers, (to) =>
        to % 5 === 0 || to === 1 ? [1] : [],
      );
      assert.equal(flows[0]!.messages.misdelivered, 20);
      assert.equal(fanout![0]!.reach, 1);
    });
  });
}
