/** What agents report to the coordinator: out of order, twice, late, or what no agent of ours would say. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { answerEach, ask, type Question } from '../../src/bus/exchange.js';
import { Fleet } from '../../src/fleet/fleet.js';
import { FleetRunner } from '../../src/fleet/fleet-runner.js';
import {
  LOST_AFTER_MS,
  type Order,
  type OrderContext,
  orderSubject,
  type Report,
  reportSubject,
} from '../../src/fleet/orders.js';
import type { GroupEnd } from '../../src/metrics/group-end.js';
import { GroupSums } from '../../src/metrics/group-sums.js';
import type { Interval, WorkerSpan } from '../../src/metrics/interval.js';
import { CellMerger } from '../../src/metrics/merge.js';
import { packLine } from '../../src/metrics/packed-line.js';
import { stillRunning } from '../../src/metrics/so-far.js';
import type { Cell, Shard } from '../../src/plan/cell.js';
import { cellHash } from '../../src/plan/cell-hash.js';
import { Rng } from '../../src/stats/rng.js';
import { InventedTime, MemoryBroker, NO_TROUBLE, type Trouble } from '../bus/memory-bus.js';
import { linesOf, totalsOf } from '../metrics/made-lines.js';
import { cellWith } from '../plan/cell-builder.js';
import { agentWith } from './agent-builder.js';
import { FLEET, shardWith } from './agent-fixture.js';

type Done = Extract<Report, { kind: 'done' }>;

const HOST = { cpuPercent: 50, rssBytes: 1e8, throttled: null, steal: null, suspendedMs: 0 };
const BUS = { reconnects: 0, sent: 3, repeated: 0 };
const NAMES = ['one', 'two'];

/** What the only worker of an honest agent tells of a cell: a report a line, and its end. */
class Story {
  readonly lines: readonly Interval[];
  readonly end: GroupEnd;

  constructor(cell: Cell, worker: number) {
    const group = { name: NAMES[worker]!, workers: [worker, worker + 1] as const };
    this.lines = linesOf(cell, worker, NAMES.length).map((line) => ({ ...line, agent: group.name }));
    const sums = new GroupSums(cell, group, NAMES.length);
    for (const line of this.lines) sums.add(line);
    sums.workerDone(totalsOf(cell, NAMES.length, this.lines));
    this.end = sums.end(false);
  }

  report(n: number, changes: Partial<Interval> = {}): Report {
    return { kind: 'lines', n, lines: [packLine({ ...this.lines[n]!, ...changes })] };
  }

  done(changes: Partial<Done> = {}): Done {
    return { kind: 'done', reports: this.lines.length, end: this.end, host: HOST, bus: BUS, ...changes };
  }
}

