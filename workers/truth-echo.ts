import { parentPort, workerData } from 'node:worker_threads';
import { TruthEcho } from '../src/coordinator/truth-echo.js';
import { realClock } from '../src/engine/pacing/clock.js';

/**
 * What the thread is started with: the shared memory. The thread answers with the port that it listens on. Any message
 * to it ends it.
 */
export interface TruthEchoData {
  readonly shared: SharedArrayBuffer;
}

const { shared } = workerData as TruthEchoData;
const echo = new TruthEcho(shared, realClock.nowUs);
// If it cannot listen, the rejection ends the thread, and its owner receives the error.
void echo.listen().then((port) => parentPort!.postMessage(port));
parentPort!.once('message', () => echo.close());
