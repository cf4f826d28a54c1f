import { parentPort, workerData } from 'node:worker_threads';
import { COUNTERS, type CounterName } from '../../src/metrics/counters.js';
import { Totals } from '../../src/metrics/histogram.js';
import { simulate } from './simulation.js';

export interface SimulationTask {
  readonly seeds: readonly number[];
}

export interface SimulationReport {
  readonly failures: readonly { readonly seed: number; readonly stack: string }[];
  /** Counters that were above 0 in any of the cells. */
  readonly met: ReadonlySet<CounterName>;
}

// No law looks at means and deviations, which take four fifths of the time.
Object.defineProperties(Totals.prototype, { mean: { get: () => null }, stdev: { get: () => null } });

const { seeds } = workerData as SimulationTask;
const failures: { seed: number; stack: string }[] = [];
const met = new Set<CounterName>();
for (const seed of seeds) {
  try {
    const counters = await simulate(seed);
    for (const name of COUNTERS) if (counters[name] > 0) met.add(name);
  } catch (error) {
    failures.push({ seed, stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
parentPort!.postMessage({ failures, met } satisfies SimulationReport);