/** Two agents with a worker each, prepared for a cell of three seconds, and a merger that takes their lines. */
async function fleetOf(t: TestContext, wanted: Trouble = NO_TROUBLE, seed = 1) {
  const time = new InventedTime();
  const clock = time.clock();
  // Trouble is for reports alone.
  const trouble: Trouble = { ...NO_TROUBLE };
  const broker = new MemoryBroker(time, seed, trouble);
  const agents = NAMES.map((name) => agentWith({ name }));
  let run = '';
  /** How long an agent takes to answer a beat. */
  const slow = { beatMs: 0 };
  const after = (ms: number) => new Promise<void>((resolve) => void time.after(ms, resolve));
  for (const { id } of agents) {
    const answers = async ({ body }: Question) => {
      const told = body as OrderContext & { order: Order };
      run = told.run;
      if (told.order.kind === 'beat') await after(slow.beatMs);
      return told.order.kind === 'prepare'
        ? { cellHash: cellHash(told.order.shard.cell), planned: null, address: null }
        : { ok: true };
    };
    answerEach(broker.connect(), orderSubject(FLEET, id), answers, clock);
  }
  const request = { fleet: FLEET, agents, by: 'a test', instrumentCheck: false, clock };
  const leased = Fleet.lease(broker.connect(), request);
  const fleet = await time.until(leased);
  const ranges = agents.map(({ id }, at) => ({ agent: id, from: at, to: at + 1 }));
  const runner = new FleetRunner(fleet, ranges);
  t.after(() => {
    Object.assign(trouble, NO_TROUBLE);
    return time.until(runner.dispose());
  });
  const cell = cellWith({ connections: { from: 20, to: 20 }, warmupMs: 0, durationMs: 3000 });
  const merger = new CellMerger(cell, runner.groups());
  const taken: Interval[] = [];
  const gone: WorkerSpan[] = [];
  const { from: _, to: __, rows: ___, ...shard } = shardWith({ workers: 2 });
  const shards: Shard[] = agents.map((_agent, worker) => ({
    ...shard,
    cell,
    worker,
    rows: { total: 0, numbers: [], rows: [] },
  }));
  const onLine = (line: Interval) => {
    taken.push(line);
    merger.add(line);
  };
  await time.until(runner.prepare(shards, onLine, ({ how, workers }) => how === 'lost' && gone.push(workers)));
  Object.assign(trouble, wanted);
  const bus = broker.connect();
  let asked = 0;
  /** The answer: `ok`, `gone`, or an error. */
  const send = async (name: string, report: unknown, epoch: unknown = 1): Promise<unknown> => {
    const body = { agent: agents[NAMES.indexOf(name)]!.id, epoch, report };
    const question = { id: `${name}-${asked++}`, kind: 'report', body };
    const patience = { timeoutMs: 100, overallMs: 600_000 };
    return (await ask(bus, reportSubject(FLEET, run), question, patience, undefined, time.clock())).value;
  };
  return {
    ...{ time, fleet, runner, cell, merger, taken, gone, send, bus, slow },
    passes: (ms: number) => time.until(after(ms)),
    subject: () => reportSubject(FLEET, run),
    stories: NAMES.map((_name, worker) => new Story(cell, worker)) as [Story, Story],
    tell: (name: string, report: unknown, epoch?: unknown) => time.until(send(name, report, epoch)),
    lost: () => fleet.members.flatMap(({ lost }) => (lost.aborted ? [String((lost.reason as Error).message)] : [])),
  };
}

type TestFleet = Awaited<ReturnType<typeof fleetOf>>;

/** All that an honest agent tells. */
async function tellAll({ tell, stories }: TestFleet, worker: number, done = stories[worker]!.done()): Promise<void> {
  const story = stories[worker]!;
  for (const n of story.lines.keys()) assert.equal(await tell(NAMES[worker]!, story.report(n)), 'ok');
  assert.equal(await tell(NAMES[worker]!, done), 'ok');
}

/** The cell's result, once every agent has ended. */
async function resultOf({ time, runner, merger }: TestFleet) {
  for (const outcome of await time.until(runner.done())) {
    if (outcome.status === 'done') merger.groupDone(outcome.end);
    else merger.groupLost(outcome.workers, outcome.error, outcome.planned);
  }
  return merger.finish({ ...stillRunning(3000), interrupted: false, withoutTotals: false });
}

