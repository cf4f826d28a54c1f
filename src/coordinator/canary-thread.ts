import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { usageError, WsurgeError } from '../errors.js';
import type { ScriptSource } from '../script/load.js';
import { printAside } from '../script/print-aside.js';
import {
  Pulse,
  type PulseMemory,
  type PulsePlace,
  pulsed,
  pulseMemory,
  STUCK_FIX,
  stuckWords,
} from '../script/pulse.js';
import { scriptThreadOptions } from '../script/thread-condition.js';
import { type Flight, type FlightOptions, fly } from './canary-flight.js';
import { STUCK_MS, startPulse, watchPulse } from './pulse-watch.js';

const THREAD_FILE = fileURLToPath(new URL('../../threads/canary.js', import.meta.url));

/** What the thread of a test connection is started with. */
export interface CanaryTask extends Omit<FlightOptions, 'script' | 'signal'> {
  readonly source: ScriptSource;
  readonly pulse: PulseMemory;
}

/** What the thread posts when it is done, once. `unusable`: the script did not load. */
export type CanaryTold =
  | { readonly type: 'flight'; readonly flight: Flight }
  | { readonly type: 'unusable'; readonly error: Pick<WsurgeError, 'exitCode' | 'code' | 'message' | 'next'> };

export interface ApartOptions extends Omit<FlightOptions, 'script'> {
  /** Where the path of the script begins if it is relative; absent for the working folder. */
  readonly folder?: string;
  /** Shorter in tests. */
  readonly stuckMs?: number;
}

/**
 * Makes the test connection of a cell that has a script, in a thread of its own: a script that loops for ever would
 * hang this one. Throws WsurgeError (104) if the script does not load, loops, or ends its thread.
 */
export async function flyApart({ folder = '.', stuckMs = STUCK_MS, signal, ...asked }: ApartOptions): Promise<Flight> {
  const { cell, endpoint, env, data, left } = asked;
  const { path, sha256 } = cell.wire!.script!;
  const pulse = pulseMemory();
  const task: CanaryTask = { cell, endpoint, env, data, left, pulse, source: { path, sha256, folder } };
  const thread = new Worker(THREAD_FILE, { workerData: task, execArgv: scriptThreadOptions() });
  let unwatch = () => {};
  let stop = () => {};
  try {
    return await new Promise<Flight>((resolve, reject) => {
      thread.once('message', (told: CanaryTold) => {
        if (told.type === 'flight') resolve(withBuffer(told.flight));
        else reject(errorOf(told));
      });
      thread.once('error', reject);
      thread.once('exit', () => reject(endedError(path)));
      unwatch = watchPulse(pulse, stuckMs, (place, seconds) => reject(stuckError(path, place, seconds)));
      stop = () => resolve({ flown: { status: 'stopped' }, record: null });
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    });
  } finally {
    unwatch();
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

/** In the thread: makes the test connection, and tells what became of it once it is closed. */
export async function runCanaryThread({ source, pulse: memory, ...asked }: CanaryTask): Promise<CanaryTold> {
  const pulse = new Pulse(memory);
  pulse.enter('loading');
  const stop = startPulse(pulse);
  printAside();
  try {
    const { loadScript } = await import('../script/load.js');
    const script = pulsed(await loadScript(source), pulse);
    pulse.enter('loop');
    const flight = await fly({ ...asked, script, signal: new AbortController().signal });
    return { type: 'flight', flight: plain(flight) };
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    const { exitCode, code, message, next } = error;
    return { type: 'unusable', error: { exitCode, code, message, next } };
  } finally {
    stop();
  }
}

/** A script may keep in its session what no thread can pass on. Only texts are looked for in a transcript. */
function plain({ flown, record }: Flight): Flight {
  if (record === null) return { flown, record };
  const values = Object.entries(record.values).filter(([, value]) => typeof value === 'string');
  return { flown, record: { ...record, values: Object.fromEntries(values) } };
}

/** Between threads a Buffer becomes plain bytes. */
function withBuffer({ flown, record }: Flight): Flight {
  if (flown.status !== 'wrong' || !('reply' in flown.wrong)) return { flown, record };
  const wrong = { ...flown.wrong, reply: Buffer.from(flown.wrong.reply) };
  return { flown: { ...flown, wrong }, record };
}

function errorOf({ error: { exitCode, code, message, next } }: CanaryTold & { type: 'unusable' }): WsurgeError {
  return new WsurgeError(exitCode, code, message, next === null ? {} : { next });
}

function stuckError(path: string, place: PulsePlace, seconds: number): WsurgeError {
  return usageError('script_stuck', `${stuckWords(path, place, seconds)}, on the test connection`, STUCK_FIX);
}

function endedError(path: string): WsurgeError {
  return usageError(
    'script_ended',
    `the script ${path} ended its thread during the test connection`,
    'a script may not call process.exit: throw where a connection fails',
  );
}
