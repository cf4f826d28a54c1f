import { type MessagePort, workerData } from 'node:worker_threads';
import { realClock } from '../src/engine/pacing/clock.js';
import { beat, MetronomeBoard } from '../src/engine/pacing/metronome.js';

/** What the helper thread is started with: the shared memory, and a port to each seat. */
export interface MetronomeData {
  readonly shared: SharedArrayBuffer;
  readonly ports: readonly MessagePort[];
}

const { shared, ports } = workerData as MetronomeData;
beat(new MetronomeBoard(shared), realClock.nowUs, (seat) => ports[seat]?.postMessage(null));
for (const port of ports) port.close();