describe('reports', () => {
  test('in any order, doubled, late and lost on the way: each line is merged once, in the order written', async (t) => {
    for (let seed = 1; seed <= 12; seed++) {
      const fleet = await fleetOf(t, { lost: 0.2, doubled: 0.3, delayMs: 80, cutMs: 0 }, seed);
      const { time, send, stories, taken, lost } = fleet;
      const rng = new Rng(seed);
      for (const [worker, story] of stories.entries()) {
        // Some are sent twice, as questions of their own.
        const numbers = [...story.lines.keys(), ...story.lines.keys()].filter(
          (n, at) => at === n || rng.below(2) === 0,
        );
        const shuffled = numbers.map((n) => ({ n, at: rng.next() })).sort((a, b) => a.at - b.at);
        const answers = shuffled.map(({ n }) => send(NAMES[worker]!, story.report(n)));
        assert.ok((await time.until(Promise.all(answers))).every((answer) => answer === 'ok'));
        assert.deepEqual(await time.until(send(NAMES[worker]!, story.done())), 'ok');
      }
      assert.deepEqual(
        taken,
        stories.flatMap(({ lines }) => lines),
        `seed ${seed}`,
      );
      assert.deepEqual(lost(), []);
      const { laws, connections, flows } = await resultOf(fleet);
      assert.deepEqual(laws, []);
      assert.equal(connections.held, 20);
      assert.equal(flows[0]!.messages.answered, 300);
    }
  });

  test('of another cell are answered `gone`, and nothing of them is taken', async (t) => {
    const fleet = await fleetOf(t);
    const { tell, stories, taken, lost } = fleet;
    for (const epoch of [0, 2, -1, '1', null, {}]) {
      assert.equal(await tell('two', stories[1].report(0), epoch), 'gone');
      assert.equal(await tell('two', stories[1].done({ reports: 0 }), epoch), 'gone');
    }
    assert.deepEqual([taken, lost()], [[], []]);
    await tellAll(fleet, 1);
    assert.equal(taken.length, stories[1].lines.length);
  });

  test('of no agent of this run are answered, and change nothing', async (t) => {
    const { time, bus, subject, taken, lost } = await fleetOf(t);
    const bodies = [null, 7, 'text', [], {}, { agent: 'x', epoch: 1 }, { agent: { toString: 1 }, epoch: 1 }];
    for (const [i, body] of bodies.entries()) {
      const question = { id: `odd-${i}`, kind: 'report', body };
      const patience = { timeoutMs: 100, overallMs: 1000 };
      const asked = ask(bus, subject(), question, patience, undefined, time.clock());
      assert.notEqual((await time.until(asked)).value, 'ok');
    }
    assert.deepEqual([taken, lost()], [[], []]);
  });
});

describe('an end', () => {
  test('that comes twice is taken once: what the second one says does not matter', async (t) => {
    const fleet = await fleetOf(t);
    const { tell, stories, lost } = fleet;
    await tellAll(fleet, 0);
    await tellAll(fleet, 1);
    const second = stories[1].done({ reports: 99, end: { ...stories[1].end, openAtEnd: 5 } });
    assert.equal(await tell('two', second), 'ok');
    assert.equal(await tell('two', stories[1].report(0)), 'ok', 'a line that was taken before');
    assert.deepEqual(lost(), []);
    const { laws, connections } = await resultOf(fleet);
    assert.deepEqual([laws, connections.openAtEnd], [[], 0]);
  });

  test('that comes before the last line loses the agent, and what it tells later is no longer taken', async (t) => {
    const fleet = await fleetOf(t);
    const { tell, stories, taken, lost, gone } = fleet;
    await tellAll(fleet, 0);
    const before = taken.length;
    const last = stories[1].lines.length - 1;
    for (let n = 0; n < last; n++) await tell('two', stories[1].report(n));
    assert.equal(await tell('two', stories[1].done()), 'gone');
    assert.deepEqual(lost(), [`agent two sent an end that is none: ${last} of its ${last + 1} reports have come`]);
    assert.equal(await tell('two', stories[1].report(last)), 'gone');
    assert.equal(taken.length, before + last);
    assert.deepEqual(gone, [[1, 2]]);
    const { client, connections } = await resultOf(fleet);
    assert.equal(connections.held, 10);
    assert.ok(client.workers.some(({ worker, status }) => worker === 1 && status === 'lost'));
  });

  test('whose counts are not those of its lines breaks a law that names the agent', async (t) => {
    const fleet = await fleetOf(t);
    const { written } = fleet.stories[1].end;
    const measure = written.counters.measure.map((count) => 2 * count);
    const end = {
      ...fleet.stories[1].end,
      written: { ...written, lines: 17, counters: { ...written.counters, measure } },
    };
    await tellAll(fleet, 0);
    await tellAll(fleet, 1, fleet.stories[1].done({ end }));
    const { laws } = await resultOf(fleet);
    const own = laws.filter(({ where }) => where.endsWith('agent two'));
    assert.ok(
      own.some(({ law, left, right }) => law === 'lines written = lines received' && left === 17 && right < 17),
    );
    assert.ok(own.some(({ law }) => law === 'sum over seconds = total (measure answered)'));
    assert.ok(laws.every(({ where }) => !where.endsWith('agent one')));
  });

  test('is told by a survivor after the other agent is lost', async (t) => {
    const fleet = await fleetOf(t);
    fleet.fleet.members[1]!.lose('is gone');
    await tellAll(fleet, 0);
    assert.deepEqual(fleet.gone, [[1, 2]]);
    const { connections } = await resultOf(fleet);
    assert.equal(connections.held, 10);
    fleet.fleet.members[0]!.lose('is gone, too');
    assert.deepEqual(fleet.gone, [[1, 2]], 'it had told everything');
  });
});

