import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult, WorkerResult } from '../../src/metrics/cell-result.js';
import { clientReasonsOf, countersOf, healthyCell, judgementOf, quantilesOf, withWorker } from './cell-fixture.js';

function withClient(changes: Partial<CellResult['client']>): CellResult {
  const cell = healthyCell();
  return { ...cell, client: { ...cell.client, ...changes } };
}

function withMeasure(cell: CellResult, durationMs: number): CellResult {
  return { ...cell, phases: [{ name: 'measure', fromMs: 1000, toMs: 1000 + durationMs }] };
}

const open = healthyCell();

/** Constant lag and response time, so that every quantile is the same. */
const lagging = (lagUs: number, responseUs: number) =>
  withWorker(open, { lagUs: quantilesOf([lagUs], 2000), responseUs: quantilesOf([responseUs], 2000) });
const worker = (changes: Partial<WorkerResult>) => withWorker(open, changes);

test('a healthy cell of every model is valid, its target ok, without a word', () => {
  for (const model of ['open', 'closed', 'listen'] as const) {
    const judged = judgementOf(healthyCell({ model, workers: 4 }));
    assert.deepEqual(judged, { validity: 'valid', target: 'ok', reasons: [] });
  }
});

test("messages not sent for the target's reasons are no fault of the client", () => {
  const messages = countersOf({ planned: 1000, sent: 400, notConnected: 300, dropped: 200, backpressure: 100 });
  assert.deepEqual(clientReasonsOf(withWorker(open, { messages })), []);
});

test('one bad worker among four is not averaged away, and is named', () => {
  const cell = healthyCell({ workers: 4 });
  const judged = judgementOf(withWorker(cell, { busy: 0.95 }));
  assert.equal(judged.validity, 'invalid');
  assert.match(judged.reasons[0]!.message, /^worker 0: busy 95 % of the time \(limit 90 %\)$/);
  assert.match(judged.reasons[0]!.fix, /-w 5/);
  const all = {
    ...cell,
    client: { ...cell.client, workers: cell.client.workers.map((w) => ({ ...w, busy: 0.75 + w.worker / 100 })) },
  };
  assert.match(judgementOf(all).reasons[0]!.message, /^worker 3, and 3 more of 4: busy 78 %/);
});

test('the worse severity speaks for the cell even where another worker is further past a lower limit', () => {
  const cell = healthyCell({ workers: 2 });
  const [first, second] = cell.client.workers;
  // Lag of worker 0 is twice its degraded limit of 20 ms; of worker 1 five times that of 2 ms, and invalid.
  const workers = [
    { ...first!, lagUs: quantilesOf([45_000], 2000), responseUs: quantilesOf([100_000], 2000) },
    { ...second!, lagUs: quantilesOf([11_000], 2000), responseUs: quantilesOf([1000], 2000) },
  ];
  const judged = judgementOf({ ...cell, client: { ...cell.client, workers } });
  assert.equal(judged.reasons[0]!.severity, 'invalid');
  assert.match(judged.reasons[0]!.message, /^worker 1, and 1 more of 2/);
});

test('the grain of the pacing decides: what a timer may do, a metronome may not', () => {
  const cell = lagging(1000, 1000);
  assert.deepEqual(clientReasonsOf(cell), []);
  assert.deepEqual(clientReasonsOf({ ...cell, pacing: 'metronome' }), ['client_lag degraded']);
  assert.deepEqual(clientReasonsOf({ ...cell, pacing: 'spin' }), ['client_lag degraded']);
  for (const [pacing, grainUs] of [
    ['timer', 2000],
    ['metronome', 500],
    ['spin', 250],
  ] as const) {
    assert.deepEqual(clientReasonsOf({ ...lagging(grainUs, 1000), pacing }), [], pacing);
    assert.deepEqual(clientReasonsOf({ ...lagging(grainUs + 1, 1000), pacing }), ['client_lag degraded'], pacing);
  }
  assert.throws(() => judgementOf({ ...cell, pacing: 'sundial' }), /sundial/);
});

test('lag is judged where both quantiles are plain numbers, in open loads that are no ramp', () => {
  const late = lagging(60_000, 100_000);
  assert.deepEqual(clientReasonsOf(late), ['client_lag invalid']);
  assert.deepEqual(clientReasonsOf({ ...late, ramp: true }), []);
  assert.deepEqual(clientReasonsOf({ ...late, model: 'closed' }), []);
  const unmatched = withWorker(open, { lagUs: quantilesOf([60_000], 2000), responseUs: null });
  assert.deepEqual(clientReasonsOf(unmatched), ['client_lag invalid']);
  const mostTimedOut = withWorker(open, {
    lagUs: quantilesOf([60_000], 2000),
    responseUs: quantilesOf([100_000], 500, { timedOut: 1500 }),
  });
  assert.deepEqual(clientReasonsOf(mostTimedOut), []);
  const tooFew = withWorker(open, {
    lagUs: quantilesOf([...new Array(60).fill(10), ...new Array(40).fill(90_000)], 100),
    responseUs: quantilesOf([1000], 100),
  });
  assert.deepEqual(clientReasonsOf(tooFew), [], 'p95 of 100 is a bound, not a number');
});

test('lag in the tail alone is found', () => {
  const lagUs = quantilesOf([...new Array(97).fill(100), 30_000, 30_000, 30_000], 2000);
  const cell = withWorker(open, { lagUs, responseUs: quantilesOf([1000], 2000) });
  const [reason] = judgementOf(cell).reasons;
  assert.equal(`${reason?.code} ${reason?.severity}`, 'client_lag invalid');
  assert.match(reason!.message, /p99 30\.0 ms against a response time of 1\.00 ms \(limit 10\.0 ms\)/);
});

