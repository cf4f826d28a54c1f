import { parentPort, workerData } from 'node:worker_threads';
import { runScriptThread, type ScriptTask } from '../src/coordinator/script-thread.js';

await runScriptThread(workerData as ScriptTask, (told) => parentPort!.postMessage(told));