describe('an agent is lost by', () => {
  const flowWith = (story: Story, n: number, changes: object) => ({
    flow: story.lines[n]!.flow.map((delta) => ({ ...delta, ...changes })),
  });
  /** The report, after the first line was taken; and what is said of it. */
  const cases: Readonly<Record<string, readonly [(story: Story) => unknown, RegExp]>> = {
    'a line of workers that it does not have': [
      (story) => story.report(1, { workers: [0, 1] }),
      /^agent two sent a line that is none: workers are 0 to 1$/,
    ],
    'a line of more workers than it has': [(story) => story.report(1, { workers: [1, 3] }), /workers are 1 to 3$/],
    'a line of another cell': [(story) => story.report(1, { cell: 'other' }), /cell is other, not /],
    'a line in the name of another agent': [(story) => story.report(1, { agent: 'one' }), /is of another agent$/],
    'negative counts': [(story) => story.report(1, flowWith(story, 1, { counters: [-1] })), /counters is not a list/],
    'counts that are no numbers': [(story) => story.report(1, flowWith(story, 1, { counters: ['9'] })), /counters/],
    'more counts than there are': [
      (story) => story.report(1, flowWith(story, 1, { counters: new Array(200).fill(0) })),
      /counters/,
    ],
    'a negative count of connections': [
      (story) => story.report(1, { connections: { ...story.lines[1]!.connections, opened: -5 } }),
      /connections\.opened is not a number/,
    ],
    'buckets that do not rise': [
      (story) => story.report(1, { pings: [7, 1, 3, 1] }),
      /pings has an invalid bucket at 2$/,
    ],
    'a request of no plan': [(story) => story.report(1, flowWith(story, 1, { request: 0 })), /a request of no plan$/],
    'a second that no run has': [
      (story) => story.report(1, { second: 90_000_000 }),
      /none: it is of a time long after the plan$/,
    ],
    'messages of a second that no run has': [
      (story) => story.report(1, flowWith(story, 1, { second: 90_000_000 })),
      /long after the plan$/,
    ],
    'a line that took years': [(story) => story.report(1, { elapsedMs: 9e10 }), /long after the plan$/],
    'a line that is none': [() => ({ kind: 'lines', n: 1, lines: [null] }), /a line that is none: is not an object$/],
    'lines that are no list': [() => ({ kind: 'lines', n: 1, lines: 'abc' }), /a report of lines that is none$/],
    'a report with a negative number': [() => ({ kind: 'lines', n: -1, lines: [] }), /a report of lines that is none$/],
    'a report with half a number': [() => ({ kind: 'lines', n: 1.5, lines: [] }), /a report of lines that is none$/],
    'a report of no kind': [() => ({ kind: 'mystery' }), /^agent two sent a report of no known kind$/],
    'no report': [() => null, /^agent two sent a report that is none$/],
    'a report that is a text': [() => 'done', /^agent two sent a report that is none$/],
    'more connections than there are': [
      () => ({ kind: 'connected', call: 0, open: 21 }),
      /^agent two says that it has opened connections that the cell does not have$/,
    ],
    'fewer connections than none': [() => ({ kind: 'connected', call: 0, open: -1 }), /connections that the cell/],
    'connections that are no number': [() => ({ kind: 'connected', call: 0, open: '20' }), /connections that the cell/],
    'an end that is none': [(story) => story.done({ end: null as never }), /an end that is none: is not an object$/],
    'an end without a host': [(story) => story.done({ host: null as never, reports: 1 }), /an end that is none: /],
    'an end of another agent': [
      (story) => story.done({ reports: 1, end: { ...story.end, workers: [0, 1] } }),
      /an end that is none: is of the workers 0 to 0$/,
    ],
    'an end with negative counts': [
      (story) => story.done({ reports: 1, end: { ...story.end, openAtEnd: -1 } }),
      /an end that is none: openAtEnd is not a number/,
    ],
  };
  for (const [name, [report, said]] of Object.entries(cases)) {
    test(name, async (t) => {
      const fleet = await fleetOf(t);
      const { tell, stories, taken, lost } = fleet;
      assert.equal(await tell('two', stories[1].report(0)), 'ok');
      assert.equal(await tell('two', report(stories[1])), 'gone');
      assert.equal(lost().length, 1);
      assert.match(lost()[0]!, said);
      assert.equal(taken.length, 1, 'nothing of it is taken');
      assert.equal(await tell('two', stories[1].report(1)), 'gone');
      // The other one goes on, and the cell ends.
      await tellAll(fleet, 0);
      const result = await resultOf(fleet);
      assert.deepEqual(
        result.laws.filter(({ where }) => where.includes('agent one')),
        [],
      );
      assert.equal(result.client.workers.find(({ worker }) => worker === 1)!.status, 'lost');
    });
  }

  test('a line after its end', async (t) => {
    const fleet = await fleetOf(t);
    await tellAll(fleet, 1);
    const { taken, stories, tell, lost } = fleet;
    const { length } = taken;
    const extra = { kind: 'lines', n: length, lines: [packLine(stories[1].lines[1]!)] };
    assert.equal(await tell('two', extra), 'gone');
    assert.deepEqual(lost(), ['agent two sent a line after its end']);
    assert.equal(taken.length, length);
  });

  test('many reports that wait for one that does not come', async (t) => {
    const { tell, stories, lost, taken } = await fleetOf(t);
    const answers: unknown[] = [];
    for (let n = 1; n < 30; n++) answers.push(await tell('two', { ...stories[1].report(1), n }));
    assert.equal(answers.filter((answer) => answer === 'ok').length, 17);
    assert.deepEqual([lost(), taken], [['agent two has not sent its report 0'], []]);
  });
});

