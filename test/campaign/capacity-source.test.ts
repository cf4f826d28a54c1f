import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CapacityPlan, CapacitySource } from '../../src/campaign/capacity-source.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Cell } from '../../src/plan/cell.js';
import type { Threshold } from '../../src/profile/profile.js';
import { parseExpression } from '../../src/profile/threshold-text.js';
import { type Asked, answerOf } from '../../src/verdict/capacity-answer.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell, judgementOf } from '../verdict/cell-fixture.js';
import { withFanout } from '../verdict/fanout-fixture.js';

const expression = 'p(99)<50ms';
const parsed = parseExpression(expression, 'ws_response_time');
assert.ok(!('message' in parsed));
const SLO: Threshold = {
  ...{ metric: 'ws_response_time', selector: {}, expression, ...parsed },
  ...{ title: null, gate: true, abortOnFail: false, delayAbortEvalMs: 0 },
};

const TEMPLATE = cellWith({
  connections: { from: 50, to: 50 },
  rate: { from: 500, to: 500 },
  axes: { connections: 50, rate: 500 },
  durationMs: 5000,
});

const PLAN: CapacityPlan = {
  axis: 'connections',
  template: TEMPLATE,
  perConnection: true,
  ...{ rooms: 1, fewest: 1 },
  rows: [],
  maxConnections: 100_000,
  maxRatePerSecond: 1_000_000,
  slo: SLO,
  freeCores: null,
  workers: 1,
  samples: 1000,
};

const ASKED: Asked = {
  axis: 'connections',
  rooms: null,
  ratePerConnection: 10,
  quantile: 'p99',
  require: null,
  max: { text: 'no step failed up to --max', fix: null },
};

const FAST_US = [2000, 2500, 3000];
const SLOW_US = [60_000, 70_000, 80_000];

/** What a server would leave that answers fast while `holds`, slowly otherwise. */
function served(cell: Cell, holds: boolean, cpuPercent = 40): CellResult {
  return healthyCell({
    ...{ id: cell.id, load: cell.load, connections: cell.connections.to, rate: cell.rate!.to, durationMs: 5000 },
    ...{ serviceUs: holds ? FAST_US : SLOW_US, cpuPercent, addedUs: [60] },
  });
}

function searched(plan: CapacityPlan, server: (cell: Cell) => CellResult): { source: CapacitySource; cells: Cell[] } {
  const source = new CapacitySource(plan);
  const cells: Cell[] = [];
  for (let cell = source.next(); cell !== null; cell = source.next()) {
    cells.push(cell);
    source.settle(server(cell));
  }
  return { source, cells };
}

function answer({ source }: { source: CapacitySource }, asked: Partial<Asked> = {}) {
  const row = source.rows()[0]!;
  return answerOf(
    { ...row, end: row.end!, last: source.steps.at(-1) ?? null, left: source.left },
    { ...ASKED, ...asked },
  );
}

/** What a generator leaves that could not send what was planned. */
function starved(result: CellResult): CellResult {
  const workers = result.client.workers.map((worker) => {
    const { messages } = worker;
    const sent = Math.round(messages.planned / 2);
    return { ...worker, messages: { ...messages, sent, unsentAtStop: messages.planned - sent } };
  });
  const found = { ...result, client: { ...result.client, workers } };
  assert.equal(judgementOf(found).validity, 'invalid');
  return found;
}

function withLostAgent(result: CellResult): CellResult {
  const clock = { errorUs: 1, driftUs: 0 };
  const agent = (name: string, at: number) =>
    ({
      agent: name,
      workers: [at, at + 1],
      status: 'done',
      error: null,
      clock,
      address: null,
      bus: { reconnects: 0, sent: 10, repeated: 0 },
      host: null,
    }) as const;
  const error = 'agent two is gone: nothing heard for 12 s';
  const agents = [agent('one', 0), { ...agent('two', 1), status: 'lost' as const, error }];
  return { ...result, client: { ...result.client, agents } };
}

