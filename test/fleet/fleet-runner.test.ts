/** The coordinator's side of a fleet, with agents on a bus in memory that a test plays. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { answerEach, ask } from '../../src/bus/exchange.js';
import type { AgentLeft } from '../../src/coordinator/cell-events.js';
import type { WsurgeError } from '../../src/errors.js';
import { Fleet } from '../../src/fleet/fleet.js';
import { FleetRunner } from '../../src/fleet/fleet-runner.js';
import { type Order, type OrderContext, orderSubject, type Report, reportSubject } from '../../src/fleet/orders.js';
import { RowStore } from '../../src/fleet/row-pieces.js';
import { GroupSums } from '../../src/metrics/group-sums.js';
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
  order.kind === 'prepare'
    ? { cellHash: cellHash(order.shard.cell), planned: null, address: '10.0.0.7' }
    : { ok: true };

/** A fleet of agents with one worker each, in the order of their names. */
async function runnerOf(t: TestContext, answers: Readonly<Record<string, Answer>>) {
  const time = new InventedTime();
  const broker = new MemoryBroker(time, 1);
  const agents = Object.keys(answers).map((name) => agentWith({ name }));
  const orders: OrderContext[] = [];
  for (const { id, name } of agents) {
    const answer = (order: Order) => answers[name]!(order);
    answerEach(broker.connect(), orderSubject(FLEET, id), ({ body }) => {
      orders.push(body as OrderContext);
      return answer((body as { order: Order }).order);
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
  const left: AgentLeft[] = [];
  const prepare = (cell = cellWith(), rowsOf: (worker: number) => Rows = () => NO_ROWS) => {
    const shards: Shard[] = agents.map((_, worker) => ({ ...shard, cell, worker, rows: rowsOf(worker) }));
    return time.until(
      runner.prepare(
        shards,
        () => {},
        (told) => left.push(told),
      ),
    );
  };
  let reports = 0;
  /** An agent tells something; the answer. */
  const report = async (name: string, told: Report, epoch = 1) => {
    const { run } = orders.at(-1)!;
    const agent = agents.find((each) => each.name === name)!.id;
    const question = { id: `r-${reports++}`, kind: told.kind, body: { agent, epoch, report: told } };
    const patience = { timeoutMs: 500, overallMs: 5000 };
    const asking = ask(broker.connect(), reportSubject(FLEET, run), question, patience, undefined, time.clock());
    return (await time.until(asking)).value;
  };
  return { fleet, runner, prepare, left, report, rest: () => time.rest() };
}

test('the cells of a run leave nothing behind at its agents', async (t) => {
  const { fleet, prepare } = await runnerOf(t, { one: honest });
  for (let cell = 0; cell < 20; cell++) await prepare(cellWith({ seed: cell }));
  assert.equal(getEventListeners(fleet.members[0]!.lost, 'abort').length, 1);
});

test('a fleet of many agents prints no warning', async (t) => {
  const warned: Error[] = [];
  const note = (warning: Error) => warned.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const names = Array.from({ length: 30 }, (_, i) => `a${i}`);
  const { prepare } = await runnerOf(t, Object.fromEntries(names.map((name) => [name, honest])));
  await prepare();
  await new Promise(setImmediate);
  assert.deepEqual(warned, []);
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

test('an agent is told with its address of the target and with its orders of this cell alone', async (t) => {
  const { fleet, runner, prepare } = await runnerOf(t, { one: honest, two: honest });
  const results = async () => {
    for (const { tally } of fleet.members) tally.repeated(1);
    for (const member of fleet.members) member.lose('is gone');
    await runner.done();
    return runner.machines().agents.map(({ agent, address, bus }) => [agent, address, bus]);
  };
  await prepare();
  await prepare(cellWith({ seed: 2 }));
  // A lost agent has told nothing of its reports.
  const bus = { reconnects: null, sent: 1, repeated: 1 };
  assert.deepEqual(await results(), [
    ['one', '10.0.0.7', bus],
    ['two', '10.0.0.7', bus],
  ]);
});

/** The end of an agent with one worker, which was lost before it wrote a line. */
async function doneWith(bus: unknown): Promise<Report> {
  const sums = new GroupSums(cellWith(), { name: 'one', workers: [0, 1] }, 1);
  await sums.walkPlans(async () => {});
  sums.workerLost(0, 'out of memory');
  const host = { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null };
  return { kind: 'done', reports: 0, end: sums.end(false, 0), host, bus } as unknown as Report;
}

test('its reports, as it counted them, are told with its orders', async (t) => {
  const { fleet, runner, prepare, report } = await runnerOf(t, { one: honest });
  await prepare();
  fleet.members[0]!.tally.repeated(2);
  await report('one', await doneWith({ reconnects: 1, sent: 40, repeated: 5 }));
  await runner.done();
  const [one] = runner.machines().agents;
  assert.deepEqual([one!.error, one!.bus], ['out of memory', { reconnects: 1, sent: 41, repeated: 7 }]);
});

test('an end without its use of the bus, or with one that is none, loses the agent', async (t) => {
  for (const bus of [undefined, { reconnects: 0, sent: -1, repeated: 0 }]) {
    const { runner, prepare, report } = await runnerOf(t, { one: honest });
    await prepare();
    await report('one', await doneWith(bus));
    await runner.done();
    assert.match(runner.machines().agents[0]!.error!, /agent one sent an end that is none/);
  }
});

describe('an agent that ends its part before its time', () => {
  test('is told as leaving, then as lost, once each', async (t) => {
    const { fleet, prepare, left, report } = await runnerOf(t, { one: honest, two: honest });
    await prepare();
    await report('two', { kind: 'leaving', why: 'SIGTERM' });
    assert.deepEqual(left, [{ type: 'agent-left', agent: 'two', workers: [1, 2], how: 'leaving', why: 'SIGTERM' }]);
    fleet.members[1]!.lose('is gone');
    fleet.members[1]!.lose('is gone again');
    assert.deepEqual(left.slice(1), [
      { type: 'agent-left', agent: 'two', workers: [1, 2], how: 'lost', why: 'agent two is gone' },
    ]);
  });

  test('is told in every cell that begins without it', async (t) => {
    const { fleet, runner, prepare, left } = await runnerOf(t, { one: honest, two: honest });
    await prepare();
    for (const member of fleet.members) member.lose('is gone');
    await runner.done();
    await prepare(cellWith({ seed: 2 }));
    const names = left.map(({ agent, how }) => `${agent} ${how}`);
    assert.deepEqual(names, ['one lost', 'two lost', 'one lost', 'two lost']);
  });
});

describe('an agent that is told to leave', () => {
  const leaving: Report = { kind: 'leaving', why: 'the agent was told to end' };

  test('is waited for while it has a part of a cell', async (t) => {
    const { fleet, prepare, report } = await runnerOf(t, { one: honest, two: honest });
    await prepare();
    assert.equal(await report('two', leaving), 'ok');
    assert.equal(fleet.members[1]!.lost.aborted, false);
  });

  test('is lost at once where it has none: nothing else will be heard of it', async (t) => {
    const { fleet, prepare, report } = await runnerOf(t, { one: honest, two: honest });
    await prepare();
    await prepare(cellWith({ seed: 2 }));
    assert.equal(await report('two', leaving), 'gone', 'of the cell before');
    assert.deepEqual(
      fleet.members.map(({ lost }) => lost.aborted),
      [false, true],
    );
    assert.equal(String(fleet.members[1]!.lost.reason), 'Error: agent two was told to leave');
  });
});