test('the connections that are open are those that the agents told, each of them once', async (t) => {
  const { time, passes, runner, send, fleet } = await fleetOf(t);
  const open = runner.connect(runner.instantIn(0));
  await passes(0);
  await time.until(send('one', { kind: 'connected', call: 0, open: 10 }));
  await time.until(send('one', { kind: 'connected', call: 0, open: 3 }));
  await time.until(send('two', { kind: 'connected', call: 7, open: 4 }));
  await time.until(send('two', { kind: 'connected', call: 0, open: 9 }));
  assert.equal(await time.until(open), 19);
  const more = runner.connect(runner.instantIn(0));
  await time.until(send('one', { kind: 'connected', call: 1, open: 10 }));
  fleet.members[1]!.lose('is gone');
  assert.equal(await time.until(more), 10);
});

test('who reports is there, also if its answers to beats come too late', async (t) => {
  const { tell, stories, lost, slow, passes } = await fleetOf(t);
  slow.beatMs = 1500;
  for (const n of [0, 1, 2]) {
    await passes(LOST_AFTER_MS / 3);
    assert.equal(await tell('two', stories[1].report(n)), 'ok');
  }
  assert.deepEqual(lost(), []);
  await passes(LOST_AFTER_MS / 3);
  assert.equal(lost().length, 1);
  assert.match(lost()[0]!, /^agent one does not answer: nothing heard for 1[2-4] s$/);
});
