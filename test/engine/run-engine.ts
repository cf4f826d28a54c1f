import { Engine } from '../../src/engine/engine.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Interval, WorkerHealth } from '../../src/metrics/interval.js';
import { CellMerger } from '../../src/metrics/merge.js';
import type { Cell, Shard } from '../../src/plan/cell.js';
import { FakeServer, type FakeServerOptions } from './fake-server.js';
import { ManualClock } from './manual-clock.js';

const HEALTHY: WorkerHealth = {
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

export interface EngineRun {
  readonly result: CellResult;
  readonly server: FakeServer;
  readonly intervals: readonly Interval[];
  readonly clock: ManualClock;
  readonly t0Us: number;
}

/** Runs a whole cell on one worker with fake sockets and a manual clock. `during` is called at t0. */
export async function runEngine(
  cell: Cell,
  options: Omit<FakeServerOptions, 'clock'>,
  during: (run: { clock: ManualClock; server: FakeServer; engine: Engine; t0Us: number }) => void = () => {},
): Promise<EngineRun> {
  const clock = new ManualClock();
  const server = new FakeServer({ ...options, clock });
  const intervals: Interval[] = [];
  const merger = new CellMerger(cell, 1);
  const engine = new Engine({
    shard: shardOf(cell),
    clock,
    connect: server.connect,
    health: { sample: () => HEALTHY },
    agent: 'test',
    metronome: null,
    instrument: null,
    onInterval: (interval) => {
      // What crosses to the coordinator is plain data.
      const copy = structuredClone(interval);
      intervals.push(copy);
      merger.add(copy);
    },
  });
  await clock.runUntilSettled(engine.connect(clock.nowUs() + 10_000));
  const t0Us = clock.nowUs() + 60_000;
  let stopped = false;
  during({ clock, server, engine, t0Us });
  const stop = engine.stop.bind(engine);
  engine.stop = () => {
    stopped = true;
    stop();
  };
  const totals = await clock.runUntilSettled(engine.run(t0Us));
  merger.workerDone(totals);
  const result = merger.finish({
    pacing: 'timer',
    interrupted: stopped,
    phases: [{ name: 'measure', fromMs: 0, toMs: cell.durationMs }],
    server: { status: 'unavailable', engine: null, reason: 'fake' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
  });
  return { result, server, intervals, clock, t0Us };
}

function shardOf(cell: Cell): Shard {
  return {
    cell,
    worker: 0,
    workers: 1,
    endpoint: {
      url: 'ws://fake/',
      address: null,
      headers: {},
      subprotocols: [],
      tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
      userAgent: 'wsurge/test',
    },
    env: {},
    data: [],
    pacing: 'timer',
  };
}
