import { parentPort, workerData } from 'node:worker_threads';
import { TruthEcho } from '../src/coordinator/truth-echo.js';
import { realClock } from '../src/engine/pacing/clock.js';

/**
 * What the thread is started with: the shared memory. It answers with the port it listens on, and ends when told
 * anything.
 */
export interface TruthEchoData {
  readonly shared: SharedArrayBuffer;
}

const { shared } = workerData as TruthEchoData;
const echo = new TruthEcho(shared, realClock.nowUs);
// Where it cannot listen, the rejection ends the thread, and whoever started it is told.
void echo.listen().then((port) => parentPort!.postMessage(port));
parentPort!.once('message', () => echo.close());
