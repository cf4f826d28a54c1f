import { performance } from 'node:perf_hooks';
import { mock } from 'node:test';
import {
  type Instant,
  type ShardOutcome,
  type ShardRunner,
  THREADS_TIMING,
} from '../../src/coordinator/shard-runner.js';
import { C, COUNTERS } from '../../src/metrics/counters.js';
import { INTERVAL_VERSION, type Interval } from '../../src/metrics/interval.js';
import { Recorder } from '../../src/metrics/recorder.js';
import type { Cell, Shard } from '../../src/plan/cell.js';
import { HEALTHY } from '../engine/run-engine.js';

/** Runs nothing: when it is told that a second is over, every worker reports ten messages due in it. */
export class SecondsRunner implements ShardRunner {
  readonly timing = THREADS_TIMING;
  readonly #workers: number;
  #cell: Cell | null = null;
  #tell: (interval: Interval) => void = () => {};
  #isLoading = false;
  #second = 0;

  constructor(workers: number) {
    this.#workers = workers;
  }

  async prepare([shard]: readonly Shard[], onInterval: (interval: Interval) => void): Promise<void> {
    this.#cell = shard!.cell;
    this.#tell = onInterval;
    this.#second = 0;
  }

  /** The next second is over. */
  secondPasses(): void {
    if (!this.#isLoading) return;
    for (let worker = 0; worker < this.#workers; worker++) this.#tell(this.#line(worker));
    this.#second++;
  }

  #line(worker: number): Interval {
    const second = this.#second;
    const counters = COUNTERS.map(() => 0);
    for (const name of ['planned', 'sent', 'answered', 'received'] as const) counters[C[name]] = 10;
    const counts = [500, 10];
    const histograms = { response: counts, service: counts, lag: counts };
    return {
      ...{
        v: INTERVAL_VERSION,
        agent: 'test',
        cell: this.#cell!.id,
        workers: [worker, worker + 1],
        line: second,
        elapsedMs: 1000,
      },
      ...{ stage: 'measure', second, open: 5, openMin: 5, inFlight: 0, health: HEALTHY, instrument: null },
      ...new Recorder(this.#cell!).flush(),
      flow: [{ phase: 'measure', second, counters, histograms }],
    };
  }

  instantIn(): Instant {
    return 0 as unknown as Instant;
  }

  async connect(): Promise<number> {
    return 0;
  }

  start(): void {
    this.#isLoading = true;
  }

  extend(): void {}
  restarted(): void {}
  stop(): void {}

  async done(): Promise<readonly ShardOutcome[]> {
    this.#isLoading = false;
    return Array.from({ length: this.#workers }, (_, worker) => ({ worker, status: 'lost', error: 'scripted' }));
  }

  async dispose(): Promise<void> {}
}

/**
 * Lets `running` come to its end while time passes second by second, as fast as it can: `performance.now` and
 * `setTimeout` are mocked. `onSecond` is called before each.
 */
export async function inMockedTime<T>(runner: SecondsRunner, running: () => Promise<T>): Promise<T> {
  let nowMs = 0;
  let isOver = false;
  mock.method(performance, 'now', () => nowMs);
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const outcome = running().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      // A second in steps, so that short waits are not stretched to a second.
      for (const ms of [100, 900]) {
        nowMs += ms;
        mock.timers.tick(ms);
        await new Promise(setImmediate);
      }
      runner.secondPasses();
    }
    return await outcome;
  } finally {
    mock.timers.reset();
    mock.restoreAll();
  }
}
