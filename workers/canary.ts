import { parentPort, workerData } from 'node:worker_threads';
import { type CanaryTask, runCanaryThread } from '../src/coordinator/canary-thread.js';

parentPort!.postMessage(await runCanaryThread(workerData as CanaryTask));
