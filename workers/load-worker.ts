import { totalmem } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerTask } from '../src/coordinator/protocol.js';
import { startPulse } from '../src/coordinator/pulse-watch.js';
import { Engine } from '../src/engine/engine.js';
import { HealthMonitor } from '../src/engine/health.js';
import { realClock } from '../src/engine/pacing/clock.js';
import { Leash } from '../src/engine/pacing/leash.js';
import type { ConnectFn } from '../src/engine/pool.js';
import { Arrivals } from '../src/engine/socket/arrivals.js';
import { Connection } from '../src/engine/socket/connection.js';
import { memoryShare, UnfinishedMemory } from '../src/engine/socket/unfinished-memory.js';
import { usableMemory } from '../src/machine/usable-memory.js';
import type { WorkerTotals } from '../src/metrics/interval.js';
import { type Shard, workersHere } from '../src/plan/cell.js';
import { cellHash } from '../src/plan/cell-hash.js';
import type { AnyScript } from '../src/script/life.js';
import { loadScript } from '../src/script/load.js';
import { printAside } from '../src/script/print-aside.js';
import { Pulse, pulsed } from '../src/script/pulse.js';

/**
 * Runs one shard. Orders come in over the task's port, and intervals go out over it. The totals are the task's result.
 */
export default function runShard(task: WorkerTask): Promise<WorkerTotals> {
  const memoryBytes = usableMemory(totalmem(), process.constrainedMemory());
  const { endpoint } = task.shard;
  const unfinishedBytes = endpoint.receive?.unfinishedBytes ?? null;
  const unfinished = new UnfinishedMemory(memoryShare(memoryBytes, workersHere(task.shard), unfinishedBytes));
  const shared = { unfinished, arrivals: new Arrivals(realClock) };
  return runShardOver((...args) => new Connection(...args, shared), task);
}

/** The same, over the caller's own kind of connections: tests and the lab use others. */
export async function runShardOver(
  connect: ConnectFn,
  { shard, agent, port, metronome, instrument, board, pulse: memory = null, leash: held }: WorkerTask,
): Promise<WorkerTotals> {
  const pulse = memory === null ? null : new Pulse(memory);
  const stopPulse = pulse === null ? () => {} : startPulse(pulse);
  const script = await scriptOf(shard, pulse);
  const health = new HealthMonitor();
  const leash = held === undefined ? null : new Leash(held);
  const tell = (message: FromWorker) => port.postMessage(message);
  const engine = new Engine({
    shard,
    script,
    agent,
    health,
    metronome,
    connect: leash === null ? connect : leashed(connect, leash),
    leash,
    instrument,
    board,
    clock: realClock,
    onInterval: (interval) => tell({ type: 'interval', interval }),
  });
  try {
    const totals = obey(engine, port, tell);
    tell({ type: 'ready', cellHash: cellHash(shard.cell) });
    return await totals;
  } finally {
    stopPulse();
    health.stop();
    metronome?.port.close();
    port.close();
  }
}

/** The script of the shard's cell, imported into this thread; nothing if it has none. */
async function scriptOf({ cell, folder = '.' }: Shard, pulse: Pulse | null): Promise<AnyScript | undefined> {
  const source = cell.wire?.script ?? null;
  if (source === null) return undefined;
  pulse?.enter('loading');
  printAside();
  const script = await loadScript({ ...source, folder });
  pulse?.enter('loop');
  return pulse === null ? script : pulsed(script, pulse);
}

/** Opens no connection once the leash is over. */
function leashed(connect: ConnectFn, leash: Leash): ConnectFn {
  return (...args) => {
    if (leash.isOver(realClock.nowUs())) throw Object.assign(new Error('nobody watches'), { code: 'unwatched' });
    return connect(...args);
  };
}

/** Follows the coordinator's orders until the cell is done. */
function obey(engine: Engine, port: MessagePort, tell: (message: FromWorker) => void): Promise<WorkerTotals> {
  return new Promise((resolve, reject) => {
    port.on('message', (order: ToWorker) => {
      switch (order.type) {
        case 'connect':
          engine.connect(order.atUs, order.upTo).then(({ open }) => tell({ type: 'connected', open }), reject);
          break;
        case 'start':
          engine.run(order.t0Us).then(resolve, reject);
          break;
        case 'extend':
          engine.extend(order.durationMs);
          break;
        case 'restarted':
          engine.restarted(order.event);
          break;
        case 'stop':
          engine.stop(order.isLeaving);
          break;
      }
    });
  });
}
