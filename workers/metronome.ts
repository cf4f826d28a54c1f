import { type MessagePort, workerData } from 'node:worker_threads';
import { realClock } from '../src/engine/pacing/clock.js';
import { runMetronome, WakeRequests } from '../src/engine/pacing/metronome.js';

/** What the helper thread is started with: the shared memory, and a port to each worker. */
export interface MetronomeData {
  readonly shared: SharedArrayBuffer;
  readonly ports: readonly MessagePort[];
}

const { shared, ports } = workerData as MetronomeData;
runMetronome(new WakeRequests(shared), realClock.nowUs, (worker) => ports[worker]?.postMessage(null));
for (const port of ports) port.close();
