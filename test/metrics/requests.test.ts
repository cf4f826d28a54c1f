import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult, LawViolation } from '../../src/metrics/cell-result.js';
import { C, COUNTERS, type CounterName } from '../../src/metrics/counters.js';
import { flowOf } from '../../src/metrics/flow.js';
import { Totals } from '../../src/metrics/histogram.js';
import type { FlowDelta, Interval, WorkerTotals } from '../../src/metrics/interval.js';
import { intervalProblem } from '../../src/metrics/interval-check.js';
import { plannedByRequest } from '../../src/metrics/planned.js';
import { type CellContext, COUNTS_ALONE } from '../../src/metrics/so-far.js';
import { type Cell, PHASES } from '../../src/plan/cell.js';
import { mixOf } from '../../src/plan/mix.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, ruleWith, stepWith, wireWith } from '../plan/wire-builder.js';
import { countersIn, countsOf } from '../report/run/saved-fixture.js';
import { linesOf, totalsOf } from './made-lines.js';
import { MergedThreads } from './merged-threads.js';

const WORKERS = 2;
const SAY = 0;
const HISTORY = 1;
const MESSAGE = '{"id":{{sequence}}}';
/** 40 messages a second on 4 connections, one in five of them `say`. One second of warm-up, six measured. */
const CHAT = cellWith({
  ...{ connections: { from: 4, to: 4 }, rate: { from: 40, to: 40 }, axes: { connections: 4, rate: 40 } },
  ...{ warmupMs: 1000, durationMs: 6000 },
  wire: wireWith({
    requests: [requestWith('say', MESSAGE), requestWith('history', MESSAGE, { weight: 4 })],
    steps: [stepWith('hello'), stepWith('login', { timed: true }), stepWith('join', { timed: true })],
    rules: [
      ruleWith('ping', 'duty', 'ping'),
      ruleWith('tick', 'count', 'tick'),
      ruleWith('tick', 'count', 'tock'),
      ruleWith('complete', 'trailer', 'complete'),
      ruleWith('error', 'fails', 'error'),
    ],
  }),
});