describe('a capacity search over cells', () => {
  it('keeps the rate on each connection, and gives every step an id and a seed of its own', () => {
    const { cells, source } = searched(PLAN, (cell) => served(cell, cell.connections.to <= 700));
    for (const cell of cells) assert.equal(cell.rate!.to, cell.connections.to * 10);
    for (const of of ['id', 'seed'] as const) assert.equal(new Set(cells.map((cell) => cell[of])).size, cells.length);
    const [row] = source.rows();
    assert.ok(row!.level! <= 700 && row!.level! >= 665, String(row!.level));
    assert.equal(row!.confirmed, true);
    assert.equal(row!.passed!.trial.purpose, 'confirm');
  });

  it('measures long enough for the quantile', () => {
    const slow = { ...TEMPLATE, rate: { from: 50, to: 50 } };
    const [first] = searched({ ...PLAN, template: slow, maxConnections: 50 }, (cell) => served(cell, true)).cells;
    assert.equal(first!.durationMs, 24_000);
  });

  it('says in one line what was found, how sure it is, and what the limit is', () => {
    const found = answer(searched(PLAN, (cell) => served(cell, cell.connections.to <= 700, 97)));
    assert.match(
      found.text,
      /^\d{3} connections at 10\/s each, p99 \d\S* ms \[\S+, \S+\], limited by: target CPU 97 %; \d+ us of the server's CPU a message: full at about \S+\/s$/,
    );
    assert.equal(found.exitCode, 0);
    assert.equal(found.atLeast, false);
  });

  it('learns nothing from a step that lost an agent, and says what it knew before', () => {
    const source = new CapacitySource(PLAN);
    const first = source.next()!;
    source.settle(served(first, true));
    const second = source.next()!;
    source.settle(withLostAgent(served(second, false)));
    assert.equal(source.left, 'agent two is gone: nothing heard for 12 s');
    assert.equal(source.steps.length, 1);
    const [row] = source.rows();
    assert.deepEqual([row!.end, row!.failed], [null, null]);
    const found = { ...row!, end: 'agent_gone' as const, last: source.steps.at(-1)!, left: source.left };
    const enough = answerOf(found, { ...ASKED, require: 10 });
    assert.match(
      enough.text,
      /^>= 50 connections .* so far; the search ended: agent two is gone: nothing heard for 12 s$/,
    );
    assert.deepEqual([enough.atLeast, enough.limitedBy?.by, enough.exitCode], [true, 'client', 98]);
    const nothing = answerOf({ ...found, passed: null, last: null }, ASKED);
    assert.equal(
      nothing.text,
      'no answer: no step passed before the search ended: agent two is gone: nothing heard for 12 s',
    );
    assert.equal(nothing.exitCode, 98);
    // With another agent in its place the step is run again.
    assert.deepEqual(source.next(), second);
    assert.equal(source.left, null);
  });

  it('exits 99 below what is required', () => {
    const found = searched(PLAN, (cell) => served(cell, cell.connections.to <= 700));
    assert.equal(answer(found, { require: 800 }).exitCode, 99);
    assert.equal(answer(found, { require: 600 }).exitCode, 0);
  });

  it('exits 98 where the generator is the limit, and says what to add', () => {
    const found = answer(
      searched(PLAN, (cell) => (cell.connections.to <= 400 ? served(cell, true) : starved(served(cell, true)))),
    );
    assert.match(found.text, /^>= \d{3} connections .*, the generator is the limit: add workers/);
    assert.equal(found.exitCode, 98);
    assert.equal(found.atLeast, true);
  });

  it('finds the limit of a server however doubtful the generator, where the bounds decide', () => {
    const doubtful = (cell: Cell) => {
      const result = served(cell, cell.connections.to <= 700, cell.connections.to / 8);
      const workers = result.client.workers.map((worker) => ({ ...worker, runQueueWait: 0.4, busy: 0.9 }));
      return { ...result, client: { ...result.client, workers } };
    };
    const found = answer(searched(PLAN, doubtful));
    assert.match(found.text, /^6\d\d connections .*, limited by: ws_response_time p\(99\) 80/);
    assert.deepEqual([found.exitCode, found.atLeast], [0, false]);
  });

  it('paces finer and looks longer where only the generator stands between the bounds, then says so', () => {
    const late = (cell: Cell) =>
      healthyCell({
        ...{ id: cell.id, connections: cell.connections.to, rate: cell.rate!.to, durationMs: 5000, addedUs: [60] },
        ...{ serviceUs: [14_000], lagUs: cell.connections.to <= 400 ? [1000] : [60_000] },
      });
    const { source, cells } = searched({ ...PLAN, freeCores: 0, workers: 2 }, late);
    const found = answer({ source });
    assert.match(found.text, /^>= \d{3} connections .*the generator is the limit: use --pacing metronome/);
    assert.equal(found.exitCode, 98);
    const again = cells.filter((_, i) => source.steps[i]!.trial.finer);
    assert.ok(
      again.length > 0 && again.every(({ durationMs, pacing }) => durationMs === 20_000 && pacing === 'metronome'),
    );
    assert.equal(cells.find(({ rate }) => rate!.to > 2500)!.pacing, 'timer', 'the first time as auto has it');
    const given = searched(PLAN, late).cells;
    assert.ok(
      given.every(({ pacing }) => pacing === undefined),
      'a pacing that was given stays',
    );
  });

  it('leaves the helper thread out where it would take from a target on the same cores, and the limit is coarse', () => {
    const paced = (limitMs: number, freeCores: number) =>
      new CapacitySource({ ...PLAN, slo: { ...SLO, limit: limitMs * 1000 }, freeCores }).next()!.pacing;
    assert.deepEqual([paced(50, 0), paced(19, 0), paced(50, 1)], ['timer', 'metronome', 'metronome']);
  });

  it('does not let a generator pass that kept part of the load back', () => {
    const lazy = (cell: Cell) => {
      const result = served(cell, true);
      return {
        ...result,
        client: {
          ...result.client,
          workers: result.client.workers.map((worker) => ({ ...worker, connectTrouble: 1 })),
        },
        connections: { ...result.connections, held: result.connections.held - 1 },
      };
    };
    assert.match(answer(searched(PLAN, lazy)).text, /^no answer: the generator is the limit even at/);
  });

  it('says that the SLO fails even at the lowest step tried, and keeps it', () => {
    const failed = searched(PLAN, (cell) => served(cell, false));
    const found = answer(failed);
    assert.match(found.text, /^no capacity: the SLO fails even at 13 connections and 130 msg\/s: /);
    assert.match(found.text, /p\(99\) 80\S* ms/);
    assert.equal(found.exitCode, 99);
    assert.deepEqual(
      failed.source.steps.map(({ connections }) => connections),
      [50, 50, 13, 13, 3, 3],
      'fewer messages than the quantile takes say nothing',
    );
  });

  it('says that nothing failed up to --max, and what this machine would have to grant', () => {
    const found = searched({ ...PLAN, maxConnections: 200 }, (cell) => served(cell, true));
    assert.match(answer(found).text, /^>= 200 connections .*, no step failed up to --max; 200 us of/);
    assert.equal(answer(found).exitCode, 0);
    const byMachine = answer(found, { max: { text: 'this machine grants 300 open files', fix: 'ulimit -n 65536' } });
    assert.match(
      byMachine.text,
      /the generator is the limit: this machine grants 300 open files; ulimit -n 65536; 200 us of/,
    );
    assert.equal(byMachine.exitCode, 98);
  });

  it('keeps the answer so far where the server dies', () => {
    const dead = (cell: Cell): CellResult => {
      const result = served(cell, true);
      const errors = [{ phase: 'connect' as const, code: 'ECONNREFUSED', count: cell.connections.to }];
      const none = { ...result.connections, opened: 0, held: 0, failed: cell.connections.to, closedClean: 0 };
      return { ...result, connections: none, errors };
    };
    const found = answer(searched(PLAN, (cell) => (cell.connections.to < 150 ? served(cell, true) : dead(cell))));
    assert.match(found.text, /^>= 113 connections .* so far; then the target went down: /);
    assert.deepEqual([found.target, found.exitCode], ['down', 99]);
  });

  it('a server that dies while connections are let in went down, and did not miss the SLO', () => {
    const found = answer(
      searched(PLAN, (cell) => {
        const result = served(cell, true);
        const connections = { ...result.connections, opened: 15, held: 0, failed: 35, closedClean: 0, closedDirty: 15 };
        return { ...result, connections, errors: [{ phase: 'connect', code: 'ECONNREFUSED', count: 35 }] };
      }),
    );
    assert.match(found.text, /^no answer: the target went down at 50 connections /);
    assert.deepEqual([found.target, found.exitCode], ['down', 99]);
  });

  it('does not decide without samples', () => {
    const few = (cell: Cell) =>
      healthyCell({ id: cell.id, connections: cell.connections.to, rate: 1, durationMs: 5000 });
    const found = answer(searched({ ...PLAN, maxConnections: 100 }, few));
    assert.match(found.text, /^no answer: there was nothing to judge by/);
    assert.equal(found.exitCode, 98);
  });

  it('searches the rate at each connection count, from where the one before ended, and runs the best again', () => {
    const capacityAt = (connections: number) => 6000 - 10 * connections;
    const { source, cells } = searched({ ...PLAN, axis: 'both', rows: [50, 100, 200] }, (cell) =>
      served(cell, cell.rate!.to <= capacityAt(cell.connections.to)),
    );
    const rows = source.rows();
    assert.deepEqual(
      rows.map(({ connections }) => connections),
      [50, 100, 200],
    );
    for (const { connections, level } of rows) {
      const capacity = capacityAt(connections!);
      assert.ok(level! <= capacity && level! * 1.06 >= capacity, `${connections}: ${level} of ${capacity}`);
    }
    assert.equal(cells.at(-1)!.connections.to, 50);
    assert.equal(cells.at(-1)!.rate!.to, rows[0]!.level);
    assert.equal(source.steps.at(-1)!.row, 0);
    assert.deepEqual(
      rows.map(({ confirmed }) => confirmed),
      [true, false, false],
    );
    const climbs = source.steps.filter(({ row, trial }) => row === 1 && trial.purpose === 'climb');
    assert.ok(climbs.length <= 4, 'the second row does not start from the bottom');
  });

  it('lets no answer of a grid stand that did not hold again: its row is narrowed, or another one speaks', () => {
    const grid: CapacityPlan = { ...PLAN, axis: 'both', rows: [50, 100] };
    const shaky = searched(grid, (cell) => served(cell, cell.rate!.to <= (cell.connections.to === 50 ? 3000 : 2000)));
    const best = shaky.source.rows()[0]!.level!;
    let again = 0;
    // At 50 connections nothing holds that was run once before.
    const seen = new Set<string>();
    const { source } = searched(grid, (cell) => {
      const key = `${cell.connections.to}-${cell.rate!.to}`;
      const isAgain = seen.has(key) && cell.connections.to === 50;
      if (isAgain && cell.rate!.to <= 3000) again++;
      seen.add(key);
      return served(cell, !isAgain && cell.rate!.to <= (cell.connections.to === 50 ? 3000 : 2000));
    });
    assert.ok(again >= 2);
    const sure = source.rows().filter(({ confirmed }) => confirmed);
    assert.deepEqual(
      sure.map(({ connections }) => connections),
      [100],
    );
    assert.ok(sure[0]!.level! < best);
  });
});

