import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { modelOf } from '../../src/verdict/capacity-model.js';
import { donePerSecond } from '../../src/verdict/done.js';
import { healthyCell, withMessages } from './cell-fixture.js';

/** In flight grows by so many a second from what it was at the end of the first. */
function growing(cell: CellResult, perSecond: number): CellResult {
  return { ...cell, seconds: cell.seconds.map((second, i) => ({ ...second, inFlight: 200 + i * perSecond })) };
}

it('answers in the drain are not done within the measured time', () => {
  const cell = healthyCell({ rate: 1010, durationMs: 5000 });
  assert.equal(donePerSecond(cell), 1010);
  assert.equal(donePerSecond(growing(cell, 183)), 827);
  assert.equal(donePerSecond(growing(cell, -20)), 1010, 'a backlog of the warm-up that goes is no more done');
  const unknown = { ...cell, seconds: cell.seconds.map((second) => ({ ...second, inFlight: null })) };
  assert.equal(donePerSecond(unknown), 1010);
});

it('what was never answered is taken off once', () => {
  const cell = growing(healthyCell({ rate: 1000, durationMs: 5000 }), 300);
  const lost = withMessages(cell, { answered: 4000, timedOut: 1000 });
  const half = { ...lost, rate: { ...lost.rate, answeredPerSecond: 800 } };
  assert.equal(donePerSecond(half), 700);
});

/** Steps whose server does at most `most` a second, by connections at `each` messages a second. */
function steps(counts: readonly number[], each: number, most: number): CellResult[] {
  return counts.map((connections) => {
    const rate = connections * each;
    return growing(healthyCell({ connections, rate, durationMs: 5000 }), Math.max(0, rate - most));
  });
}

it('the law rises no higher than what was really done', () => {
  const { points, fit } = modelOf(steps([100, 150, 225, 338, 420, 507], 2, 800), 'connections');
  assert.equal(Math.max(...points.map(([, x]) => x)), 800);
  assert.ok(fit!.peakThroughput === null || fit!.peakThroughput <= 840, String(fit!.peakThroughput));
});

it('claims no peak past the steps, and no law where the plan asked for one rate throughout', () => {
  const bending = [100, 150, 225, 338, 420, 507].map((n) => {
    const cell = healthyCell({ connections: n, rate: n, durationMs: 5000 });
    const x = n / (1 + 1e-4 * (n - 1) + 1e-7 * n * (n - 1));
    return { ...cell, rate: { ...cell.rate, answeredPerSecond: x } };
  });
  const { fit, claim } = modelOf(bending, 'connections');
  assert.equal(fit!.peakAt, null);
  assert.match(claim, /^no peak within the steps/);
  const constant = [100, 150, 225, 338, 507].map((connections, i) => {
    const cell = healthyCell({ connections, rate: 1000 });
    return { ...cell, rate: { ...cell.rate, answeredPerSecond: 1000 - i } };
  });
  assert.deepEqual([modelOf(constant, 'connections').fit, modelOf(constant, 'both').fit], [null, null]);
  assert.match(modelOf(constant, 'connections').claim, /^no law: every step asked for the same rate/);
});
