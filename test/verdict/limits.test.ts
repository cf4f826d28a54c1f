import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CellResult, HalfMedian, Stationarity, WorkerResult } from '../../src/metrics/cell-result.js';
import type { DeliverGrowth } from '../../src/metrics/fanout-result.js';
import { LIMITS, TARGET_LIMITS } from '../../src/verdict/limits.js';
import {
  agentsApart,
  agentsRepeating,
  agentsWithP50,
  countersOf,
  healthyCell,
  judgementOf,
  quantilesOf,
  withConnections,
  withMessages,
  withWorker,
} from './cell-fixture.js';
import { withFanout } from './fanout-fixture.js';

const open = healthyCell();
/** Deliveries to two connections that take 50 ms longer every second, which is half a second in the ten measured. */
const slowing = (changes: Partial<DeliverGrowth>, perSecond = 1000) => {
  const cell = withFanout(healthyCell({ connections: 2 }), {
    ...{ messages: 5 * perSecond, growth: { usPerSecond: 50_000, lateUsPerSecond: 50_000, r2: 0.9, ...changes } },
  });
  const usPerSecond = cell.fanout![0]!.growth!.usPerSecond;
  const growth = { ...cell.fanout![0]!.growth!, lateUsPerSecond: usPerSecond };
  return { ...cell, fanout: [{ ...cell.fanout![0]!, growth }] };
};
const worker = (changes: Partial<WorkerResult>) => withWorker(open, changes);
const client = (changes: Partial<CellResult['client']>) => ({ ...open, client: { ...open.client, ...changes } });
const apart = (ms: number) => client({ agents: agentsApart(ms) });
const differing = (us: number) => client({ agents: agentsWithP50([10_000, us]) });
const repeating = (count: number) => client({ agents: agentsRepeating(count) });
const withEvent = (cell: CellResult) => ({ ...cell, events: [STORM] });
const lasting = (cell: CellResult, durationMs: number): CellResult => ({
  ...cell,
  phases: [{ name: 'measure', fromMs: 1000, toMs: 1000 + durationMs }],
});

/** The server was restarted, and everything was as before after a moment. */
const STORM: NonNullable<CellResult['events']>[number] = {
  ...{ kind: 'disconnect', atMs: 100, share: 1, reconnect: 'immediate', reached: true, problem: null },
  ...{ heldBefore: 10, dropped: 10, heldAfter: 10, recoveredMs: 5, peakConnectsPerSecond: 10 },
  ...{ refused: 0, lostInFlight: 0, notConnected: 0 },
};
const broken = { law: 'lag.count = sent', left: 9, right: 10, where: 'measure, worker 0' };
/** Planned 1,000; unsent for the client's own reasons. */
const unsent = (count: number) =>
  worker({ messages: countersOf({ planned: 1000, sent: 1000 - count, unsentAtStop: count }) });
const lateConnects = (count: number) => worker({ connectTrouble: count, connectLate: count, connectAttempts: 1000 });
const troubled = (count: number) => worker({ connectTrouble: count, connectAttempts: 1000 });
/** Constant lag and response time, so that every quantile is the same. */
const lagging = (lagUs: number, responseUs: number) =>
  worker({ lagUs: quantilesOf([lagUs], 2000), responseUs: quantilesOf([responseUs], 2000) });
const closed = (busy: number) => withWorker(healthyCell({ model: 'closed' }), { busy });
/** A second long: its tail beyond p99 is 10 ms, below every limit in ms. */
const brieflyBlocked = (durationMs: number, blockedMsMax: number) => lasting(worker({ blockedMsMax }), durationMs);

/** A cell with every quantile at `ownUs`, and a check that is off by `errorUs` at p99. */
function offBy(errorUs: number, ownUs: number): CellResult {
  const cell = healthyCell({ serviceUs: [ownUs - 1], lagUs: [1], instrument: { p50: 0, p99: errorUs } });
  return withWorker(cell, { lagUs: quantilesOf([1], 2000), responseUs: quantilesOf([ownUs], 2000) });
}
function listeningOffBy(errorUs: number): CellResult {
  return healthyCell({ model: 'listen', instrument: { p50: 0, p99: errorUs } });
}

