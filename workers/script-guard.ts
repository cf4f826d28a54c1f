import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { watchPulse } from '../src/coordinator/pulse-watch.js';
import { type GuardTask, stuckText } from '../src/coordinator/script-guard.js';

const { path, pulse, stuckMs } = workerData as GuardTask;
// Whoever started it ends it.
parentPort!.on('message', () => undefined);
watchPulse(pulse, stuckMs, (place, seconds) => {
  // The main thread hangs: it could neither print this nor end.
  writeSync(2, stuckText(path, place, seconds));
  process.kill(process.pid, 'SIGKILL');
});
