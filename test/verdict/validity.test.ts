import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult, WorkerResult } from '../../src/metrics/cell-result.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { countersOf, healthyCell, quantilesOf, withWorker } from './cell-fixture.js';

/** `code severity` of every client reason. */
function clientReasons(cell: CellResult): string[] {
  return judgeCell(cell)
    .reasons.filter(({ side }) => side === 'client')
    .map(({ code, severity }) => `${code} ${severity}`);
}

function withClient(changes: Partial<CellResult['client']>): CellResult {
  const cell = healthyCell();
  return { ...cell, client: { ...cell.client, ...changes } };
}

function withMeasure(cell: CellResult, durationMs: number): CellResult {
  return { ...cell, phases: [{ name: 'measure', fromMs: 1000, toMs: 1000 + durationMs }] };
}

const open = healthyCell();

/** Planned 1,000; unsent for the client's own reasons. */
const unsent = (count: number) =>
  withWorker(open, { messages: countersOf({ planned: 1000, sent: 1000 - count, unsentAtStop: count }) });
const troubled = (count: number) => withWorker(open, { connectTrouble: count, connectAttempts: 1000 });
/** Constant lag and response time, so that every quantile is the same. */
const lagging = (lagUs: number, responseUs: number) =>
  withWorker(open, { lagUs: quantilesOf([lagUs], 2000), responseUs: quantilesOf([responseUs], 2000) });
const worker = (changes: Partial<WorkerResult>) => withWorker(open, changes);

/** Each limit just below, just above degraded, just below and just above invalid. */
const AT_THE_LIMITS: readonly [name: string, cells: readonly [CellResult, CellResult, CellResult, CellResult]][] = [
  ['client_rate', [unsent(10), unsent(11), unsent(100), unsent(101)]],
  ['client_connect', [troubled(0), troubled(1), troubled(100), troubled(101)]],
  // The grain of the timer decides: 2 ms and 10 ms.
  ['client_lag', [lagging(2000, 1500), lagging(2002, 1500), lagging(9999, 1500), lagging(10_010, 1500)]],
  // The share of the response time decides: 20 % and 50 % of 100 ms.
  [
    'client_lag',
    [lagging(19_900, 100_000), lagging(20_200, 100_000), lagging(49_800, 100_000), lagging(50_500, 100_000)],
  ],
  ['client_busy', [worker({ busy: 0.7 }), worker({ busy: 0.701 }), worker({ busy: 0.9 }), worker({ busy: 0.901 })]],
  [
    'client_blocked',
    [
      worker({ blockedMsMax: 50 }),
      worker({ blockedMsMax: 51 }),
      worker({ blockedMsMax: 250 }),
      worker({ blockedMsMax: 251 }),
    ],
  ],
  [
    'cpu_starved',
    [
      worker({ runQueueWait: 0.03 }),
      worker({ runQueueWait: 0.031 }),
      worker({ runQueueWait: 0.15 }),
      worker({ runQueueWait: 0.151 }),
    ],
  ],
  [
    'cpu_throttled',
    [
      withClient({ throttled: 0.01 }),
      withClient({ throttled: 0.011 }),
      withClient({ throttled: 0.05 }),
      withClient({ throttled: 0.051 }),
    ],
  ],
  [
    'cpu_steal',
    [
      withClient({ steal: 0.01 }),
      withClient({ steal: 0.011 }),
      withClient({ steal: 0.05 }),
      withClient({ steal: 0.051 }),
    ],
  ],
];

for (const [code, [fine, degraded, stillDegraded, invalid]] of AT_THE_LIMITS) {
  test(`${code}: just below and just above its limits`, () => {
    assert.deepEqual(clientReasons(fine), []);
    assert.equal(judgeCell(fine).validity, 'valid');
    assert.deepEqual(clientReasons(degraded), [`${code} degraded`]);
    assert.equal(judgeCell(degraded).validity, 'degraded');
    assert.deepEqual(clientReasons(stillDegraded), [`${code} degraded`]);
    assert.deepEqual(clientReasons(invalid), [`${code} invalid`]);
    assert.equal(judgeCell(invalid).validity, 'invalid');
  });
}

test('a healthy cell of every model is valid, its target ok, without a word', () => {
  for (const model of ['open', 'closed', 'listen'] as const) {
    const judged = judgeCell(healthyCell({ model, workers: 4 }));
    assert.deepEqual(judged, { validity: 'valid', target: 'ok', reasons: [] });
  }
});

test("messages not sent for the target's reasons are no fault of the client", () => {
  const messages = countersOf({ planned: 1000, sent: 400, notConnected: 300, dropped: 200, backpressure: 100 });
  assert.deepEqual(clientReasons(withWorker(open, { messages })), []);
});

test('one bad worker among four is not averaged away, and is named', () => {
  const cell = healthyCell({ workers: 4 });
  const judged = judgeCell(withWorker(cell, { busy: 0.95 }));
  assert.equal(judged.validity, 'invalid');
  assert.match(judged.reasons[0]!.message, /^worker 0: busy 95 % of the time \(limit 90 %\)$/);
  assert.match(judged.reasons[0]!.fix, /-w 5/);
  const all = {
    ...cell,
    client: { ...cell.client, workers: cell.client.workers.map((w) => ({ ...w, busy: 0.75 + w.worker / 100 })) },
  };
  assert.match(judgeCell(all).reasons[0]!.message, /^worker 3, and 3 more of 4: busy 78 %/);
});

