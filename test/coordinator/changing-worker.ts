import type { WorkerTask } from '../../src/coordinator/protocol.js';
import type { WorkerTotals } from '../../src/metrics/interval.js';
import runShard from '../../workers/load-worker.js';

/** The real load worker, but worker 1 prepares another cell than the one it is sent. */
export default function runAnother(task: WorkerTask): Promise<WorkerTotals> {
  const { shard } = task;
  if (shard.worker !== 1) return runShard(task);
  return runShard({ ...task, shard: { ...shard, cell: { ...shard.cell, seed: shard.cell.seed + 1 } } });
}
