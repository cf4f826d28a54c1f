import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type CapacityPlan, CapacitySource } from '../../src/campaign/capacity-source.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { Totals } from '../../src/metrics/histogram.js';
import { summarize } from '../../src/metrics/quantiles.js';
import { Recording } from '../../src/metrics/recording.js';
import type { SecondCounts } from '../../src/metrics/seconds/bootstrap-table.js';
import type { Cell } from '../../src/plan/cell.js';
import { Rng } from '../../src/stats/rng.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell } from '../verdict/cell-fixture.js';
import { threshold } from '../verdict/threshold-fixture.js';

/** Messages a second that the server can do. */
const MU = 1000;
const LIMIT_US = 20_000;

/** One server, first come first served, exponential service, arrivals as from independent users: what a step would show. */
function queued(cell: Cell): CellResult {
  const rng = new Rng(cell.seed);
  const exponentialUs = (perSecond: number) => (-Math.log(1 - rng.next()) / perSecond) * 1e6;
  const rate = cell.rate!.to;
  const seconds: SecondCounts[] = [];
  const totals = new Totals();
  let atUs = 0;
  let freeUs = 0;
  for (let second = 0; second < cell.durationMs / 1000; second++) {
    const recording = new Recording();
    for (; atUs < (second + 1) * 1e6; atUs += exponentialUs(rate)) {
      freeUs = Math.max(freeUs, atUs) + exponentialUs(MU);
      recording.record(Math.max(1, Math.round(freeUs - atUs)));
    }
    const answered = recording.drain();
    totals.add(answered);
    seconds.push({ answered, timedOut: 0, otherCensored: 0 });
  }
  const options = { timedOut: 0, otherCensored: 0, timeoutUs: 5_000_000, seed: cell.seed };
  const response = summarize(totals, { ...options, seconds });
  const healthy = healthyCell({ id: cell.id, connections: 50, rate: 100, durationMs: 5000 });
  const flow = healthy.flows[0]!;
  const histograms = { ...flow.histograms, response: totals.encode(), service: totals.encode() };
  const latencyUs = { ...flow.latencyUs, response, service: response };
  const backlog = { perSecond: 0, r2: 0, latePerSecond: 0 };
  return { ...healthy, flows: [{ ...flow, latencyUs, histograms }], overload: { backlog, unanswered: 0 } };
}

// p99 of the time in such a system is ln(100) / (mu - lambda): 20 ms at lambda = 770/s.
it('finds the rate at which a queue of known theory answers 99 % within 20 ms, to 5 %', () => {
  for (const seed of [1, 2, 3]) {
    const plan: CapacityPlan = {
      axis: 'rate',
      template: cellWith({ connections: { from: 50, to: 50 }, rate: { from: 200, to: 200 }, durationMs: 60_000, seed }),
      perConnection: false,
      ...{ rooms: 1, fewest: 1 },
      rows: [],
      maxConnections: 50,
      maxRatePerSecond: 100_000,
      slo: threshold('ws_response_time', 'p(99)', '<=', LIMIT_US),
      samples: 1000,
      freeCores: null,
      workers: 1,
    };
    const source = new CapacitySource(plan);
    for (let cell = source.next(); cell !== null; cell = source.next()) source.settle(queued(cell));
    const level = source.rows()[0]!.level!;
    assert.ok(level >= 730 && level <= 808, `seed ${seed}: ${level}/s`);
  }
});