describe('a search for subscribers', () => {
  const slo = { ...SLO, metric: 'ws_deliver_last' as const };
  /** Twelve subscribers of a room get every message. */
  const plan: CapacityPlan = { ...PLAN, axis: 'subscribers', perConnection: false, rooms: 3, slo };
  const hub = (cell: Cell): CellResult => {
    const connections = cell.connections.to;
    const healthy = healthyCell({ id: cell.id, load: cell.load, connections, rate: 500, durationMs: 5000 });
    return withFanout(healthy, { messages: 2500, missed: connections > 36 ? 500 : 0, addedUs: [60] });
  };

  it('raises all rooms together, and answers with the size of one', () => {
    const { source, cells } = searched({ ...plan, template: { ...TEMPLATE, connections: { from: 12, to: 12 } } }, hub);
    for (const { connections, rate } of cells) {
      assert.equal(connections.to % 3, 0);
      assert.equal(rate!.to, 500, 'the load stays the same');
    }
    const [row] = source.rows();
    assert.deepEqual([row!.level, row!.end, row!.confirmed], [12, 'found', true]);
    const found = {
      ...({ end: 'found', confirmed: true, passed: row!.passed, failed: row!.failed } as const),
      last: source.steps.at(-1)!,
      left: null,
    };
    const asked: Asked = { ...ASKED, axis: 'subscribers', rooms: 3, ratePerConnection: null };
    const answer = answerOf(found, { ...asked, quantile: 'last delivery p99', require: 12 });
    assert.match(
      answer.text,
      /^12 subscribers in a room \(3 rooms, 36 connections\) at 500\/s in total \(18,000 deliveries\/s\), last delivery p99 /,
    );
    assert.match(answer.text, /limited by: 500 of .* deliveries missed/);
    assert.deepEqual([answer.exitCode, answerOf(found, { ...asked, require: 13 }).exitCode], [0, 99]);
  });

  it('goes no lower than what a message needs to reach anybody', () => {
    const broken = (cell: Cell) => withFanout(hub(cell), { missed: 500 });
    const { cells } = searched({ ...plan, fewest: 2 }, broken);
    assert.equal(Math.min(...cells.map(({ connections }) => connections.to)), 6);
  });
});