const half = (p50: number, spread = 1): HalfMedian => ({ p50, ci: [p50 - spread, p50 + spread] });
const NO_TREND = { rho: 0, p: 1, windows: 10 };
function moving(stationarity: Stationarity, durationMs = 10_000): CellResult {
  return lasting({ ...open, stationarity }, durationMs);
}
const halves = (first: number, second: number, durationMs?: number) =>
  moving({ halves: [half(first), half(second)], trend: NO_TREND }, durationMs);
/** Intervals that overlap, so that only the trend speaks; 1,400 us of drift over 2,000. */
const trending = (trend: Partial<typeof NO_TREND>) =>
  moving({
    halves: [half(2000, 1000), half(2700, 1000)],
    trend: { rho: 0.9, p: 0.001, windows: 10, ...trend },
  });
const unanswered = (share: number): CellResult => {
  const cell = halves(2000, 3000);
  return { ...cell, overload: { ...cell.overload, unanswered: share } };
};
const gc = (gcTouched: number) => worker({ gcTouched });

/** 10 s at 1,000/s whose in-flight messages grow. */
function growing(changes: { perSecond?: number; r2?: number; latePerSecond?: number }): CellResult {
  const backlog = { perSecond: 100, r2: 0.9, latePerSecond: 100, ...changes };
  return { ...open, overload: { ...open.overload, backlog } };
}
/** 10 s at 10/s: 1 % of the rate would be a single message. */
function growingSlowly(messages: number): CellResult {
  const backlog = { perSecond: messages / 10, r2: 0.9, latePerSecond: messages / 10 };
  const cell = healthyCell({ rate: 10 });
  return { ...cell, overload: { ...cell.overload, backlog } };
}

/** A cell whose check measured the error: every quantile lies between these, microseconds. */
function between(lowUs: number, highUs: number): CellResult {
  const cell = healthyCell({ addedUs: [1] });
  const bracket = [lowUs, highUs] as const;
  return { ...cell, brackets: { ...cell.brackets!, quantiles: { p50: bracket, p95: bracket, p99: bracket } } };
}

