import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { flowOf } from '../../src/metrics/flow.js';
import type { Cell } from '../../src/plan/cell.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, wireWith } from '../plan/wire-builder.js';
import { Cluster } from './run-engine.js';

const ASK = requestWith('ask', '{"type":"ask","sequence":{{sequence}}}');
const TELL = requestWith('tell', '{"type":"tell","sequence":{{sequence}}}', { silent: true });

/** 100 messages a second for two seconds on 10 connections, in turn of each request. */
function cellOf(requests = [ASK, TELL], changes: Partial<Cell> = {}): Cell {
  return cellWith({
    ...{ connections: { from: 10, to: 10 }, rate: { from: 100, to: 100 }, warmupMs: 1000, durationMs: 2000 },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 500 },
    wire: wireWith({ requests, pick: 'in turn' }),
    ...changes,
  });
}

interface Options {
  readonly workers: number;
  /** Number of the connection that never opens. */
  readonly refused?: number;
  /** The worker that dies after 2 s. */
  readonly dies?: number;
}

/** What is told gets no reply, and each tenth that is asked neither. */
async function run(cell: Cell, { workers, refused, dies }: Options): Promise<CellResult> {
  let asked = 0;
  const answer = (_: number, bytes: Buffer) => {
    if (bytes.includes('"tell"')) return [];
    return asked++ % 10 === 9 ? [] : [{ afterMs: 5 }];
  };
  const connectMs = (number: number) => (number === refused ? null : 1);
  const cluster = new Cluster(cell, workers, { answer, connectMs });
  await cluster.connect();
  if (dies !== undefined) cluster.clock.after(2000, () => cluster.kill(dies));
  await cluster.run(cluster.clock.nowUs() + 60_000);
  const result = cluster.finish();
  assert.deepEqual(result.laws, []);
  return result;
}

for (const workers of [1, 2, 3]) {
  describe(`requests without a reply, on ${workers} workers`, () => {
    it('are no unanswered messages of the cell', async () => {
      const result = await run(cellOf(), { workers });
      const { messages, latencyUs, warmupUs } = flowOf(result);
      assert.deepEqual([messages.planned, messages.unawaited, messages.unmatched], [200, 100, 100]);
      assert.deepEqual([messages.answered, messages.timedOut, messages.lost], [90, 10, 10]);
      // 10 of the 100 that have a reply.
      assert.equal(result.overload.unanswered, 0.1);
      assert.deepEqual([latencyUs.response!.count, latencyUs.response!.censored], [90, 10]);
      assert.deepEqual([latencyUs.service!.censored, latencyUs.lag!.count], [10, 200]);
      assert.equal(latencyUs.response!.p75, latencyUs.response!.p50);
      assert.equal(warmupUs!.count + warmupUs!.censored, 50);
      const workersUs = result.client.workers.map(({ responseUs }) => responseUs!);
      assert.equal(
        workersUs.reduce((sum, { count, censored }) => sum + count + censored, 0),
        100,
      );
    });

    it('have no latency themselves, and the others have theirs', async () => {
      const { requests } = await run(cellOf(), { workers });
      const [ask, tell] = requests!;
      assert.deepEqual([ask!.latencyUs.response!.count, ask!.latencyUs.response!.censored], [90, 10]);
      assert.deepEqual([tell!.latencyUs.response, tell!.latencyUs.service, tell!.warmupUs], [null, null, null]);
      assert.deepEqual([tell!.latencyUs.lag!.count, tell!.brackets], [100, undefined]);
    });

    it('are part of no second that is answered', async () => {
      const { seconds } = await run(cellOf(), { workers });
      const measured = seconds.filter(({ phase }) => phase === 'measure');
      assert.deepEqual(
        measured.map(({ planned, sent, unmatched }) => [planned, sent, unmatched]),
        [
          [100, 100, 50],
          [100, 100, 50],
        ],
      );
    });

    it('are left out where they are never sent', async () => {
      const result = await run(cellOf(), { workers, refused: 3 });
      const { messages, latencyUs } = flowOf(result);
      assert.deepEqual([messages.notConnected, messages.unawaited, messages.unmatched], [20, 100, 90]);
      assert.equal(latencyUs.response!.count + latencyUs.response!.censored, 100);
    });

    it('are left out of what a worker would have sent that died', async () => {
      const result = await run(cellOf(), { workers, dies: 0 });
      const { messages, latencyUs } = flowOf(result);
      assert.ok(messages.lostWithWorker > 0);
      assert.equal(messages.unawaited, 100);
      assert.equal(latencyUs.response!.count + latencyUs.response!.censored, 100);
    });

    it('are judged by nothing that is about replies where there are no others', async () => {
      const result = await run(cellOf([TELL]), { workers });
      const { messages, latencyUs } = flowOf(result);
      assert.deepEqual([messages.planned, messages.unawaited, messages.answered], [200, 200, 0]);
      assert.deepEqual([latencyUs.response, latencyUs.service, latencyUs.lag!.count], [null, null, 200]);
      assert.deepEqual(result.overload, { backlog: null, unanswered: null });
      assert.deepEqual([result.brackets, result.stationarity], [undefined, null]);
      assert.deepEqual(
        gatesOf(result).map(({ gate, passed }) => [gate, passed]),
        [['held', true]],
      );
    });

    it('beside others leave the gates on replies in place', async () => {
      const gates = gatesOf(await run(cellOf(), { workers }));
      assert.equal(gates.find(({ gate }) => gate === 'answered')!.message, '90 of 100 messages answered');
      assert.equal(gates.find(({ gate }) => gate === 'lost')!.passed, false);
    });

    it('that wait for a value are sent once it is there, and are then not in flight', async () => {
      const create = requestWith('create', '{"type":"create","sequence":{{sequence}}}', {
        captures: [{ name: 'id', path: ['id'] }],
      });
      const tell = requestWith('tell', '{"type":"tell","id":"{{session.id}}","sequence":{{sequence}}}', {
        silent: true,
      });
      const cell = cellOf([create, tell], { rate: { from: 40, to: 40 } });
      const answer = (_: number, bytes: Buffer) => {
        const { type, sequence } = JSON.parse(bytes.toString()) as { type: string; sequence: number };
        const reply = Buffer.from(JSON.stringify({ id: 'x', sequence }));
        return type === 'create' ? [{ afterMs: 300, bytes: reply }] : [];
      };
      const cluster = new Cluster(cell, workers, { answer });
      await cluster.connect();
      await cluster.run(cluster.clock.nowUs() + 60_000);
      const { laws, requests } = cluster.finish();
      assert.deepEqual(laws, []);
      const [, told] = requests!;
      const { planned, sent, unmatched, timedOut } = told!.messages;
      assert.deepEqual([planned, sent, unmatched, timedOut], [40, 40, 40, 0]);
      assert.ok(told!.waitUs!.count === 40);
    });
  });
}
