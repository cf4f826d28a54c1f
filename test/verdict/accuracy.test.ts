import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT } from '../../src/errors.js';
import type { CellResult, QuantileName, WorkerResult } from '../../src/metrics/cell-result.js';
import type { Accuracy, Threshold } from '../../src/profile/profile.js';
import { judge } from '../../src/verdict/judge.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { bracketsFor, healthyCell, judgementOf, withWorker } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const STARVED: Partial<WorkerResult> = { runQueueWait: 0.23, busy: 0.8, blockedMsMax: 90 };

/** A cell of which every quantile, or those named, lies between these, microseconds. */
function between(lowUs: number, highUs: number, names: readonly QuantileName[] = ['p50', 'p95', 'p99']): CellResult {
  const cell = healthyCell({ addedUs: [1] });
  const quantiles = Object.fromEntries(names.map((name) => [name, [lowUs, highUs] as const]));
  return { ...cell, brackets: { ...cell.brackets!, quantiles: { ...cell.brackets!.quantiles, ...quantiles } } };
}

const words = (cell: CellResult, accuracy?: Accuracy) => {
  const { validity, reasons } = judgeCell(cell, [], accuracy);
  return [validity, ...reasons.map(({ code, severity }) => `${code} ${severity}`)];
};

test('what disturbs the generator is a note while every bracket is fine', () => {
  const cell = withWorker(healthyCell({ addedUs: [40, 60, 90] }), STARVED);
  assert.deepEqual(words(cell), ['valid', 'client_busy note', 'client_blocked note', 'cpu_starved note']);
  const stolen = { ...cell, client: { ...cell.client, steal: 0.2, throttled: 0.3 } };
  assert.equal(words(stolen)[0], 'valid');
});

test('a bracket wider than asked for is DEGRADED; the cause furthest past its limit stands beside it, the others are notes', () => {
  const cell = withWorker(between(14_000, 20_000, ['p99']), STARVED);
  const [reason] = judgementOf(cell).reasons;
  assert.deepEqual([reason?.code, reason?.severity], ['accuracy', 'degraded']);
  assert.match(reason!.message, /^p99 14\.0–20\.0 ms \(asked for: to 20 % or 1 ms\): /);
  assert.match(reason!.message, /waited for a processor 23 %/);
  const others = judgementOf(cell).reasons.slice(1);
  for (const [code, text] of [
    ['client_blocked', 'stood still for 90 ms'],
    ['client_busy', 'busy 80 %'],
  ] as const) {
    assert.ok(!reason!.message.includes(text), reason!.message);
    const other = others.find((each) => each.code === code);
    assert.equal(other?.severity, 'note', code);
    assert.ok(other!.message.includes(text), other!.message);
  }
  assert.match(reason!.fix, /stop other work/);
});

test('all wide quantiles are one reason; without a cause it says where the width comes from and what is finer', () => {
  const { reasons } = judgementOf(between(3000, 5000));
  assert.equal(reasons.length, 1);
  assert.match(reasons[0]!.message, /p50 3\.00–5\.00 ms, p95 3\.00–5\.00 ms, p99 3\.00–5\.00 ms/);
  const late = healthyCell({ serviceUs: [1000], lagUs: [1900], addedUs: [60] });
  const [reason] = judgementOf(late).reasons;
  assert.match(reason!.message, /1\.90 ms of p99 may be late sending, 0\.06\d* ms the way back/);
  assert.match(reason!.fix, /--pacing metronome/);
});

test('within 20 % or within 1 ms is VALID; what was asked for counts', () => {
  assert.deepEqual(words(between(8000, 10_000)), ['valid']);
  assert.deepEqual(words(between(7990, 10_000)), ['degraded', 'accuracy degraded']);
  assert.deepEqual(words(between(100, 1100)), ['valid']);
  assert.deepEqual(words(between(99, 1100)), ['degraded', 'accuracy degraded']);
  assert.deepEqual(words(between(8000, 10_000), { share: 0.1, us: 500 }), ['degraded', 'accuracy degraded']);
  assert.deepEqual(words(between(9000, 10_000), { share: 0.1, us: 500 }), ['valid']);
  assert.deepEqual(words(between(6000, 10_000), { share: 0, us: 4000 }), ['valid']);
});

test('INVALID where the lower end is under half the upper one and 5 ms away', () => {
  assert.deepEqual(words(between(14_000, 31_000)), ['invalid', 'accuracy invalid']);
  assert.deepEqual(words(between(100, 5000)), ['degraded', 'accuracy degraded']);
});

test('p99.9 is judged where a threshold asks for it', () => {
  const cell = between(1000, 90_000, ['p99_9']);
  assert.equal(judgeCell(cell, []).validity, 'valid');
  assert.equal(judgeCell(cell, [threshold('ws_response_time', 'p(99.9)', '<', 1e6)]).validity, 'invalid');
});

test('a machine that stood still for half a second: p99 shows it, p50 is as good as ever', () => {
  // One message in 20 is sent late, and one check in 20 comes back late, by up to 500 ms.
  const stall = Array.from({ length: 200 }, (_, i) => (i < 10 ? 25_000 + i * 50_000 : 60));
  const cell = healthyCell({ serviceUs: [10_000], lagUs: stall, addedUs: stall });
  const { p50, p99 } = cell.brackets!.quantiles;
  assert.ok(p50![1] - p50![0] < 300, `p50 ${p50}`);
  assert.ok(p99![0] <= 10_010 && p99![1] > 300_000, `p99 ${p99}`);
  const [reason] = judgementOf(cell).reasons;
  assert.equal(`${reason?.code} ${reason?.severity}`, 'accuracy invalid');
  assert.doesNotMatch(reason!.message, /p50/);
});

