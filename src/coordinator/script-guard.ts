/** Watches over a script that runs in the main thread of a command: a check has its connections there. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EXIT } from '../errors.js';
import type { AnyScript } from '../script/life.js';
import {
  Pulse,
  type PulseMemory,
  type PulsePlace,
  pulsed,
  pulseMemory,
  STUCK_FIX,
  stuckWords,
} from '../script/pulse.js';
import { STUCK_MS, startPulse } from './pulse-watch.js';

const THREAD_FILE = fileURLToPath(new URL('../../threads/script-guard.js', import.meta.url));

export interface GuardTask {
  readonly path: string;
  readonly pulse: PulseMemory;
  readonly stuckMs: number;
}

/**
 * The script, under guard: if it holds this thread for too long, the guard says so on stderr and kills the process, since
 * nothing else ends a loop of the main thread. If the script ends the process, that is told, and is no success. For
 * commands that own their process.
 */
export function guarded(script: AnyScript, path: string, stuckMs = STUCK_MS): { script: AnyScript; stop(): void } {
  const memory = pulseMemory();
  const pulse = new Pulse(memory);
  const stopPulse = startPulse(pulse);
  const thread = new Worker(THREAD_FILE, { workerData: { path, pulse: memory, stuckMs } satisfies GuardTask });
  thread.unref();
  const onExit = (code: number) => {
    if (code === EXIT.interrupted) return;
    process.stderr.write(`wsurge: the script ${path} ended wsurge\n  try: ${EXIT_FIX}\n`);
    process.exitCode = EXIT.usage;
  };
  process.on('exit', onExit);
  return {
    script: pulsed(script, pulse),
    stop: () => {
      process.off('exit', onExit);
      stopPulse();
      void thread.terminate();
    },
  };
}

const EXIT_FIX = 'a script may not call process.exit: throw where a connection fails';

export function stuckText(path: string, place: PulsePlace, seconds: number): string {
  return `\nwsurge: ${stuckWords(path, place, seconds)}: the check cannot go on and ends here\n  try: ${STUCK_FIX}\n`;
}
