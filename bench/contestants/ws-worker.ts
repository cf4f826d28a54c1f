import type { WorkerTask } from '../../src/coordinator/protocol.js';
import type { WorkerTotals } from '../../src/metrics/interval.js';
import { runShardOver } from '../../workers/load-worker.js';
import { WsConnection } from './ws-connection.js';

/** wsurge's load worker, except for its connections: all messages pass through `ws`. */
export default function runShard(task: WorkerTask): Promise<WorkerTotals> {
  return runShardOver((...args) => new WsConnection(...args), task);
}