test('closed loops, ramps, cells of a second: by their own brackets; listeners have none', () => {
  const noisy = [...Array.from({ length: 19 }, () => 50), 40_000];
  const closed = healthyCell({ model: 'closed', serviceUs: noisy, addedUs: noisy });
  assert.equal(judgementOf(closed).validity, 'invalid');
  assert.deepEqual(words(healthyCell({ model: 'closed', addedUs: [50] })), ['valid']);
  const ramp = { ...between(1000, 9000), ramp: true, flows: between(1000, 9000).flows };
  assert.match(judgementOf(ramp).reasons[0]!.message, /over the whole ramp/);
  const short = healthyCell({ durationMs: 1000 });
  const brackets = bracketsFor(short.flows[0]!, [40, 60, 90], 200);
  assert.deepEqual(words({ ...short, brackets }), ['valid']);
  const listening = withWorker(healthyCell({ model: 'listen', addedUs: [1] }), { busy: 0.95 });
  assert.deepEqual(words(listening), ['invalid', 'client_busy invalid']);
});

test('where nothing was measured, what disturbs judges, and the output says so', () => {
  const cell = withWorker(healthyCell(), { runQueueWait: 0.23 });
  const flow = cell.flows[0]!;
  for (const [brackets, message] of [
    [{ ...bracketsFor(flow, []), unknown: 'off' as const }, /the instrument check was off/],
    [{ ...bracketsFor(flow, []), missed: 1000 }, /none of the 1,000 messages of the instrument check came back/],
    [bracketsFor(flow, [60], 99), /only 99 messages of the instrument check came back, 100 are needed/],
  ] as const) {
    const { validity, reasons } = judgementOf({ ...cell, brackets });
    assert.equal(validity, 'invalid');
    assert.deepEqual(
      reasons.map(({ code, severity }) => `${code} ${severity}`),
      ['error_unknown note', 'cpu_starved invalid'],
    );
    assert.match(reasons[0]!.message, message);
  }
  assert.deepEqual(words(cell), ['invalid', 'cpu_starved invalid'], 'a result of an older version');
});

test('a movement within the accuracy is none', () => {
  const half = (p50: number) => ({ p50, ci: [p50 - 1, p50 + 1] as const });
  const moved = (cell: CellResult): CellResult => ({
    ...cell,
    stationarity: { halves: [half(300), half(900)], trend: null },
  });
  assert.deepEqual(words(moved(healthyCell({ addedUs: [60] }))), ['valid']);
  assert.deepEqual(words(moved(healthyCell())), ['degraded', 'non_stationary degraded']);
  assert.deepEqual(words(moved(healthyCell({ addedUs: [60] })), { share: 0.1, us: 500 })[0], 'degraded');
});

const p99 = (limitUs: number, more: Partial<Threshold> = {}) =>
  threshold('ws_response_time', 'p(99)', '<', limitUs, more);

/** Service 14 ms, sent 17 ms late: p99 lies between 14 and 31 ms. */
const wide = healthyCell({ serviceUs: [14_000], lagUs: [17_000], addedUs: [60] });

function exit(cell: CellResult, thresholds: readonly Threshold[], strict = false) {
  const outcome = { cells: [cell], notRun: [], interrupted: false, abortedBy: null };
  return judge(outcome, thresholds, { strict, defaultGates: true }).exitCode;
}

test('a decided threshold stands on a cell that is INVALID for its width, an undecided one is 98', () => {
  assert.equal(judgementOf(wide).validity, 'invalid');
  assert.equal(exit(wide, [p99(50_000)]), EXIT.passed);
  assert.equal(exit(wide, [p99(10_000)]), EXIT.failed);
  assert.equal(exit(wide, [p99(20_000)]), EXIT.invalid);
  assert.equal(exit(wide, [p99(50_000), p99(20_000)]), EXIT.invalid);
  assert.equal(exit(wide, []), EXIT.invalid, 'nothing was asked, and the figures are no answer');
  assert.equal(exit(wide, [p99(50_000, { gate: false })]), EXIT.invalid);
  assert.equal(exit(wide, [threshold('ws_msgs_lost', 'count', '==', 0)]), EXIT.invalid);
  assert.equal(exit(wide, [p99(50_000)], true), EXIT.invalid, 'strict');
  const other = p99(50_000, { selector: { load: 'elsewhere' } });
  assert.equal(exit(wide, [other]), EXIT.invalid);
});

test('nothing stands where the load was not delivered, or the error is not known', () => {
  const lost = withWorker(wide, { status: 'lost', error: 'out of memory' });
  assert.equal(exit(lost, [p99(50_000)]), EXIT.invalid);
  const { brackets: _, ...unknown } = withWorker(wide, { runQueueWait: 0.3 });
  assert.equal(exit(unknown, [p99(50_000)]), EXIT.invalid);
});

test('the verdict says what it judged by', () => {
  const outcome = { cells: [wide], notRun: [], interrupted: false, abortedBy: null };
  const accuracy = { share: 0.5, us: 20_000 };
  const verdict = judge(outcome, [], { strict: false, defaultGates: true, accuracy });
  assert.deepEqual([verdict.validity, verdict.accuracy], ['valid', accuracy]);
});