test('a short measure phase lowers what a standstill may last: 1 % of it, ten times that', () => {
  const blocked = (ms: number) => withMeasure(worker({ blockedMsMax: ms }), 1000);
  assert.deepEqual(clientReasonsOf(blocked(10)), []);
  assert.deepEqual(clientReasonsOf(blocked(11)), ['client_blocked degraded']);
  assert.deepEqual(clientReasonsOf(blocked(100)), ['client_blocked degraded']);
  assert.deepEqual(clientReasonsOf(blocked(101)), ['client_blocked invalid']);
});

test('a closed loop saturates by design: noted, not held against it', () => {
  const closed = healthyCell({ model: 'closed' });
  assert.deepEqual(clientReasonsOf(withWorker(closed, { busy: 0.7 })), []);
  const judged = judgementOf(withWorker(closed, { busy: 0.95 }));
  assert.deepEqual(
    judged.reasons.map(({ code, severity }) => `${code} ${severity}`),
    ['client_limited note'],
  );
  assert.equal(judged.validity, 'valid');
  assert.deepEqual(clientReasonsOf(withWorker(healthyCell({ model: 'listen' }), { busy: 0.95 })), [
    'client_busy invalid',
  ]);
});

test('a lost worker and contradicting counters are invalid', () => {
  const lost = worker({ status: 'lost', error: 'out of memory' });
  assert.deepEqual(clientReasonsOf(lost), ['worker_lost invalid']);
  assert.match(judgementOf(lost).reasons[0]!.message, /out of memory/);
  const laws = [{ law: 'lag.count = sent', left: 9, right: 10, where: 'measure, worker 0' }];
  assert.deepEqual(clientReasonsOf({ ...open, laws }), ['conservation invalid']);
  assert.match(
    judgementOf({ ...open, laws }).reasons[0]!.message,
    /lag\.count = sent is 9 against 10 \(measure, worker 0\)/,
  );
});

test('what the kernel does not say is not judged', () => {
  const silent = worker({ busy: null, blockedMsMax: null, runQueueWait: null, lagUs: null, responseUs: null });
  assert.deepEqual(clientReasonsOf(silent), []);
  assert.deepEqual(clientReasonsOf(withClient({ throttled: null, steal: null })), []);
});

const withCheck = (errors: { p50: number | null; p99: number | null; count?: number; missed?: number }) => {
  const cell = healthyCell({ instrument: { p50: 0, p99: 0 } });
  return withWorker(cell, { instrument: { count: 1000, missed: 0, ...errors } });
};

test('the instrument error names the quantile, its sign, and what it is measured against', () => {
  const [reason] = judgementOf(withCheck({ p50: -2500, p99: 100 })).reasons;
  assert.equal(reason?.code, 'instrument_error');
  assert.match(reason!.message, /its p50 2\.50 ms below the truth against a p50 of 0\.7\d* ms \(limit 2\.00 ms\)/);
});

test('an error that is not known is not judged, unless the check itself went unanswered', () => {
  assert.deepEqual(clientReasonsOf(withCheck({ p50: 10, p99: null, count: 500 })), [], 'too few messages for p99');
  const lossy = withCheck({ p50: 10, p99: null, count: 950, missed: 50 });
  assert.deepEqual(clientReasonsOf(lossy), ['instrument_error degraded']);
  assert.match(judgementOf(lossy).reasons[0]!.message, /50 of 1,000 messages of the instrument check/);
});

test('a quantile the cell does not print cannot be wrong; a ramp and a hold have only the grain', () => {
  const cell = withCheck({ p50: 0, p99: 9000 });
  const flow = cell.flows[0]!;
  const response = { ...flow.latencyUs.response!, p99: null, reasons: { p99: 'few_samples' as const } };
  const unprinted = { ...cell, flows: [{ ...flow, latencyUs: { ...flow.latencyUs, response } }] };
  assert.deepEqual(clientReasonsOf(unprinted), []);
  const none = { response: null, service: null, lag: null };
  const ramp = { ...cell, ramp: true, flows: [{ ...flow, latencyUs: none }] };
  assert.deepEqual(clientReasonsOf(ramp), ['instrument_error degraded']);
});

test('a machine that slept is invalid, though no worker saw it', () => {
  const cell = withClient({ suspendedMs: 30_000 });
  assert.deepEqual(clientReasonsOf(cell), ['clock_paused invalid']);
  assert.match(judgementOf(cell).reasons[0]!.message, /slept for 30\.0 s/);
  assert.deepEqual(clientReasonsOf(withClient({ suspendedMs: null })), []);
});

test('a growing backlog is overloaded, not non-stationary', () => {
  const half = (p50: number) => ({ p50, ci: [p50 - 1, p50 + 1] as const });
  const moving = { ...healthyCell(), stationarity: { halves: [half(1000), half(9000)], trend: null } as const };
  assert.deepEqual(clientReasonsOf(moving), ['non_stationary degraded']);
  const backlog = { perSecond: 300, r2: 0.99, latePerSecond: 300 };
  const behind = { ...moving, overload: { backlog, unanswered: 0 } };
  assert.deepEqual(clientReasonsOf(behind), []);
  assert.equal(judgementOf(behind).target, 'overloaded');
});

test('a trend that is proven but comes to little is no doubt', () => {
  const half = (p50: number) => ({ p50, ci: [p50 - 500, p50 + 500] as const });
  const drifting = (to: number) => ({
    ...healthyCell(),
    stationarity: { halves: [half(1000), half(to)] as const, trend: { rho: 0.95, p: 0.0001, windows: 10 } },
  });
  assert.deepEqual(clientReasonsOf(drifting(1125)), []);
  assert.deepEqual(clientReasonsOf(drifting(1126)), ['non_stationary degraded']);
});
