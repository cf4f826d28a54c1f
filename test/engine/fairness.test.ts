import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectionTimes } from '../../src/metrics/connection-times.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, wireWith } from '../plan/wire-builder.js';
import type { Answer } from './fake-server.js';
import { Cluster } from './run-engine.js';

/** 10 messages a second on each of ten connections, for two seconds after one of warm-up. */
const CELL = cellWith({
  ...{ connections: { from: 10, to: 10 }, rate: { from: 100, to: 100 }, warmupMs: 1000, durationMs: 2000 },
  reply: { match: 'sequence', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 500 },
  fairness: true,
});

async function run(cell: Cell, workers: number, answer: (index: number, bytes: Buffer) => Answer[]) {
  const cluster = new Cluster(cell, workers, { answer });
  await cluster.connect();
  await cluster.run(cluster.clock.nowUs() + 60_000);
  const result = cluster.finish();
  assert.deepEqual(result.laws, []);
  return result;
}

/** Told to a fifth, from above. */
function isAbout(us: number | null, expectedUs: number): void {
  assert.ok(us !== null && us >= expectedUs && us <= expectedUs * 1.25, `${us} us is not about ${expectedUs}`);
}

for (const workers of [1, 2, 3]) {
  describe(`connections by themselves, on ${workers} workers`, () => {
    it('are named with their share of answers and their times, the worst first', async () => {
      const asked = new Map<number, number>();
      const { byConnection } = await run(CELL, workers, (index) => {
        const count = asked.get(index) ?? 0;
        asked.set(index, count + 1);
        // Of 30 messages each, the first 10 are the warm-up's.
        if (index === 4 && count >= 10 && count % 4 === 0) return [];
        return [{ afterMs: index === 7 ? 80 : 2 }];
      });
      const { count, jain, worst, curve, p99CurveUs } = byConnection!;
      assert.equal(count, 10);
      const [lossy, slow, other] = worst;
      assert.deepEqual([lossy!.connection, lossy!.answered, lossy!.awaited, lossy!.p99Us], [4, 15, 20, null]);
      assert.deepEqual([slow!.connection, slow!.answered, slow!.awaited], [7, 20, 20]);
      isAbout(slow!.p50Us, 80_000);
      isAbout(slow!.p99Us, 80_000);
      isAbout(other!.p99Us, 2000);
      assert.deepEqual([curve[0], curve.at(-1), curve.length], [0.75, 1, 10]);
      isAbout(p99CurveUs.at(-1)!, 80_000);
      assert.equal(p99CurveUs.length, 9);
      const sum = 9 + 0.75;
      assert.equal(jain, (sum * sum) / (10 * (9 + 0.75 * 0.75)));
    });

    it('have only messages with a reply of their own', async () => {
      const requests = [
        requestWith('ask', '{"type":"ask","sequence":{{sequence}}}'),
        requestWith('tell', '{"type":"tell","sequence":{{sequence}}}', { silent: true }),
      ];
      const cell = { ...CELL, wire: wireWith({ requests, pick: 'in turn' }) };
      const { byConnection } = await run(cell, workers, (_, bytes) => (bytes.includes('tell') ? [] : [{ afterMs: 1 }]));
      assert.deepEqual([byConnection!.jain, byConnection!.worst[0]!.awaited], [1, 10]);
    });

    it('are timed as subscribers, too', async () => {
      const requests = [requestWith('say', '{"sequence":{{sequence}}}', { reaches: 'all', silent: true })];
      const wire = wireWith({ requests, deliver: { timeoutMs: 500 }, senders: 1 });
      const { subscribers, byConnection } = await run({ ...CELL, wire }, workers, (_, bytes) =>
        Array.from({ length: 10 }, (_, to) => ({ afterMs: to === 3 ? 70 : 1, bytes, to })),
      );
      assert.equal(byConnection, undefined);
      assert.equal(subscribers!.slowest![0]!.connection, 3);
      isAbout(subscribers!.slowest![0]!.p99Us, 70_000);
      isAbout(subscribers!.p99CurveUs![0]!, 1000);
      assert.deepEqual(subscribers!.worst, []);
    });

    it('are not counted where nobody asks for it', async () => {
      const { fairness: _, ...cell } = CELL;
      const { byConnection, subscribers } = await run(cell, workers, () => [{ afterMs: 1 }]);
      assert.deepEqual([byConnection, subscribers], [undefined, undefined]);
    });
  });
}

describe('the times of one connection', () => {
  it('are told to a fifth, from 0 to over an hour', () => {
    for (const us of [0, 1, 3, 4, 5, 7, 8, 100, 12_345, 999_999, 3_600_000_000]) {
      const times = new ConnectionTimes(2);
      times.record(1, us);
      const [none, one] = times.quantiles(0.5, [0, 1]);
      assert.equal(none, null);
      assert.ok(one! >= us && one! <= us * 1.25, `${us}: ${one}`);
    }
  });

  it('rank those without a time last', () => {
    const times = new ConnectionTimes(1);
    for (const us of [1, 1, 2, 3]) times.record(0, us);
    assert.deepEqual([times.quantiles(0.5, [5]), times.quantiles(0.99, [5])], [[2], [null]]);
  });
});
