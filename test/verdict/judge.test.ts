import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT } from '../../src/errors.js';
import type { CellResult, RunOutcome } from '../../src/metrics/cell-result.js';
import type { Threshold } from '../../src/profile/profile.js';
import { judge } from '../../src/verdict/judge.js';
import { healthyCell, withConnections, withMessages, withWorker } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const healthy = healthyCell();
const degraded = withWorker(healthy, { busy: 0.8 });
const invalid = withWorker(healthy, { busy: 0.95 });
const losing = withMessages(healthy, { answered: 9999, lostOnClose: 1, received: 9999 });
const unreachable: CellResult = {
  ...withConnections(withMessages(healthy, { sent: 0, answered: 0, received: 0, notConnected: 10_000 }), {
    opened: 0,
    failed: 100,
    held: 0,
    closedClean: 0,
  }),
  errors: [{ phase: 'connect', code: 'ECONNREFUSED', count: 100 }],
};

const passing = threshold('ws_response_time', 'p(95)', '<', 60_000_000);
const failing = threshold('ws_response_time', 'p(95)', '<', 1);
const undecided = threshold('ws_response_time', 'p(95)', '<', 1, { selector: { load: 'nowhere' } });

function run(
  cells: readonly CellResult[],
  thresholds: readonly Threshold[] = [],
  more: Partial<RunOutcome> & { strict?: boolean; defaultGates?: boolean } = {},
) {
  const { strict = false, defaultGates = true, ...outcome } = more;
  return judge({ cells, notRun: [], interrupted: false, abortedBy: null, ...outcome }, thresholds, {
    strict,
    defaultGates,
  });
}

test('all well: valid, ok, passed, 0', () => {
  const verdict = run([healthy, healthyCell({ connections: 500 })], [passing]);
  assert.deepEqual(
    [verdict.validity, verdict.target, verdict.passed, verdict.exitCode],
    ['valid', 'ok', true, EXIT.passed],
  );
  assert.deepEqual(verdict.reasons, []);
  assert.equal(verdict.cells.length, 2);
  assert.equal(verdict.gates.length, 14);
});

test('the exit code of each kind of end', () => {
  assert.equal(run([unreachable]).exitCode, EXIT.unreachable);
  assert.equal(run([healthy], [], { interrupted: true }).exitCode, EXIT.interrupted);
  assert.equal(run([invalid]).exitCode, EXIT.invalid);
  assert.equal(run([healthy], [undecided]).exitCode, EXIT.invalid);
  assert.equal(run([losing]).exitCode, EXIT.failed);
  assert.equal(run([healthy], [failing]).exitCode, EXIT.failed);
  assert.equal(run([healthy], [], { abortedBy: 'ws_response_time p(95)<1' }).exitCode, EXIT.failed);
  assert.equal(run([degraded]).exitCode, EXIT.passed);
  assert.equal(run([degraded], [], { strict: true }).exitCode, EXIT.invalid);
});

test('the earlier code wins: unreachable, interrupted, invalid, failed', () => {
  assert.equal(run([unreachable], [failing], { interrupted: true }).exitCode, EXIT.unreachable);
  assert.equal(run([invalid, losing], [failing], { interrupted: true }).exitCode, EXIT.interrupted);
  assert.equal(run([invalid, losing], [failing]).exitCode, EXIT.invalid);
  assert.equal(run([healthy], [failing, undecided]).exitCode, EXIT.invalid);
  assert.equal(run([degraded, losing]).exitCode, EXIT.failed);
  assert.equal(run([degraded, losing], [], { strict: true }).exitCode, EXIT.invalid);
});

test('one cell that opened is enough to have reached the target', () => {
  const verdict = run([healthy, unreachable]);
  assert.equal(verdict.exitCode, EXIT.failed);
  assert.equal(verdict.target, 'down');
  assert.equal(verdict.validity, 'valid');
});

test('stopped before the first connection opened is interrupted, not unreachable', () => {
  const before = withConnections(healthy, { attempts: 5, opened: 0, abandoned: 5, held: 0, closedClean: 0 });
  assert.equal(run([before], [], { interrupted: true }).exitCode, EXIT.interrupted);
});

test('gate: false shows and never decides, not even under --strict', () => {
  const shown = [failing, undecided].map((one) => ({ ...one, gate: false }));
  const few = threshold('ws_response_time', 'p(99.99)', '<', 1, { gate: false });
  const verdict = run([healthy], [...shown, few], { strict: true });
  assert.equal(verdict.exitCode, EXIT.passed);
  assert.equal(verdict.passed, true);
  assert.deepEqual(
    verdict.thresholds.map(({ passed }) => passed),
    [false, null, null],
  );
});

test('a gating quantile the sample cannot carry: undecided, degraded, 98', () => {
  const verdict = run([healthy], [threshold('ws_response_time', 'p(99.99)', '<', 1)]);
  assert.equal(verdict.validity, 'degraded');
  assert.equal(verdict.exitCode, EXIT.invalid);
  assert.deepEqual(
    verdict.reasons.map(({ code }) => code),
    ['few_samples'],
  );
});

test('--no-default-gates leaves only what was asked for', () => {
  const verdict = run([losing], [], { defaultGates: false });
  assert.deepEqual(verdict.gates, []);
  assert.equal(verdict.exitCode, EXIT.passed);
});

test('the worst cell speaks for the run, on each side', () => {
  const overloaded = withMessages(healthyCell({ id: 'b' }), { answered: 9999, timedOut: 1, late: 1 });
  const verdict = run([degraded, overloaded, healthyCell({ id: 'c' })]);
  assert.deepEqual([verdict.validity, verdict.target], ['degraded', 'overloaded']);
  assert.deepEqual(
    verdict.cells.map(({ validity, target }) => `${validity} ${target}`),
    ['degraded ok', 'valid overloaded', 'valid ok'],
  );
});

test('nothing measured, or cells left out, is never a pass', () => {
  assert.equal(run([]).exitCode, EXIT.invalid);
  const partial = run([healthy], [], { notRun: [{ id: 'x', reason: 'the target did not come back' }] });
  assert.equal(partial.exitCode, EXIT.invalid);
  assert.match(partial.reasons[0]!.message, /x: the target did not come back/);
  const stopped = { notRun: [{ id: 'x', reason: 'interrupted' }], interrupted: true };
  assert.equal(run([healthy], [], stopped).exitCode, EXIT.interrupted);
});
