import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { COUNTERS } from '../../src/metrics/counters.js';
import { tries } from '../share.js';
import { hasHub } from './simulation.js';
import type { SimulationReport, SimulationTask } from './simulation-thread.js';

const SEEDS = tries({ whole: 1000, share: 40 });
/** And so many more, of the seeds behind them whose messages reach many connections. */
const HUBS = tries({ whole: 100, share: 30 });
/** In threads of their own, which are spared what the test runner does at every promise. */
const THREADS = 2;

/** `SIMULATION_SEED=17 npm test -- simulation` runs that one seed. */
const only = process.env['SIMULATION_SEED'];
const seeds = only === undefined ? [...Array.from({ length: SEEDS }, (_, i) => i + 1), ...hubs()] : [Number(only)];

function hubs(): number[] {
  const found: number[] = [];
  for (let seed = SEEDS + 1; found.length < HUBS; seed++) if (hasHub(seed)) found.push(seed);
  return found;
}

describe(`${seeds.length} random cells`, () => {
  let reports: readonly SimulationReport[] = [];

  before(async () => {
    reports = await Promise.all(Array.from({ length: THREADS }, (_, thread) => simulateAll(thread)));
  });

  it('keep every law, and count what the server saw', () => {
    const failures = reports.flatMap((report) => report.failures).sort((a, b) => a.seed - b.seed);
    const [first] = failures;
    if (first !== undefined) assert.fail(`seed ${first.seed}, of ${failures.length} that fail: ${first.stack}`);
  });

  it('reach every counter but that of latencies beyond an hour', {
    skip: only !== undefined && 'one seed only',
  }, () => {
    const missed = COUNTERS.filter((name) => !reports.some(({ met }) => met.has(name)));
    assert.deepEqual(missed, ['clamped']);
  });
});

async function simulateAll(thread: number): Promise<SimulationReport> {
  const task: SimulationTask = { seeds: seeds.filter((seed) => seed % THREADS === thread) };
  const worker = new Worker(new URL('./simulation-thread.js', import.meta.url), { workerData: task });
  const [report] = (await once(worker, 'message')) as [SimulationReport];
  return report;
}
