import type { ToWorker, WorkerTask } from '../../src/coordinator/protocol.js';
import type { WorkerTotals } from '../../src/metrics/interval.js';
import { peakConnections } from '../../src/plan/cell.js';
import { plannedMessages } from '../../src/plan/plan.js';
import { runShardOver } from '../../workers/load-worker.js';
import { type Handicap, pinThread, slowed, spin } from './handicap.js';
import { Tap } from './tap.js';

/** Poisson arrivals may be more than planned on average, and unevenly spread over connections. */
const ROOM = 2;

/** What the lab asks of its worker, as JSON in this variable of the shard's `env`. */
export const ORDERS = 'WSURGE_LAB';

export interface Orders {
  /** Where the tap's record goes. */
  readonly tapFile: string;
  readonly handicap: Handicap;
}

/** The load worker with a tap on its connections, and with a handicap where asked for. */
export default async function runTapped(task: WorkerTask): Promise<WorkerTotals> {
  const { cell, endpoint, env } = task.shard;
  const { tapFile, handicap } = JSON.parse(env[ORDERS]!) as Orders;
  const connections = peakConnections(cell);
  const tap = new Tap(endpoint, connections, ROOM * plannedMessages(cell) + 100 * connections);
  if (handicap.core !== undefined) pinThread(handicap.core);
  task.port.on('message', (order: ToWorker) => {
    if (order.type !== 'start') return;
    tap.t0Us = order.t0Us;
    const { blockMs } = handicap;
    if (blockMs !== undefined) setTimeout(() => spin(blockMs), cell.warmupMs + cell.durationMs / 2);
  });
  const connect = handicap.spinMs === undefined ? tap.connect : slowed(tap.connect, handicap.spinMs);
  const totals = await runShardOver(connect, task);
  tap.save(tapFile);
  return totals;
}