function contextOf(cell: Cell): CellContext {
  return {
    ...{ pacing: 'timer', interrupted: false, restartProblems: new Map() },
    phases: [{ name: 'measure', fromMs: 1000, toMs: 1000 + cell.durationMs }],
    server: { status: 'unavailable', engine: null, reason: 'a test' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
  };
}

interface Told {
  readonly lines: readonly Interval[];
  readonly totals: readonly WorkerTotals[];
}

/** What all workers tell. `change`: of a line; the totals are made of the changed lines. */
function toldOf(cell: Cell, change: (line: Interval) => Interval = (line) => line): Told {
  const each = Array.from({ length: WORKERS }, (_, worker) => linesOf(cell, worker, WORKERS).map(change));
  return { lines: each.flat(), totals: each.map((own) => totalsOf(cell, WORKERS, own)) };
}

function resultOf(cell: Cell, { lines, totals }: Told): CellResult {
  const merger = new MergedThreads(cell, WORKERS);
  for (const line of lines) merger.add(line);
  for (const each of totals) merger.workerDone(each);
  return merger.finish(contextOf(cell));
}

/** One entry of the flow of worker 1 in its third measured second, of one request, changed. */
function changing(request: number, change: (delta: FlowDelta) => FlowDelta) {
  return (line: Interval): Interval => {
    if (line.workers[0] !== 1 || line.second !== 3 || line.stage !== 'measure') return line;
    return { ...line, flow: line.flow.map((delta) => (delta.request === request ? change(delta) : delta)) };
  };
}

function counting(some: Partial<Record<CounterName, number>>) {
  return (delta: FlowDelta): FlowDelta => ({
    ...delta,
    counters: delta.counters.map((count, i) => count + (some[COUNTERS[i]!] ?? 0)),
  });
}

const named = ({ requests = [] }: CellResult, name: string) => requests.find((each) => each.name === name)!;

describe('a cell with requests, merged from the lines of its workers', () => {
  const result = resultOf(CHAT, toldOf(CHAT));

  it('keeps each request apart, with what the mix gave it', () => {
    const mix = mixOf(CHAT)!;
    const expected = [0, 0];
    // 10 messages a second on each of 4 connections: 10 of the warm-up, then 60 measured.
    for (let connection = 0; connection < 4; connection++) {
      for (let ordinal = 10; ordinal < 70; ordinal++) expected[mix(connection, ordinal)]!++;
    }
    assert.deepEqual(
      result.requests!.map(({ name, messages }) => [name, messages.planned, messages.sent, messages.answered]),
      ['say', 'history'].map((name, i) => [name, expected[i], expected[i], expected[i]]),
    );
    assert.equal(expected[SAY]! + expected[HISTORY]!, 240);
    assert.ok(expected[SAY]! > 20 && expected[SAY]! < 80, `${expected[SAY]}`);
    assert.equal(named(result, 'say').perSecond.answered, expected[SAY]! / 6);
  });

  it('has the sum as its own messages, and breaks no law', () => {
    const { messages, warmup, latencyUs } = flowOf(result);
    assert.deepEqual([messages.planned, messages.answered, warmup.planned], [240, 240, 40]);
    assert.equal(latencyUs.response!.count, 240);
    for (const name of COUNTERS) {
      assert.equal(
        result.requests!.reduce((sum, request) => sum + request.messages[name], 0),
        messages[name],
        name,
      );
    }
    assert.deepEqual(result.laws, []);
  });

  it('has the latencies, histograms and bracket of each request', () => {
    const slow = countsOf(...new Array<number>(8).fill(40_000));
    const told = toldOf(CHAT, (line) => ({
      ...line,
      flow: line.flow.map((delta) =>
        delta.request === SAY
          ? { ...delta, histograms: { ...delta.histograms, service: slow.with(1, delta.counters[C.answered]!) } }
          : delta,
      ),
    }));
    const [say, history] = resultOf(CHAT, told).requests!;
    assert.equal(Totals.decode(say!.histograms.service!).count, say!.messages.answered);
    assert.equal(say!.latencyUs.service!.p50, Totals.decode(say!.histograms.service!).max);
    assert.ok(history!.latencyUs.service!.max! < 2000);
    assert.equal(say!.warmupUs!.count, say!.warmup.planned);
    assert.equal(say!.brackets!.quantiles.p50![1], say!.latencyUs.response!.p50);
  });

  it('names the protocol, and nothing of it where there is none', () => {
    assert.equal(result.protocol, 'none');
    const { wire: _, ...plain } = CHAT;
    const silent = resultOf(plain, toldOf(plain));
    assert.deepEqual([silent.protocol, silent.requests, silent.session, silent.ruled], Array(4).fill(undefined));
    assert.deepEqual(silent.laws, []);
  });

  it('does not depend on the number of workers', () => {
    const alone = plannedByRequest(CHAT, 0, 1);
    for (const workers of [2, 3, 4]) {
      const shards = Array.from({ length: workers }, (_, worker) => plannedByRequest(CHAT, worker, workers));
      for (const phase of PHASES) {
        const sum = (of: (planned: typeof alone) => number) => shards.reduce((total, shard) => total + of(shard), 0);
        assert.equal(
          sum(({ all }) => all[phase]),
          alone.all[phase],
        );
        for (const request of [SAY, HISTORY]) {
          const planned = sum(({ requests }) => requests[request]![phase]);
          assert.equal(planned, alone.requests[request]![phase], `${phase}, request ${request}, ${workers} workers`);
        }
      }
    }
  });

  it('a message that failed is counted for its request and for the cell', () => {
    const failing = resultOf(CHAT, toldOf(CHAT, changing(SAY, counting({ failed: 1 }))));
    assert.deepEqual([named(failing, 'say').messages.failed, named(failing, 'history').messages.failed], [1, 0]);
    assert.equal(flowOf(failing).messages.failed, 1);
    assert.deepEqual(failing.laws, []);
  });
});

describe('each law of a request, broken once', () => {
  const brokenBy = (request: number, change: (delta: FlowDelta) => FlowDelta): readonly LawViolation[] =>
    resultOf(CHAT, toldOf(CHAT, changing(request, change))).laws;
  const ofRequest = (laws: readonly LawViolation[], name: string) =>
    laws.filter(({ where }) => where.endsWith(`measure, worker 1, request ${name}`)).map(({ law }) => law);

  const LAWS: readonly (readonly [law: string, some: Partial<Record<CounterName, number>>])[] = [
    [
      'planned = sent + dropped + backpressure + notConnected + blocked + unsentAtStop + lostWithWorker',
      { blocked: 1 },
    ],
    ['sent = answered + timedOut + lostOnClose + inFlightAtEnd + unmatched', { timedOut: 1 }],
    ['inFlightAtEnd = 0 unless interrupted', { inFlightAtEnd: 1 }],
    ['unmatched = sent of requests without a reply', { unmatched: 1 }],
    ['unawaited = planned of requests without a reply', { unawaited: 1 }],
    [
      'received = answered + late + duplicated + unexpected + misdelivered + duties + counted + trailers' +
        ' + delivered + deliveredLate + redelivered + replayed',
      { received: 1 },
    ],
    ['late <= timedOut', { late: 1 }],
    ['reordered <= answered', { reordered: 999 }],
    ['corrupted <= answered', { corrupted: 999 }],
    ['failed <= answered', { failed: 999 }],
    ['planned = the plan of the shard', { planned: 1 }],
  ];
  for (const [law, some] of LAWS) {
    it(law, () => {
      const laws = brokenBy(HISTORY, counting(some));
      assert.ok(ofRequest(laws, 'history').includes(law), JSON.stringify(laws));
      assert.deepEqual(ofRequest(laws, 'say'), []);
    });
  }

  for (const [name, law] of [
    ['lag', 'lag.count = sent'],
    ['service', 'service.count = answered'],
    ['response', 'response.count = answered'],
  ] as const) {
    it(law, () => {
      const laws = brokenBy(SAY, (delta) => ({ ...delta, histograms: { ...delta.histograms, [name]: [] } }));
      assert.deepEqual(ofRequest(laws, 'say'), [law]);
    });
  }

  it('sum over requests = total: a message that was counted for no request', () => {
    const told = toldOf(CHAT, (line) =>
      line.workers[0] === 0 && line.second === 4 ? { ...line, flow: line.flow.map(withoutRequest) } : line,
    );
    const { laws } = resultOf(CHAT, told);
    const sums = laws.filter(({ law }) => law === 'sum over requests = total').map(({ where }) => where);
    for (const name of ['planned', 'sent', 'answered']) {
      assert.ok(
        sums.some((where) => where.endsWith(`measure, worker 0, ${name}`)),
        `${name}: ${sums.join('; ')}`,
      );
    }
    assert.ok(sums.every((where) => where.includes('worker 0')));
  });

  it('a line that went missing on its way is noticed for its request, too', () => {
    const { totals } = toldOf(CHAT);
    const { lines } = toldOf(
      CHAT,
      changing(SAY, (delta) => ({ ...delta, request: HISTORY })),
    );
    const laws = resultOf(CHAT, { lines, totals }).laws.map(({ law }) => law);
    assert.ok(laws.includes('sum over seconds = total (request 0, measure planned)'), laws.join('; '));
    assert.ok(laws.includes('sum over seconds = total (request 1, measure planned)'), laws.join('; '));
  });
});

const withoutRequest = ({ request: _, ...delta }: FlowDelta): FlowDelta => delta;

describe('a worker that died', () => {
  const [alive, dead] = [0, 1].map((worker) => linesOf(CHAT, worker, WORKERS));
  const merger = new MergedThreads(CHAT, WORKERS);
  for (const line of [...alive!, ...dead!.slice(0, 4)]) merger.add(line);
  merger.workerDone(totalsOf(CHAT, WORKERS, alive!));
  merger.workerLost(1, 'out of memory');
  const result = merger.finish(contextOf(CHAT));

  it('leaves each request with what it had planned of it', () => {
    const whole = resultOf(CHAT, toldOf(CHAT));
    for (const name of ['say', 'history']) {
      const { planned, sent, lostWithWorker } = named(result, name).messages;
      assert.equal(planned, named(whole, name).messages.planned);
      assert.ok(lostWithWorker > 0);
      assert.equal(planned, sent + lostWithWorker);
    }
    assert.deepEqual(result.laws, []);
  });
});

describe('a cell with requests that is still running', () => {
  const merger = new MergedThreads(CHAT, WORKERS);
  for (const worker of [0, 1]) for (const line of linesOf(CHAT, worker, WORKERS).slice(0, 5)) merger.add(line);

  it('tells counters and quantiles of each, and encodes nothing', () => {
    const { requests, session } = merger.soFar(3000, COUNTS_ALONE);
    assert.equal(
      requests!.reduce((sum, { messages }) => sum + messages.answered, 0),
      120,
    );
    assert.equal(requests![HISTORY]!.perSecond.answered, requests![HISTORY]!.messages.answered / 3);
    assert.ok(requests![HISTORY]!.latencyUs.response!.p50! > 1000);
    assert.deepEqual(requests![SAY]!.histograms, { response: null, service: null, lag: null });
    assert.deepEqual([requests![SAY]!.brackets, session!.readyUs.p50, session!.readyHistogram], [undefined, 300, '']);
  });

  it('gives the histograms and brackets where they are asked for', () => {
    const { requests } = merger.soFar(3000, { ...COUNTS_ALONE, histograms: true });
    assert.ok(requests!.every(({ histograms, brackets }) => histograms.response !== null && brackets !== undefined));
  });
});

describe('sessions', () => {
  const times = { ready: countsOf(300, 500), steps: [countsOf(100, 200), countsOf(50)] };
  const withTimes = (line: Interval): Interval => (line.stage === 'connect' ? { ...line, session: times } : line);

  it('add up over the workers: ready, and each named step', () => {
    const { session } = resultOf(CHAT, toldOf(CHAT, withTimes));
    assert.deepEqual([session!.readyUs.count, session!.readyUs.min, session!.readyUs.max], [4, 300, 500]);
    assert.deepEqual(
      session!.steps.map(({ name, us }) => [name, us.count, us.max]),
      [
        ['login', 4, 200],
        ['join', 2, 50],
      ],
    );
    assert.equal(Totals.decode(session!.readyHistogram).count, 4);
    assert.equal(Totals.decode(session!.steps[1]!.histogram).count, 2);
  });

  it('as many as connections opened, or it is a broken law', () => {
    const one = { ready: countsOf(300), steps: [[], []] };
    const told = toldOf(CHAT, (line) => (line.stage === 'connect' ? { ...line, session: one } : line));
    assert.deepEqual(resultOf(CHAT, told).laws, [{ law: 'ready.count = opened', left: 2, right: 4, where: CHAT.id }]);
  });

  it('that were never ready rank last', () => {
    const failed = (line: Interval): Interval =>
      line.stage === 'connect'
        ? { ...withTimes(line), connections: { ...line.connections, attempts: 5, failed: 3 } }
        : line;
    const { readyUs } = resultOf(CHAT, toldOf(CHAT, failed)).session!;
    assert.deepEqual([readyUs.count, readyUs.censored], [4, 6]);
  });

  it('of another number of steps are no line of this cell', () => {
    const line = linesOf(CHAT, 0, WORKERS)[0]!;
    const merger = new MergedThreads(CHAT, WORKERS);
    assert.throws(() => merger.add({ ...line, session: { ready: [], steps: [[]] } }), /1 named steps, .* has 2/);
  });
});

describe('what rules were about', () => {
  it('is added up by name and meaning; replies that say no are none of it', () => {
    const ruling = (line: Interval): Interval =>
      line.second === 3 ? { ...line, ruled: [1, 20, 300, 4000, 50] } : line;
    assert.deepEqual(resultOf(CHAT, toldOf(CHAT, ruling)).ruled, [
      { name: 'ping', means: 'duty', count: 2 },
      { name: 'tick', means: 'count', count: 640 },
      { name: 'complete', means: 'trailer', count: 8000 },
    ]);
  });

  it('leaves out what never came, and is absent where nothing did', () => {
    const ping = (line: Interval): Interval => (line.second === 3 ? { ...line, ruled: [1, 0, 0, 0, 7] } : line);
    assert.deepEqual(resultOf(CHAT, toldOf(CHAT, ping)).ruled, [{ name: 'ping', means: 'duty', count: 2 }]);
    const refused = (line: Interval): Interval => (line.second === 3 ? { ...line, ruled: [0, 0, 0, 0, 7] } : line);
    assert.equal(resultOf(CHAT, toldOf(CHAT, refused)).ruled, undefined);
  });

  it('of more rules than there are is no line of this cell', () => {
    const line = linesOf(CHAT, 0, WORKERS)[0]!;
    const merger = new MergedThreads(CHAT, WORKERS);
    assert.throws(() => merger.add({ ...line, ruled: [1, 1, 1, 1, 1, 1] }), /6 rules, but the cell has 5/);
  });
});

describe('lines that are read back', () => {
  const line = linesOf(CHAT, 0, WORKERS)[3]!;
  const delta = line.flow[0]!;

  it('may have requests, times of a session and counts of rules', () => {
    const whole = { ...line, session: { ready: [7, 1], steps: [[7, 1], []] }, ruled: [1, 2, 3, 4, 0] };
    assert.equal(intervalProblem(JSON.parse(JSON.stringify(whole))), null);
  });

  it('of older versions have none of these, and fewer counters', () => {
    const old = { ...line, flow: [withoutRequest({ ...delta, counters: delta.counters.slice(0, 20) })] };
    assert.equal(intervalProblem(JSON.parse(JSON.stringify(old))), null);
  });

  it('are refused where a request, a step or a count cannot be', () => {
    const problem = (some: object) => intervalProblem({ ...line, ...some });
    assert.match(problem({ flow: [{ ...delta, request: -1 }] })!, /flow\.0\.request is not a whole number from 0/);
    assert.match(problem({ flow: [{ ...delta, request: 256 }] })!, /flow\.0\.request is not a whole number from 0/);
    assert.match(problem({ flow: [{ ...delta, request: '0' }] })!, /flow\.0\.request/);
    assert.match(problem({ session: { ready: [7], steps: [] } })!, /session\.ready is not a list of pairs/);
    assert.match(
      problem({ session: { ready: [], steps: [[9, 1, 8, 1]] } })!,
      /session\.steps\.0 has an invalid bucket/,
    );
    assert.match(problem({ session: { ready: [] } })!, /session\.steps is not a list/);
    assert.match(problem({ ruled: [1, -1] })!, /ruled\.1 is not a number/);
    assert.match(problem({ ruled: 7 })!, /ruled is not a list/);
    assert.match(
      problem({ flow: [{ ...delta, counters: [...countersIn({}), 1] }] })!,
      /flow\.0\.counters is not a list of counts/,
    );
  });

  it('name a request that the cell has', () => {
    const merger = new MergedThreads(CHAT, WORKERS);
    assert.throws(() => merger.add({ ...line, flow: [{ ...delta, request: 2 }] }), /request 2 is none of 2/);
  });
});
