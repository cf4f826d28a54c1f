/** The coordinator's side of a fleet, with agents on a bus in memory that a test plays. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { answerEach, ask } from '../../src/bus/exchange.js';
import type { WsurgeError } from '../../src/errors.js';
import { Fleet } from '../../src/fleet/fleet.js';
import { FleetRunner } from '../../src/fleet/fleet-runner.js';
import { type Order, type OrderContext, orderSubject, type Report, reportSubject } from '../../src/fleet/orders.js';
import { RowStore } from '../../src/fleet/row-pieces.js';
import type { Shard } from '../../src/plan/cell.js';
import { cellHash } from '../../src/plan/cell-hash.js';
import { NO_ROWS, type Rows } from '../../src/plan/rows.js';
import { InventedTime, MemoryBroker } from '../bus/memory-bus.js';
import { cellWith } from '../plan/cell-builder.js';
import { agentWith } from './agent-builder.js';
import { FLEET, shardWith } from './agent-fixture.js';

/** What an agent answers to an order. */
type Answer = (order: Order) => unknown;

/** An agent that decodes what it is sent. */
const honest: Answer = (order) =>
  order.kind === 'prepare' ? { cellHash: cellHash(order.shard.cell), planned: null } : { ok: true };

/** A fleet of agents with one worker each, in the order of their names. */
async function runnerOf(t: TestContext, answers: Readonly<Record<string, Answer>>) {
  const time = new InventedTime();
  const broker = new MemoryBroker(time, 1);
  const agents = Object.keys(answers).map((name) => agentWith({ name }));
  let run = '';
  for (const { id, name } of agents) {
    const answer = (order: Order) => answers[name]!(order);
    answerEach(broker.connect(), orderSubject(FLEET, id), ({ body }) => {
      const question = body as OrderContext & { readonly order: Order };
      run = question.run;
      return answer(question.order);
    });
  }
  const asked = { fleet: FLEET, agents, by: 'a test', instrumentCheck: false };
  const fleet = await time.until(Fleet.lease(broker.connect(), asked));
  const runner = new FleetRunner(
    fleet,
    agents.map(({ id }, at) => ({ agent: id, from: at, to: at + 1 })),
  );
  t.after(() => time.until(runner.dispose()));
  const { from: _, to: __, rows: ___, ...shard } = shardWith({ workers: agents.length });
  const prepare = (cell = cellWith(), rowsOf: (worker: number) => Rows = () => NO_ROWS) => {
    const shards: Shard[] = agents.map((_, worker) => ({ ...shard, cell, worker, rows: rowsOf(worker) }));
    return time.until(runner.prepare(shards, () => {}));
  };
  let reports = 0;
  /** An agent tells something; the answer. */
  const report = async (agent: number, epoch: number, report: Report) => {
    const question = { id: `r-${reports++}`, kind: report.kind, body: { agent: agents[agent]!.id, epoch, report } };
    const patience = { timeoutMs: 500, overallMs: 5000 };
    const asking = ask(broker.connect(), reportSubject(FLEET, run), question, patience, undefined, time.clock());
    return (await time.until(asking)).value;
  };
  return { fleet, runner, prepare, report, rest: () => time.rest() };
}

test('the cells of a run leave nothing behind at its agents', async (t) => {
  const { fleet, prepare } = await runnerOf(t, { one: honest });
  for (let cell = 0; cell < 20; cell++) await prepare(cellWith({ seed: cell }));
  assert.equal(getEventListeners(fleet.members[0]!.lost, 'abort').length, 1);
});

describe('a cell that an agent decodes', () => {
  test('as another one than was sent refuses the run before any load, with every such agent', async (t) => {
    const other: Answer = (order) =>
      order.kind === 'prepare' ? { cellHash: 'of another cell', planned: null } : { ok: true };
    const { prepare } = await runnerOf(t, { one: other, two: honest });
    await assert.rejects(prepare(), (error: WsurgeError) => {
      assert.deepEqual([error.exitCode, error.code], [104, 'other_cell']);
      assert.equal(error.message, 'agent one: prepared another cell than the one it was sent');
      assert.match(error.next!, /same wsurge/);
      return true;
    });
    const none = await runnerOf(t, { one: other, two: () => ({ ok: true }) });
    await assert.rejects(none.prepare(), (error: WsurgeError) => {
      assert.equal(error.message, 'agents one, two: prepared another cell than the one it was sent');
      return true;
    });
  });

  test('as another one loses the agent when cells were measured before: what they found stays', async (t) => {
    let isWrong = false;
    const two: Answer = (order) =>
      isWrong && order.kind === 'prepare' ? { cellHash: '', planned: null } : honest(order);
    const { fleet, prepare } = await runnerOf(t, { one: honest, two });
    await prepare();
    isWrong = true;
    await prepare(cellWith({ seed: 2 }));
    assert.deepEqual(
      fleet.members.map(({ name, lost }) => [name, lost.aborted]),
      [
        ['one', false],
        ['two', true],
      ],
    );
    assert.match(String(fleet.members[1]!.lost.reason), /agent two prepared another cell/);
  });
});

