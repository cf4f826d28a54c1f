import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult, WorkerResult } from '../../src/metrics/cell-result.js';
import { healthyCell, judgementOf, quantilesOf, withConnections, withWorker } from './cell-fixture.js';

function fixOf(cell: CellResult, code: string): string {
  const reason = judgementOf(cell).reasons.find((each) => each.code === code);
  assert.ok(reason !== undefined, `${code} was not found`);
  return reason.fix;
}

/** Constant send lag against a response time of 1 ms. */
const late = (lagUs: number, more: Partial<WorkerResult> = {}, pacing = 'timer') => ({
  ...withWorker(healthyCell(), {
    lagUs: quantilesOf([lagUs], 2000),
    responseUs: quantilesOf([1000], 2000),
    ...more,
  }),
  pacing,
});
const lagFix = (...of: Parameters<typeof late>) => fixOf(late(...of), 'client_lag');

test('lag within a few grains of a coarse wake-up wants a finer one', () => {
  assert.match(lagFix(9000), /--pacing metronome/);
  assert.match(lagFix(2000, {}, 'metronome'), /--pacing spin/);
});

test('lag that no wake-up explains, or of a busy worker, wants more workers', () => {
  assert.match(lagFix(30_000), /^add workers: -w 2/);
  assert.match(lagFix(9000, { busy: 0.8 }), /^add workers: -w 2/);
  assert.match(lagFix(2000, {}, 'spin'), /^add workers: -w 2/);
});

test('lag of a thread that was kept from running wants what keeps it away, never more workers', () => {
  assert.match(lagFix(9000, { runQueueWait: 0.041 }), /stop other work on this machine, use fewer workers/);
  assert.match(lagFix(30_000, { runQueueWait: 0.2, busy: 0.8 }), /stop other work on this machine/);
  assert.match(lagFix(30_000, { pausedMs: 700 }), /let it run/);
  const throttled = late(30_000, { runQueueWait: 0.2 });
  const client = { ...throttled.client, throttled: 0.2 };
  assert.match(fixOf({ ...throttled, client }, 'client_lag'), /raise the CPU quota/);
});

test('a standstill is mended by what it was spent with', () => {
  const blocked = (more: Partial<WorkerResult>) =>
    fixOf(withWorker(healthyCell(), { blockedMsMax: 100, ...more }), 'client_blocked');
  assert.match(blocked({ blockedWaitMs: 60 }), /stop other work on this machine/);
  assert.match(blocked({ blockedWaitMs: 40, gcPauseMsMax: 60 }), /^send smaller messages/);
  assert.match(blocked({ blockedWaitMs: null, gcPauseMsMax: null }), /^add workers: -w 2/);
});

test('connects that failed on this side name the limit to raise, and to what', () => {
  const failing = (code: string | null, asked = 100) => {
    const cell = withWorker(withConnections(healthyCell(), { asked }), { connectTrouble: 12, connectAttempts: asked });
    const errors = code === null ? [] : [{ phase: 'connect' as const, code, count: 12 }];
    return fixOf({ ...cell, errors }, 'client_connect');
  };
  assert.equal(failing('EMFILE'), 'raise ulimit -n to 65536');
  assert.equal(failing('EMFILE', 64_512), 'raise ulimit -n to 65536');
  assert.equal(failing('EMFILE', 64_513), 'raise ulimit -n to 131072');
  assert.match(failing('EADDRNOTAVAIL'), /ip_local_port_range="1024 65535"/);
  assert.match(failing('ENFILE'), /fs\.file-max/);
  assert.match(failing('ENOBUFS'), /memory/);
  assert.match(failing('ECONNREFUSED'), /lower --connect-rate/);
  assert.match(failing(null), /lower --connect-rate/);
});

test('what the target refused stands beside what failed on this side, but is not counted there', () => {
  const cell = withWorker(healthyCell(), { connectTrouble: 2, connectAttempts: 100 });
  const errors = [
    { phase: 'connect' as const, code: 'EMFILE', count: 2 },
    { phase: 'connect' as const, code: 'HTTP_503', count: 5 },
  ];
  const reason = judgementOf({ ...cell, errors }).reasons.find(({ code }) => code === 'client_connect');
  assert.equal(reason?.message, 'worker 0: 2 of 100 connects (2 %) failed or started late on this side: 2 x EMFILE');
});

test('a cell that got faster wants a longer warm-up, one that got slower a longer measurement', () => {
  const moving = (first: number, second: number) => {
    const half = (p50: number) => ({ p50, ci: [p50 - 1, p50 + 1] as const });
    return fixOf(
      { ...healthyCell(), stationarity: { halves: [half(first), half(second)], trend: null } },
      'non_stationary',
    );
  };
  assert.match(moving(2000, 1000), /-W 10s/);
  assert.match(moving(1000, 2000), /^measure longer \(-d\)/);
});
