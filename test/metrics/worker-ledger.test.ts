import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientResultOf } from '../../src/metrics/client-result.js';
import { COUNTERS } from '../../src/metrics/counters.js';
import { INTERVAL_VERSION, type Interval, type SparseCounts, type WorkerHealth } from '../../src/metrics/interval.js';
import { Recording } from '../../src/metrics/recording.js';
import { WorkerLedger } from '../../src/metrics/worker-ledger.js';

const HEALTHY: WorkerHealth = {
  busy: 0.1,
  blockedMs: 1,
  blockedWaitMs: 0,
  pausedMs: 0,
  runQueueWaitMs: 1,
  cpuMs: 100,
  gcPauseMsMax: 0,
  gcLongPauses: 0,
  gcLongPauseMs: 0,
  heapBytes: 1,
};

function sparse(...values: readonly number[]): SparseCounts {
  const recording = new Recording();
  for (const value of values) recording.record(value);
  return recording.drain();
}

/** A line of one second; nothing was sent in it. */
function line(health: Partial<WorkerHealth>, some: Partial<Interval> = {}): Interval {
  return {
    ...{
      v: INTERVAL_VERSION,
      agent: 'a',
      cell: 'c',
      workers: [0, 1],
      line: 0,
      elapsedMs: 1000,
      stage: 'measure',
      flow: [],
    },
    connections: { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0 },
    connect: { wait: [], tcp: [], tls: [], upgrade: [], total: [] },
    ...{ sessions: [], pings: [], closes: [], errors: [], bytes: { sent: 0, received: 0 } },
    ...{ second: 0, open: 1, openMin: 1, inFlight: 0 },
    health: { ...HEALTHY, ...health },
    instrument: null,
    ...some,
  };
}

function resultOf(...lines: readonly Interval[]) {
  const ledger = new WorkerLedger(0, 'c');
  for (const each of lines) ledger.add(each);
  return ledger.result(5_000_000);
}

const HOST = { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null };

test('the longest standstill comes with its own wait for a processor, not with that of another', () => {
  const { blockedMsMax, blockedWaitMs } = resultOf(
    line({ blockedMs: 30, blockedWaitMs: 29 }),
    line({ blockedMs: 80, blockedWaitMs: 2 }),
    line({ blockedMs: 20, blockedWaitMs: 20 }),
  );
  assert.deepEqual([blockedMsMax, blockedWaitMs], [80, 2]);
});

test('a stop counts while replies can still come, not while connecting, warming up or closing', () => {
  const stages = ['connect', 'idle', 'warmup', 'measure', 'drain', 'close'] as const;
  const { pausedMs } = resultOf(...stages.map((stage, i) => line({ pausedMs: 10 ** i }, { stage })));
  assert.equal(pausedMs, 11_000);
  assert.equal(resultOf(line({}, { stage: 'warmup' })).pausedMs, null);
});

test('touched by collections: those due in the pauses, and those within a typical service time before', () => {
  const service = sparse(...new Array(99).fill(20_000), 900_000);
  const counters = COUNTERS.map(() => 0);
  const flow = [{ phase: 'measure' as const, second: 0, counters, histograms: { response: [], service, lag: [] } }];
  const { gcTouched } = resultOf(
    line({ gcLongPauses: 2, gcLongPauseMs: 30 }, { flow }),
    line({ gcLongPauses: 1, gcLongPauseMs: 10 }),
  );
  // (40 ms + 3 x 20 ms) of 2 s; 20 ms is the median's bucket.
  assert.ok(Math.abs(gcTouched! - 0.05) < 1e-4, String(gcTouched));
  assert.equal(resultOf(line({})).gcTouched, 0);
});

test('the instrument error is the reported minus the true quantile over the lines of the measure phase', () => {
  const check = (stage: Interval['stage'], shift: number, count: number, missed = 0) => {
    const truth = Array.from({ length: count }, (_, i) => 1000 + (i % 100));
    return line(
      {},
      {
        stage,
        instrument: { reported: sparse(...truth.map((us) => us + shift)), truth: sparse(...truth), missed },
      },
    );
  };
  const { instrument } = resultOf(check('warmup', 9000, 500), check('measure', 100, 500), check('measure', 100, 500));
  assert.equal(instrument!.count, 1000);
  assert.ok(Math.abs(instrument!.p50! - 100) <= 2 && Math.abs(instrument!.p99! - 100) <= 2);
  const few = resultOf(check('measure', 100, 999)).instrument!;
  assert.equal(few.p99, null, '999 messages are too few for p99');
  assert.notEqual(few.p50, null);
  const lossy = resultOf(check('measure', 100, 400, 600)).instrument!;
  assert.deepEqual(lossy, { p50: null, p99: null, count: 400, missed: 600 });
  assert.equal(resultOf(line({})).instrument, null);
});

test("the cell's instrument error is the worst worker's of each quantile, whatever its sign", () => {
  const workers = [
    { p50: 10, p99: null },
    { p50: -40, p99: 90 },
    { p50: 30, p99: -80 },
  ].map((errors) => ({ ...resultOf(line({})), instrument: { ...errors, count: 1000, missed: 0 } }));
  assert.deepEqual(clientResultOf(workers, HOST, 0).instrumentErrorUs, { p50: -40, p99: 90 });
  assert.equal(clientResultOf([resultOf(line({}))], HOST, 0).instrumentErrorUs, null);
});

test('connects that began late are in the trouble, and apart', () => {
  const connect = { wait: sparse(1000, 200_000, 300_000, 2_000_000), tcp: [], tls: [], upgrade: [], total: [] };
  const errors = [{ phase: 'connect', code: 'EMFILE', count: 5 }] as const;
  const { connectTrouble, connectLate } = resultOf(line({}, { connect, errors, stage: 'connect' }));
  assert.deepEqual([connectTrouble, connectLate], [7, 2]);
});
