/** The program of the thread that `checkApart` starts. */
import { parentPort, workerData } from 'node:worker_threads';
import { startPulse } from '../../coordinator/pulse-watch.js';
import { WsurgeError } from '../../errors.js';
import { printAside } from '../../script/print-aside.js';
import { Pulse, pulsed } from '../../script/pulse.js';
import { inCall } from './call.js';
import { type CheckThreadTask, type CheckTold, plainOf } from './check-apart.js';
import { checkHere } from './check-here.js';
import type { CheckRequest } from './requests.js';
import { checkTask } from './tasks-of.js';

const { request, pulse: memory } = workerData as CheckThreadTask;
const tell = (told: CheckTold) => parentPort!.postMessage(told);
const stop = new AbortController();
parentPort!.on('message', () => stop.abort());
printAside();
const pulse = new Pulse(memory);
startPulse(pulse);
const asked: CheckRequest = { ...request, signal: stop.signal, onEvent: (event) => tell({ type: 'event', event }) };
try {
  const finished = await inCall('check', asked, (call) =>
    checkHere(checkTask(asked, call.around), call, (script) => pulsed(script, pulse)),
  );
  tell({ type: 'finished', finished });
} catch (error) {
  if (!(error instanceof WsurgeError)) throw error;
  tell({ type: 'refused', error: plainOf(error) });
}