function waiting(waited: number): CellResult {
  const { server, ...cell } = healthyCell();
  return { ...cell, server: { ...server, waited } as CellResult['server'] };
}
const inOrder = (unexpected: number): CellResult => ({ ...withMessages(open, { unexpected }), match: 'order' });
/** 1,000 connections, some of them ended by wsurge at its limit of 16 MiB a message. */
const cutAtLimit = (count: number): CellResult => ({
  ...withConnections(open, { opened: 1000 }),
  errors: [{ phase: 'open', code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', count }],
});

type Pair = readonly [below: CellResult, above: CellResult, reason: string];

/** Every number of the table: a cell just within it, one just past it, and what is said of the second but not of the first. */
const PAIRS: Readonly<Record<string, Pair>> = {
  'accuracy.invalid.shareOfUpper': [between(6000, 12_000), between(6000, 12_050), 'accuracy invalid'],
  'accuracy.invalid.us': [between(1000, 6000), between(1000, 6010), 'accuracy invalid'],
  'worker_lost.invalid': [open, worker({ status: 'lost', error: 'out of memory' }), 'worker_lost invalid'],
  'conservation.invalid': [open, { ...open, laws: [broken] }, 'conservation invalid'],
  'replies_unsure.invalid': [inOrder(0), inOrder(1), 'replies_unsure invalid'],
  'client_limit.degraded': [cutAtLimit(0), cutAtLimit(1), 'client_limit degraded'],
  'client_limit.invalid': [cutAtLimit(100), cutAtLimit(101), 'client_limit invalid'],
  'clock_paused.invalid': [worker({ pausedMs: 0 }), worker({ pausedMs: 1 }), 'clock_paused invalid'],
  'client_rate.degraded': [unsent(10), unsent(11), 'client_rate degraded'],
  'client_rate.invalid': [unsent(100), unsent(101), 'client_rate invalid'],
  'client_connect.degraded': [troubled(0), troubled(1), 'client_connect degraded'],
  'client_connect.invalid': [troubled(100), troubled(101), 'client_connect invalid'],
  'client_connect.late.note': [lateConnects(0), lateConnects(1), 'client_connect note'],
  'client_connect.late.degraded': [lateConnects(100), lateConnects(101), 'client_connect degraded'],
  'client_lag.shareOfResponse.degraded': [lagging(19_900, 100_000), lagging(20_200, 100_000), 'client_lag degraded'],
  'client_lag.shareOfResponse.invalid': [lagging(49_800, 100_000), lagging(50_500, 100_000), 'client_lag invalid'],
  'client_lag.grains.degraded': [lagging(2000, 1500), lagging(2002, 1500), 'client_lag degraded'],
  'client_lag.grains.invalid': [lagging(9999, 1500), lagging(10_010, 1500), 'client_lag invalid'],
  'client_busy.degraded': [worker({ busy: 0.7 }), worker({ busy: 0.701 }), 'client_busy degraded'],
  'client_busy.invalid': [worker({ busy: 0.9 }), worker({ busy: 0.901 }), 'client_busy invalid'],
  'client_limited.note': [closed(0.7), closed(0.701), 'client_limited note'],
  'client_blocked.ms.degraded': [worker({ blockedMsMax: 50 }), worker({ blockedMsMax: 51 }), 'client_blocked degraded'],
  'client_blocked.ms.invalid': [worker({ blockedMsMax: 250 }), worker({ blockedMsMax: 251 }), 'client_blocked invalid'],
  'client_blocked.tails.degraded': [brieflyBlocked(2000, 20), brieflyBlocked(2000, 21), 'client_blocked degraded'],
  'client_blocked.tails.invalid': [brieflyBlocked(2000, 200), brieflyBlocked(2000, 201), 'client_blocked invalid'],
  'client_blocked.floorMs': [brieflyBlocked(500, 10), brieflyBlocked(500, 11), 'client_blocked degraded'],
  'cpu_starved.degraded': [worker({ runQueueWait: 0.04 }), worker({ runQueueWait: 0.041 }), 'cpu_starved degraded'],
  'cpu_starved.invalid': [worker({ runQueueWait: 0.15 }), worker({ runQueueWait: 0.151 }), 'cpu_starved invalid'],
  'cpu_throttled.degraded': [client({ throttled: 0.01 }), client({ throttled: 0.011 }), 'cpu_throttled degraded'],
  'cpu_throttled.invalid': [client({ throttled: 0.05 }), client({ throttled: 0.051 }), 'cpu_throttled invalid'],
  'cpu_steal.degraded': [client({ steal: 0.01 }), client({ steal: 0.011 }), 'cpu_steal degraded'],
  'cpu_steal.invalid': [client({ steal: 0.05 }), client({ steal: 0.051 }), 'cpu_steal invalid'],
  'agents_skewed.degraded': [apart(100), apart(101), 'agents_skewed degraded'],
  'agents_skewed.invalid': [apart(1000), apart(1001), 'agents_skewed invalid'],
  'agents_skewed.events.degraded': [withEvent(apart(10)), withEvent(apart(11)), 'agents_skewed degraded'],
  'agents_differ.note': [differing(12_000), differing(12_001), 'agents_differ note'],
  'bus_repeated.note': [repeating(100), repeating(101), 'bus_repeated note'],
  'gc_pause.tails.degraded': [gc(0.00999), gc(0.0101), 'gc_pause degraded'],
  'instrument_error.shareOfQuantile.degraded': [
    offBy(19_900, 100_000),
    offBy(20_200, 100_000),
    'instrument_error degraded',
  ],
  'instrument_error.shareOfQuantile.invalid': [
    offBy(-49_800, 100_000),
    offBy(-50_500, 100_000),
    'instrument_error invalid',
  ],
  'instrument_error.floorGrains': [offBy(2000, 1500), offBy(2001, 1500), 'instrument_error invalid'],
  'instrument_error.grains.degraded': [listeningOffBy(2000), listeningOffBy(-2001), 'instrument_error degraded'],
  'instrument_error.grains.invalid': [listeningOffBy(-10_000), listeningOffBy(10_001), 'instrument_error invalid'],
  'non_stationary.measureMs': [halves(2000, 3000, 9999), halves(2000, 3000, 10_000), 'non_stationary degraded'],
  'non_stationary.halves.share': [halves(10_000, 11_000), halves(10_000, 11_001), 'non_stationary degraded'],
  'non_stationary.halves.us': [halves(1000, 1250), halves(1000, 1251), 'non_stationary degraded'],
  'non_stationary.trend.rho': [trending({ rho: -0.8 }), trending({ rho: -0.81 }), 'non_stationary degraded'],
  'non_stationary.trend.p': [trending({ p: 0.01 }), trending({ p: 0.0099 }), 'non_stationary degraded'],
  'non_stationary.trend.windows': [trending({ windows: 9 }), trending({ windows: 10 }), 'non_stationary degraded'],
  'non_stationary.unanswered': [unanswered(0.0101), unanswered(0.01), 'non_stationary degraded'],
  'target_backlog.shareOfRate': [
    growing({ perSecond: 10, latePerSecond: 10 }),
    growing({ perSecond: 10.1, latePerSecond: 10.1 }),
    'target_backlog note',
  ],
  'target_backlog.messages': [growingSlowly(10), growingSlowly(10.1), 'target_backlog note'],
  'target_backlog.r2': [growing({ r2: 0.5 }), growing({ r2: 0.51 }), 'target_backlog note'],
  'target_missed.share': [
    withFanout(open, { missed: 1000, late: 1000 }),
    withFanout(open, { missed: 1010, late: 1010 }),
    'target_missed note',
  ],
  'target_deliver.usPerSecond': [
    slowing({ usPerSecond: 10_000 }),
    slowing({ usPerSecond: 10_100 }),
    'target_deliver note',
  ],
  'target_deliver.deliveries': [slowing({}, 20), slowing({}, 21), 'target_deliver note'],
  'target_deliver.r2': [slowing({ r2: 0.5 }), slowing({ r2: 0.51 }), 'target_deliver note'],
  'target_starved.share': [waiting(0.05), waiting(0.051), 'target_starved note'],
  'target_cpu.percent': [healthyCell({ cpuPercent: 90 }), healthyCell({ cpuPercent: 90.1 }), 'target_cpu note'],
};

/** Every number in a table of limits, by its path. */
function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => pathsOf(item, path === '' ? key : `${path}.${key}`));
}