describe('the rows of a cell', () => {
  test('are sent to the agents of their connections, each once in a run; what an agent has lost is sent again', async (t) => {
    const told: string[] = [];
    const keeping = (name: string, stores: { store: RowStore }): Answer => {
      return (order) => {
        if (order.kind === 'rows') {
          told.push(`${name} ${order.rows.map(({ user }) => user).join()}`);
          stores.store.add(order);
        }
        if (order.kind !== 'prepare') return { ok: true };
        const missing = order.shard.rows === undefined ? [] : stores.store.missing(order.shard.rows);
        return missing.length > 0 ? { missing } : honest(order);
      };
    };
    const [one, two] = [{ store: new RowStore() }, { store: new RowStore() }];
    const { prepare } = await runnerOf(t, { one: keeping('one', one), two: keeping('two', two) });
    const rowsOf = (worker: number): Rows => ({ total: 2, numbers: [worker], rows: [{ user: `u${worker}` }] });
    await prepare(cellWith(), rowsOf);
    assert.deepEqual(told.sort(), ['one u0', 'two u1']);
    await prepare(cellWith({ seed: 2 }), rowsOf);
    assert.equal(told.length, 2, 'both still have theirs');
    two.store = new RowStore();
    await prepare(cellWith({ seed: 3 }), rowsOf);
    assert.deepEqual(told.slice(2), ['two u1']);
    await prepare(cellWith({ seed: 4 }));
    assert.equal(told.length, 3);
  });
});

describe('the start of a cell', () => {
  test('is not waited for beyond t0, and who hears of it late is not lost', async (t) => {
    let hear = () => {};
    const late = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const started: string[] = [];
    const starting = (name: string, until?: Promise<void>): Answer => {
      return async (order) => {
        if (order.kind === 'start') {
          await until;
          started.push(name);
        }
        return honest(order);
      };
    };
    const { fleet, runner, prepare, rest } = await runnerOf(t, { one: starting('one'), two: starting('two', late) });
    await prepare();
    const begun = runner.start(runner.instantIn(20));
    await rest();
    await begun;
    assert.deepEqual(started, ['one']);
    hear();
    await rest();
    assert.deepEqual(started, ['one', 'two']);
    assert.ok(fleet.members.every(({ lost }) => !lost.aborted));
  });

  test('is over at once for a cell that nobody works on any more', async (t) => {
    const { fleet, runner, prepare } = await runnerOf(t, { one: honest, two: honest });
    await prepare();
    const { over } = runner;
    fleet.members[0]!.lose('is gone');
    await new Promise(setImmediate);
    assert.equal(over.aborted, false);
    fleet.members[1]!.lose('is gone');
    await new Promise(setImmediate);
    assert.equal(over.aborted, true);
  });
});

describe('an agent that is told to leave', () => {
  const leaving: Report = { kind: 'leaving', why: 'the agent was told to end' };

  test('is waited for while it has a part of a cell', async (t) => {
    const { fleet, prepare, report } = await runnerOf(t, { one: honest, two: honest });
    await prepare();
    assert.equal(await report(1, 1, leaving), 'ok');
    assert.equal(fleet.members[1]!.lost.aborted, false);
  });

  test('is lost at once where it has none: nothing else will be heard of it', async (t) => {
    const { fleet, prepare, report } = await runnerOf(t, { one: honest, two: honest });
    await prepare();
    await prepare(cellWith({ seed: 2 }));
    assert.equal(await report(1, 1, leaving), 'gone', 'of the cell before');
    assert.deepEqual(
      fleet.members.map(({ lost }) => lost.aborted),
      [false, true],
    );
    assert.equal(String(fleet.members[1]!.lost.reason), 'Error: agent two was told to leave');
  });
});