test('the worse severity speaks for the cell even where another worker is further past a lower limit', () => {
  const cell = healthyCell({ workers: 2 });
  const [first, second] = cell.client.workers;
  // Lag of worker 0 is twice its degraded limit of 20 ms; of worker 1 five times that of 2 ms, and invalid.
  const workers = [
    { ...first!, lagUs: quantilesOf([45_000], 2000), responseUs: quantilesOf([100_000], 2000) },
    { ...second!, lagUs: quantilesOf([11_000], 2000), responseUs: quantilesOf([1000], 2000) },
  ];
  const judged = judgeCell({ ...cell, client: { ...cell.client, workers } });
  assert.equal(judged.reasons[0]!.severity, 'invalid');
  assert.match(judged.reasons[0]!.message, /^worker 1, and 1 more of 2/);
});

test('the grain of the pacing decides: what a timer may do, a metronome may not', () => {
  const cell = lagging(1000, 1000);
  assert.deepEqual(clientReasons(cell), []);
  assert.deepEqual(clientReasons({ ...cell, pacing: 'metronome' }), ['client_lag degraded']);
  assert.deepEqual(clientReasons({ ...cell, pacing: 'spin' }), ['client_lag degraded']);
  assert.throws(() => judgeCell({ ...cell, pacing: 'sundial' }), /sundial/);
});

test('lag is judged where both quantiles are plain numbers, in open loads that are no ramp', () => {
  const late = lagging(60_000, 100_000);
  assert.deepEqual(clientReasons(late), ['client_lag invalid']);
  assert.deepEqual(clientReasons({ ...late, ramp: true }), []);
  assert.deepEqual(clientReasons({ ...late, model: 'closed' }), []);
  const unmatched = withWorker(open, { lagUs: quantilesOf([60_000], 2000), responseUs: null });
  assert.deepEqual(clientReasons(unmatched), ['client_lag invalid']);
  const mostTimedOut = withWorker(open, {
    lagUs: quantilesOf([60_000], 2000),
    responseUs: quantilesOf([100_000], 500, { timedOut: 1500 }),
  });
  assert.deepEqual(clientReasons(mostTimedOut), []);
  const tooFew = withWorker(open, {
    lagUs: quantilesOf([...new Array(60).fill(10), ...new Array(40).fill(90_000)], 100),
    responseUs: quantilesOf([1000], 100),
  });
  assert.deepEqual(clientReasons(tooFew), [], 'p95 of 100 is a bound, not a number');
});

test('lag in the tail alone is found', () => {
  const lagUs = quantilesOf([...new Array(97).fill(100), 30_000, 30_000, 30_000], 2000);
  const cell = withWorker(open, { lagUs, responseUs: quantilesOf([1000], 2000) });
  const [reason] = judgeCell(cell).reasons;
  assert.equal(`${reason?.code} ${reason?.severity}`, 'client_lag invalid');
  assert.match(reason!.message, /p99 30\.0 ms against a response time of 1\.00 ms \(limit 10\.0 ms\)/);
});

test('a short measure phase lowers what a standstill may last: 1 % of it, ten times that', () => {
  const blocked = (ms: number) => withMeasure(worker({ blockedMsMax: ms }), 1000);
  assert.deepEqual(clientReasons(blocked(10)), []);
  assert.deepEqual(clientReasons(blocked(11)), ['client_blocked degraded']);
  assert.deepEqual(clientReasons(blocked(100)), ['client_blocked degraded']);
  assert.deepEqual(clientReasons(blocked(101)), ['client_blocked invalid']);
});

test('a closed loop saturates by design: noted, not held against it', () => {
  const closed = healthyCell({ model: 'closed' });
  assert.deepEqual(clientReasons(withWorker(closed, { busy: 0.7 })), []);
  const judged = judgeCell(withWorker(closed, { busy: 0.95 }));
  assert.deepEqual(
    judged.reasons.map(({ code, severity }) => `${code} ${severity}`),
    ['client_limited note'],
  );
  assert.equal(judged.validity, 'valid');
  assert.deepEqual(clientReasons(withWorker(healthyCell({ model: 'listen' }), { busy: 0.95 })), [
    'client_busy invalid',
  ]);
});

test('a lost worker and contradicting counters are invalid', () => {
  const lost = worker({ status: 'lost', error: 'out of memory' });
  assert.deepEqual(clientReasons(lost), ['worker_lost invalid']);
  assert.match(judgeCell(lost).reasons[0]!.message, /out of memory/);
  const laws = [{ law: 'lag.count = sent', left: 9, right: 10, where: 'measure, worker 0' }];
  assert.deepEqual(clientReasons({ ...open, laws }), ['conservation invalid']);
  assert.match(
    judgeCell({ ...open, laws }).reasons[0]!.message,
    /lag\.count = sent is 9 against 10 \(measure, worker 0\)/,
  );
});

test('what the kernel does not say is not judged', () => {
  const silent = worker({ busy: null, blockedMsMax: null, runQueueWait: null, lagUs: null, responseUs: null });
  assert.deepEqual(clientReasons(silent), []);
  assert.deepEqual(clientReasons(withClient({ throttled: null, steal: null })), []);
});

test('every reason says which cell, on whose side, why with a number, and what to do', () => {
  for (const [, cells] of AT_THE_LIMITS) {
    for (const reason of judgeCell(cells[3]).reasons) {
      assert.equal(reason.cell, open.id);
      assert.match(reason.message, /\d/);
      assert.ok(reason.fix.length > 10);
    }
  }
});