const said = (cell: CellResult) => judgementOf(cell).reasons.map(({ code, severity }) => `${code} ${severity}`);

describe('just below and just above', () => {
  for (const [path, [below, above, reason]] of Object.entries(PAIRS)) {
    test(path, () => {
      assert.ok(!said(below).includes(reason), `below: ${said(below).join(', ')}`);
      assert.ok(said(above).includes(reason), `above: ${said(above).join(', ')}`);
      const others = (cell: CellResult) => said(cell).filter((each) => !each.startsWith(reason.split(' ')[0]!));
      assert.deepEqual(others(above), others(below), 'nothing else changes');
    });
  }

  test('no limit is without its pair, and no pair without its limit', () => {
    assert.deepEqual(Object.keys(PAIRS).sort(), pathsOf({ ...LIMITS, ...TARGET_LIMITS }, '').sort());
  });

  test('what is invalid just above was degraded just below, where there is such a limit', () => {
    for (const [path, [below]] of Object.entries(PAIRS)) {
      if (!path.endsWith('.invalid') || PAIRS[path.replace('.invalid', '.degraded')] === undefined) continue;
      assert.equal(judgementOf(below).validity, 'degraded', path);
    }
  });
});

test('only client reasons move validity, and each says which cell, why with a number, and what to do', () => {
  for (const [, above, expected] of Object.values(PAIRS)) {
    const judged = judgementOf(above);
    const [code] = expected.split(' ');
    const reason = judged.reasons.find((each) => each.code === code)!;
    assert.equal(reason.cell, above.id);
    assert.ok(reason.fix.length > 10);
    if (code !== 'worker_lost') assert.match(reason.message, /\d/);
    if (reason.side === 'target') assert.equal(judged.validity, 'valid');
    else if (reason.severity !== 'note') assert.equal(judged.validity, reason.severity);
  }
});
