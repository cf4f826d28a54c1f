import { Engine } from '../../src/engine/engine.js';
import { Board, type BoardMemory } from '../../src/engine/fanout/board.js';
import type { Clock, Timer } from '../../src/engine/pacing/clock.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Interval, WorkerHealth } from '../../src/metrics/interval.js';
import type { CellContext } from '../../src/metrics/so-far.js';
import type { Cell, Shard } from '../../src/plan/cell.js';
import { type BoardLayout, boardLayout } from '../../src/plan/fanout.js';
import { MergedThreads } from '../metrics/merged-threads.js';
import { FakeServer, type FakeServerOptions } from './fake-server.js';
import type { ToldCell } from './grouped-cell.js';
import { ManualClock } from './manual-clock.js';

export const HEALTHY: WorkerHealth = {
  busy: 0,
  blockedMs: 0,
  blockedWaitMs: 0,
  pausedMs: 0,
  runQueueWaitMs: 0,
  cpuMs: 0,
  gcPauseMsMax: 0,
  gcLongPauses: 0,
  gcLongPauseMs: 0,
  heapBytes: 0,
};
const CONNECT_LEAD_US = 10_000;
const START_LEAD_US = 60_000;

export interface EngineRun {
  readonly result: CellResult;
  readonly server: FakeServer;
  readonly intervals: readonly Interval[];
  readonly clock: ManualClock;
  readonly t0Us: number;
}

interface DuringRun {
  readonly clock: ManualClock;
  readonly server: FakeServer;
  readonly engine: Pick<Engine, 'stop' | 'extend' | 'restarted'>;
  readonly t0Us: number;
}

/**
 * Runs a whole cell on one worker with fake sockets and a manual clock. `during` is called at t0; `longestMs`: see
 * Shard.
 */
export async function runEngine(
  cell: Cell,
  options: Omit<FakeServerOptions, 'clock'>,
  during: (run: DuringRun) => void = () => {},
  longestMs = cell.durationMs,
): Promise<EngineRun> {
  const cluster = new Cluster(cell, 1, options, longestMs);
  const { clock, server, intervals } = cluster;
  await cluster.connect();
  const t0Us = clock.nowUs() + START_LEAD_US;
  during({ clock, server, engine: cluster, t0Us });
  await cluster.run(t0Us);
  return { result: cluster.finish(), server, intervals, clock, t0Us };
}

/**
 * The workers of one cell with one fake server and one manual clock, as the coordinator would run them; any may die.
 */
export class Cluster {
  readonly clock = new ManualClock();
  readonly server: FakeServer;
  /** What reached the coordinator. */
  readonly intervals: Interval[] = [];
  #cell: Cell;
  readonly #merger: MergedThreads;
  readonly #workers: readonly Worker[];
  readonly #board: BoardMemory | null;
  #stopped = false;
  #totals: ToldCell['totals'] = [];

  /** `longestMs`: how far the cell may be extended. `board`: what differs from the usual board. */
  constructor(
    cell: Cell,
    workers: number,
    options: Omit<FakeServerOptions, 'clock'>,
    longestMs = cell.durationMs,
    board: Partial<BoardLayout> = {},
  ) {
    this.#cell = cell;
    this.server = new FakeServer({ ...options, clock: this.clock });
    this.#merger = new MergedThreads(cell, workers);
    const layout = boardLayout(cell, workers);
    this.#board = layout === null ? null : Board.memory({ ...layout, ...board });
    this.#workers = Array.from({ length: workers }, (_, worker) =>
      this.#worker({ ...shardOf(cell, worker, workers), longestMs }),
    );
  }

  async connect(): Promise<void> {
    const atUs = this.clock.nowUs() + CONNECT_LEAD_US;
    const connects = this.#workers.map(({ engine, death }) => Promise.race([engine.connect(atUs), death]));
    await this.clock.runUntilSettled(Promise.all(connects));
  }

  async run(t0Us: number): Promise<void> {
    const runs = this.#workers.map(({ engine, death }) => Promise.race([engine.run(t0Us), death]));
    const outcomes = await this.clock.runUntilSettled(Promise.all(runs));
    this.#totals = outcomes;
    outcomes.forEach((totals, worker) => {
      if (totals === null) this.#merger.workerLost(worker, 'died');
      else this.#merger.workerDone(totals);
    });
  }

  /** To be called before the cell's end; `delayMs`: when a worker hears of it. */
  extend(durationMs: number, delayMs: (worker: number) => number = () => 0): void {
    this.#cell = { ...this.#cell, durationMs };
    this.#merger.extend(durationMs);
    for (const [worker, { engine, clock }] of this.#workers.entries()) {
      clock.after(delayMs(worker), () => engine.extend(durationMs));
    }
  }

  restarted(event: number): void {
    for (const { engine } of this.#workers) engine.restarted(event);
  }

  stop(): void {
    this.#stopped = true;
    for (const { engine } of this.#workers) engine.stop();
  }

  /** From now on nothing is heard of this worker, and nothing it had planned happens. */
  kill(worker: number): void {
    const { clock, die } = this.#workers[worker]!;
    clock.isStopped = true;
    this.server.connections.forEach((connection, number) => {
      if (number % this.#workers.length === worker) connection.vanish();
    });
    die();
  }

  finish(): CellResult {
    return this.#merger.finish(this.#context());
  }

  /** Everything that reached the coordinator. */
  told(): ToldCell {
    const [cell, lines, totals] = [this.#cell, this.intervals, this.#totals];
    return { cell, workers: this.#workers.length, lines, totals, context: this.#context() };
  }

  #context(): CellContext {
    return {
      pacing: 'timer',
      interrupted: this.#stopped,
      phases: [{ name: 'measure', fromMs: 0, toMs: this.#cell.durationMs }],
      server: { status: 'unavailable', engine: null, reason: 'fake' },
      host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
      restartProblems: new Map(),
    };
  }

  #worker(shard: Shard): Worker {
    const clock = new WorkerClock(this.clock);
    const engine = new Engine({
      shard,
      clock,
      connect: this.server.connect,
      health: { sample: () => HEALTHY },
      agent: 'test',
      metronome: null,
      instrument: null,
      board: this.#board,
      onInterval: (interval) => {
        if (clock.isStopped) return;
        // What crosses to the coordinator is plain data.
        const copy = structuredClone(interval);
        this.intervals.push(copy);
        this.#merger.add(copy);
      },
    });
    let die = () => {};
    const death = new Promise<null>((resolve) => {
      die = () => resolve(null);
    });
    return { engine, clock, death, die };
  }
}

interface Worker {
  readonly engine: Engine;
  readonly clock: WorkerClock;
  readonly death: Promise<null>;
  readonly die: () => void;
}

/** One worker's view of the clock of all; its timers die with it. */
class WorkerClock implements Clock {
  isStopped = false;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  nowUs(): number {
    return this.#clock.nowUs();
  }

  after(ms: number, callback: () => void): Timer {
    return this.#clock.after(ms, () => this.#unlessDead(callback));
  }

  soon(callback: () => void): Timer {
    return this.#clock.soon(() => this.#unlessDead(callback));
  }

  #unlessDead(callback: () => void): void {
    if (!this.isStopped) callback();
  }
}

export function shardOf(cell: Cell, worker: number, workers: number): Shard {
  return {
    cell,
    worker,
    workers,
    endpoint: {
      url: 'ws://fake/',
      address: null,
      headers: {},
      subprotocols: [],
      tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
      userAgent: 'wsurge/test',
    },
    env: {},
    pacing: 'timer',
  };
}
