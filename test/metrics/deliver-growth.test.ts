import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeliverGrowthTotals } from '../../src/metrics/deliver-growth.js';
import { Recording } from '../../src/metrics/recording.js';

const TIMEOUT_US = 1_000_000;

/** Ten deliveries a second, each after `us(second)`; `late` more in each second of the second half. */
function growthOf(seconds: number, us: (second: number) => number, late = 0) {
  const totals = new DeliverGrowthTotals();
  for (let second = 0; second < seconds; second++) {
    const recording = new Recording();
    for (let i = 0; i < 10; i++) recording.record(us(second));
    totals.add(second, recording.drain(), second >= seconds / 2 ? late : 0);
  }
  return totals.result(TIMEOUT_US);
}

describe('the growth of deliver times', () => {
  it('is the slope of the mean over the seconds, and over the second half', () => {
    const growth = growthOf(10, (second) => 1000 + 50_000 * second)!;
    assert.ok(Math.abs(growth.usPerSecond - 50_000) < 100, `${growth.usPerSecond}`);
    assert.ok(Math.abs(growth.lateUsPerSecond - 50_000) < 100);
    assert.ok(growth.r2 > 0.999);
    assert.equal(growthOf(10, () => 1000)!.usPerSecond, 0);
  });

  it('counts what came too late as if it had taken the timeout', () => {
    const growth = growthOf(10, () => 1000, 10)!;
    assert.ok(growth.usPerSecond > 50_000, `${growth.usPerSecond}`);
    assert.equal(Math.round(growth.lateUsPerSecond), 0);
  });

  it('is not known of fewer than five seconds', () => {
    assert.equal(
      growthOf(4, () => 1000),
      null,
    );
  });
});
