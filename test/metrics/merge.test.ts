import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { C } from '../../src/metrics/counters.js';
import { flowOf } from '../../src/metrics/flow.js';
import { Totals } from '../../src/metrics/histogram.js';
import type { FlowDelta, Interval, WorkerTotals } from '../../src/metrics/interval.js';
import { type CellContext, COUNTS_ALONE } from '../../src/metrics/so-far.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { countersIn, countsOf } from '../report/run/saved-fixture.js';
import { linesOf, PAYLOAD_BYTES, totalsOf } from './made-lines.js';
import { MergedThreads } from './merged-threads.js';

const WORKERS = 2;
/** 10 messages a second on 4 connections: 5 a second for each of two workers. One second of warm-up, six measured. */
const CELL = cellWith({
  ...{ connections: { from: 4, to: 4 }, rate: { from: 10, to: 10 }, axes: { connections: 4, rate: 10 } },
  ...{ warmupMs: 1000, durationMs: 6000 },
});
const CLOSED = cellWith({ ...CELL, model: 'closed', rate: null, axes: { connections: 4, rate: null } });
const NO_TEXTS = { response: null, service: null, lag: null };
const LISTEN = cellWith({ ...CELL, model: 'listen', rate: null, axes: { connections: 4, rate: null } });

function contextOf(cell: Cell, some: Partial<CellContext> = {}): CellContext {
  return {
    ...{ pacing: 'timer', interrupted: false, restartProblems: new Map() },
    phases: [{ name: 'measure', fromMs: 1000, toMs: 1000 + cell.durationMs }],
    server: { status: 'unavailable', engine: null, reason: 'a test' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
    ...some,
  };
}

/** The lines of each worker. */
const allLines = (cell: Cell) => Array.from({ length: WORKERS }, (_, worker) => linesOf(cell, worker, WORKERS));

interface Told {
  readonly lines: readonly Interval[];
  readonly totals: readonly WorkerTotals[];
}

/** What all workers tell, changed by a test. The totals are those of the unchanged lines. */
function toldOf(cell: Cell, change: (line: Interval) => Interval = (line) => line): Told {
  const lines = allLines(cell);
  const totals = lines.map((own) => totalsOf(cell, WORKERS, own));
  return { lines: lines.flat().map(change), totals };
}

function resultOf(cell: Cell, { lines, totals }: Told, some: Partial<CellContext> = {}): CellResult {
  const merger = new MergedThreads(cell, WORKERS);
  for (const line of lines) merger.add(line);
  for (const each of totals) merger.workerDone(each);
  return merger.finish(contextOf(cell, some));
}

describe('a cell merged from the lines of its workers', () => {
  it('an open cell: messages, rates, quantiles, seconds, connections', () => {
    const result = resultOf(CELL, toldOf(CELL));
    const { messages, warmup, latencyUs, histograms, warmupUs } = flowOf(result);
    assert.deepEqual([messages.planned, messages.answered, messages.lost, warmup.planned], [60, 60, 0, 10]);
    assert.deepEqual(
      [result.rate.askedPerSecond, result.rate.plannedPerSecond, result.rate.answeredPerSecond],
      [10, 10, 10],
    );
    assert.deepEqual([latencyUs.response!.count, latencyUs.service!.count, latencyUs.lag!.count], [60, 60, 60]);
    assert.ok(latencyUs.response!.p50! > latencyUs.service!.p50!, 'the lateness in sending is part of it');
    assert.ok(histograms.response !== null && warmupUs!.count === 10);
    assert.deepEqual([result.connections.asked, result.connections.held, result.connections.openAtEnd], [4, 4, 0]);
    assert.deepEqual(result.bytes, { sent: 60 * PAYLOAD_BYTES, received: 60 * PAYLOAD_BYTES });
    assert.deepEqual(
      result.seconds.map(({ phase, second, planned, answered, open }) => [phase, second, planned, answered, open]),
      [['warmup', 0, 10, 10, null], ...[0, 1, 2, 3, 4, 5].map((second) => ['measure', second, 10, 10, 4])],
    );
    assert.deepEqual(result.laws, []);
  });

  it('a closed cell has no response time, no backlog and no plan to compare with', () => {
    const result = resultOf(CLOSED, toldOf(CLOSED));
    const { messages, latencyUs, histograms, warmupUs } = flowOf(result);
    assert.deepEqual([messages.planned, latencyUs.service!.count, warmupUs!.count], [72, 72, 12]);
    assert.deepEqual([latencyUs.response, histograms.response, result.overload.backlog], [null, null, null]);
    assert.equal(result.rate.askedPerSecond, null);
    assert.equal(result.seconds.at(-1)!.p50! >= 1000, true, 'the seconds show service time');
    assert.deepEqual(result.laws, []);
  });

  it('a listening cell plans nothing and has no latency', () => {
    const result = resultOf(LISTEN, toldOf(LISTEN));
    const { messages, latencyUs } = flowOf(result);
    assert.deepEqual([messages.planned, messages.sent, messages.received], [0, 0, 72]);
    assert.deepEqual(latencyUs, { response: null, service: null, lag: null });
    assert.deepEqual([result.brackets, result.overload.unanswered], [undefined, null]);
    assert.equal(result.rate.receivedPerSecond, 12);
    assert.deepEqual(result.laws, []);
  });

  it('the order of the lines does not matter', () => {
    const told = toldOf(CELL);
    const expected = resultOf(CELL, told);
    const { lines } = told;
    const inTurns = lines.toSorted((a, b) => a.line - b.line || a.workers[0] - b.workers[0]);
    const scattered = lines.toSorted(
      (a, b) => ((a.line * 7 + a.workers[0] * 3) % 5) - ((b.line * 7 + b.workers[0] * 3) % 5),
    );
    for (const other of [inTurns, lines.toReversed(), scattered]) {
      assert.notDeepEqual(other, lines);
      assert.deepEqual(resultOf(CELL, { ...told, lines: other }), expected);
    }
  });

  it('a second that two lines tell of is one second: the messages first, their replies later', () => {
    const told = toldOf(CELL);
    const line = told.lines[1]!;
    const delta = line.flow[0]!;
    const sent: FlowDelta = {
      ...{ ...delta, counters: countersIn({ planned: 5, sent: 5 }), bytes: { sent: 5 * PAYLOAD_BYTES, received: 0 } },
      histograms: { response: [], service: [], lag: delta.histograms.lag },
    };
    const answered: FlowDelta = {
      ...{ ...delta, counters: countersIn({ answered: 5, received: 5 }) },
      ...{ bytes: { sent: 0, received: 5 * PAYLOAD_BYTES }, histograms: { ...delta.histograms, lag: [] } },
    };
    const two = [
      { ...line, inFlight: 5, flow: [sent] },
      { ...line, line: 99, flow: [answered] },
    ];
    const lines = told.lines.flatMap((each) => (each === line ? two : [each]));
    const totals = told.totals.map((each) =>
      each.worker === line.workers[0] ? { ...each, lines: each.lines + 1 } : each,
    );
    const result = resultOf(CELL, { lines, totals });
    assert.deepEqual(result.laws, []);
    assert.deepEqual(result.seconds, resultOf(CELL, told).seconds);
  });

  it('a worker that died: what it had planned is lost with it, what it had in flight stays unanswered', () => {
    const [alive, dying] = allLines(CELL) as [Interval[], Interval[]];
    const unanswered = countersIn({ planned: 5, sent: 5, answered: 3, received: 3 });
    const heard = dying.slice(0, 4).map((line) => {
      const isLast = line.line === 3;
      const histograms = { response: countsOf(1050, 1050, 1050), service: countsOf(1, 1, 1), lag: lagOf(5) };
      return isLast ? { ...line, inFlight: 2, flow: [{ ...line.flow[0]!, counters: unanswered, histograms }] } : line;
    });
    const merger = new MergedThreads(CELL, WORKERS);
    for (const line of [...alive, ...heard]) merger.add(line);
    merger.workerDone(totalsOf(CELL, WORKERS, alive));
    merger.workerLost(1, 'out of memory');
    const result = merger.finish(contextOf(CELL));
    const { messages } = flowOf(result);
    assert.deepEqual([messages.planned, messages.answered, messages.lostWithWorker], [60, 38, 20]);
    assert.deepEqual([messages.inFlightAtEnd, messages.lost], [2, 2]);
    assert.deepEqual(
      result.client.workers.map(({ status, error }) => [status, error]),
      [
        ['done', null],
        ['lost', 'out of memory'],
      ],
    );
    assert.deepEqual([result.connections.closedClean, result.connections.closedDirty], [2, 2]);
    assert.deepEqual(result.laws, []);
  });

  it('an interrupted cell is divided by the time that it really took', () => {
    const cut = allLines(CELL).map((lines) => [...lines.slice(0, 4), lines.at(-1)!]);
    const totals = cut.map((lines) => ({ ...totalsOf(CELL, WORKERS, lines), stopped: true, pinged: 0 }));
    const phases = [{ name: 'measure', fromMs: 1000, toMs: 3000 }];
    const result = resultOf(CELL, { lines: cut.flat(), totals }, { interrupted: true, phases });
    assert.equal(flowOf(result).messages.planned, 20);
    assert.equal(result.rate.plannedPerSecond, 10);
    assert.equal(result.connections.held, 4, 'no ping confirms it, and none had the time to deny it');
    assert.deepEqual(
      result.client.workers.map(({ status }) => status),
      ['stopped', 'stopped'],
    );
    assert.deepEqual(result.laws, []);
  });

  it('an extended cell has the plan of its longer time', () => {
    const longer = { ...CELL, durationMs: 8000 };
    const { lines, totals } = toldOf(longer);
    const merger = new MergedThreads(CELL, WORKERS);
    for (const [i, line] of lines.entries()) {
      if (i === 3) merger.extend(8000);
      merger.add(line);
    }
    for (const each of totals) merger.workerDone(each);
    const result = merger.finish(contextOf(longer));
    assert.deepEqual([flowOf(result).messages.planned, result.rate.plannedPerSecond, result.laws.length], [80, 10, 0]);
    assert.equal(merger.durationMs, 8000);
    const laws = resultOf(CELL, { lines, totals }).laws.map(({ law }) => law);
    assert.deepEqual(
      new Set(laws),
      new Set(['planned = the plan of the shard', 'planned = the plan of the cell']),
      'without the extension',
    );
  });

  it('nothing was measured: counts of nothing, no rate, no latency, no number that is none', () => {
    const merger = new MergedThreads(CELL, WORKERS);
    const phases = [{ name: 'connect', fromMs: 0, toMs: 500 }];
    const result = merger.finish(contextOf(CELL, { interrupted: true, phases }));
    const { messages, latencyUs, warmupUs, histograms } = flowOf(result);
    assert.ok(Object.values(messages).every((count) => count === 0));
    assert.deepEqual(latencyUs, { response: null, service: null, lag: null });
    assert.deepEqual([warmupUs, histograms.service, result.stationarity], [null, null, null]);
    assert.deepEqual([result.connections.held, result.seconds.length, result.laws.length], [0, 0, 0]);
    assert.ok(
      Object.values(result.rate).every((rate) => rate === 0 || rate === 10),
      JSON.stringify(result.rate),
    );
  });

  it('one second is too short for a trend, and long enough for a median', () => {
    const cell = { ...CELL, warmupMs: 0, durationMs: 1000 };
    const result = resultOf(cell, toldOf(cell));
    assert.deepEqual([result.seconds.length, result.overload.backlog, result.stationarity], [1, null, null]);
    assert.notEqual(flowOf(result).latencyUs.response!.p50, null);
    assert.equal(flowOf(result).latencyUs.response!.p99, null);
    assert.deepEqual(result.laws, []);
  });
});

describe('laws that are broken on purpose', () => {
  const changedFlow = (line: Interval, change: (delta: FlowDelta) => FlowDelta): Interval =>
    line.workers[0] === 1 && line.second === 2 ? { ...line, flow: line.flow.map(change) } : line;
  const withCounter = (delta: FlowDelta, name: keyof typeof C, by: number): FlowDelta => ({
    ...delta,
    counters: delta.counters.map((count, i) => (i === C[name] ? count + by : count)),
  });

  const BROKEN: readonly [what: string, change: (line: Interval) => Interval, law: RegExp][] = [
    [
      'a message more than was planned',
      (line) => changedFlow(line, (delta) => withCounter(delta, 'planned', 1)),
      /^planned = the plan of the shard$/,
    ],
    [
      'a message sent that nothing became of',
      (line) => changedFlow(line, (delta) => withCounter(delta, 'sent', 1)),
      /^sent = answered \+/,
    ],
    [
      'a reply that answers nothing',
      (line) => changedFlow(line, (delta) => withCounter(delta, 'received', 1)),
      /^received = answered \+/,
    ],
    [
      'a line that differs from the totals',
      (line) => changedFlow(line, (delta) => withCounter(delta, 'late', 1)),
      /^sum over seconds = total \(measure late\)$/,
    ],
    [
      'a latency of no message',
      (line) =>
        changedFlow(line, (delta) => ({
          ...delta,
          histograms: { ...delta.histograms, service: [...delta.histograms.service, 5000, 1] },
        })),
      /^service\.count = answered$/,
    ],
    [
      'bytes of no message',
      (line) => changedFlow(line, (delta) => ({ ...delta, bytes: { sent: 1, received: 0 } })),
      /^bytes\.sent = sent x size$/,
    ],
    [
      'a slot in use for no message',
      (line) => (line.second === 2 ? { ...line, inFlight: 1 } : line),
      /^occupied in-flight slots = counted \(line 3\)$/,
    ],
    [
      'a connect without an end',
      (line) => (line.second === 2 ? { ...line, connections: { ...line.connections, attempts: 1 } } : line),
      /^attempts = opened \+/,
    ],
    [
      'an answer in another second than its message',
      (line) =>
        line.workers[0] === 1 && (line.second === 2 || line.second === 3)
          ? {
              ...line,
              inFlight: 0,
              flow: line.flow.map((delta) => withCounter(delta, 'answered', line.second === 2 ? 1 : -1)),
            }
          : line,
      /^answered <= planned, in every second$/,
    ],
  ];
  for (const [what, change, law] of BROKEN) {
    it(`${what} is reported with its place`, () => {
      const { laws } = resultOf(CELL, toldOf(CELL, change));
      const found = laws.find((each) => law.test(each.law));
      assert.ok(found !== undefined, laws.map((each) => each.law).join('; '));
      assert.notEqual(found.left, found.right);
      assert.match(found.where, /^load\/c10-r100/);
    });
  }

  it('a lost line is noticed', () => {
    const told = toldOf(CELL);
    const { laws } = resultOf(CELL, {
      ...told,
      lines: told.lines.filter(({ workers, line }) => workers[0] + line !== 3),
    });
    assert.ok(laws.some(({ law, where }) => law === 'lines written = lines received' && where.endsWith('worker 1')));
  });

  it('laws are not checked where the totals are lost, or while the cell runs', () => {
    const { lines } = toldOf(CELL, (line) => ({ ...line, inFlight: 7 }));
    assert.deepEqual(resultOf(CELL, { lines, totals: [] }, { withoutTotals: true }).laws, []);
  });
});

describe('a cell that is still running', () => {
  const merger = new MergedThreads(CELL, WORKERS);
  const first = merger.soFar(0, COUNTS_ALONE);
  const [one, other] = allLines(CELL) as [Interval[], Interval[]];
  for (let line = 0; line < 5; line++) for (const lines of [one, other]) merger.add(lines[line]!);

  it('says nothing of connections held before any second is known, then the fewest', () => {
    assert.equal(first.heldSoFar, null);
    assert.equal(merger.soFar(3000, COUNTS_ALONE).heldSoFar, 4);
    assert.equal(merger.open, 4);
  });

  it('costs no seconds and no intervals unless they are asked for', () => {
    const counts = merger.soFar(3000, COUNTS_ALONE);
    assert.deepEqual([counts.seconds, counts.laws, counts.stationarity], [[], [], null]);
    assert.deepEqual([flowOf(counts).messages.planned, counts.rate.plannedPerSecond], [30, 10]);
    const seconds = merger.soFar(3000, { ...COUNTS_ALONE, newestSeconds: 2 }).seconds.map(({ second }) => second);
    assert.deepEqual(seconds, [1, 2]);
    assert.equal(merger.latest()!.second, 1, 'the newest second is not complete yet');
  });

  it('encodes no histogram, and makes no brackets and no result of a worker, unless they are asked for', () => {
    const encode = mock.method(Totals.prototype, 'encode');
    const counts = merger.soFar(3000, COUNTS_ALONE);
    const whole = merger.soFar(3000, { ...COUNTS_ALONE, histograms: true, client: true });
    const encoded = encode.mock.callCount();
    encode.mock.restore();
    const { histograms, warmupHistograms, latencyUs } = flowOf(counts);
    assert.deepEqual([histograms, warmupHistograms, counts.connectHistogram], [NO_TEXTS, NO_TEXTS, '']);
    assert.deepEqual([counts.brackets, counts.client.workers], [undefined, []]);
    assert.deepEqual(latencyUs, flowOf(whole).latencyUs, 'quantiles are always there');
    assert.equal(
      encoded,
      [...Object.values(flowOf(whole).histograms), ...Object.values(flowOf(whole).warmupHistograms)].filter(
        (text) => text !== null,
      ).length +
        1 +
        (whole.brackets?.addedHistogram == null ? 0 : 1),
    );
    assert.equal(whole.client.workers.length, WORKERS);
  });
});

describe('lines that cannot be', () => {
  const line = linesOf(CELL, 0, WORKERS)[2]!;
  const merger = () => new MergedThreads(CELL, WORKERS);

  it('a line of a worker that the cell does not have', () => {
    assert.throws(() => merger().add({ ...line, workers: [2, 3] }), /worker 2 is none of local: 0 to 2/);
    assert.throws(() => merger().workerLost(7, 'died'), /worker 7 is none of local: 0 to 2/);
  });

  it('a line after the totals', () => {
    const done = merger();
    done.workerDone(totalsOf(CELL, WORKERS, linesOf(CELL, 0, WORKERS)));
    assert.throws(() => done.add(line), /worker 0 wrote a line after its totals/);
  });

  it('a counter that goes down, a counter too many, a second that is none', () => {
    const withFlow = (some: Partial<FlowDelta>) => ({ ...line, flow: [{ ...line.flow[0]!, ...some }] });
    assert.throws(() => merger().add(withFlow({ counters: countersIn({ sent: -1 }) })), /adds -1 to sent/);
    assert.throws(() => merger().add(withFlow({ counters: [...countersIn({}), 1] })), /counters, but only/);
    assert.throws(() => merger().add(withFlow({ second: 0.5 })), /second 0.5 of measure/);
  });

  it('an end before the one that was planned', () => {
    assert.throws(() => merger().extend(5999), /cannot end at 5999 ms/);
  });
});

const lagOf = (count: number) => countsOf(...new Array<number>(count).fill(50));
