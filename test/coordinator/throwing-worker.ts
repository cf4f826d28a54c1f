import type { FromWorker, WorkerTask } from '../../src/coordinator/protocol.js';
import type { WorkerTotals } from '../../src/metrics/interval.js';
import runShard from '../../workers/load-worker.js';

/** Which worker fails, and after how many lines of its measure phase. */
const FAILING_WORKER = 1;
const LINES_BEFORE = 2;
export const PLANNED_FAILURE = 'planned failure';

/** The real load worker, but worker 1 throws, outside of any promise, once it has told of two seconds measured. */
export default function runThenThrow(task: WorkerTask): Promise<WorkerTotals> {
  if (task.shard.worker === FAILING_WORKER) throwAfterLines(task.port);
  return runShard(task);
}

function throwAfterLines(port: WorkerTask['port']): void {
  const post = port.postMessage.bind(port);
  let lines = 0;
  port.postMessage = (message: FromWorker) => {
    post(message);
    if (message.type !== 'interval' || message.interval.stage !== 'measure' || ++lines !== LINES_BEFORE) return;
    setTimeout(() => {
      throw new Error(PLANNED_FAILURE);
    }, 300);
  };
}
