/** Loads a script in a thread of its own, to learn what it has: what loops while it loads must not hang this thread. */
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf, usageError, WsurgeError } from '../errors.js';
import type { ScriptFacts } from '../script/facts.js';
import type { ScriptSource } from '../script/load.js';
import { printAside } from '../script/print-aside.js';
import { placeOf } from '../script/problem.js';
import { Pulse, type PulseMemory, pulseMemory, STUCK_FIX, stuckWords } from '../script/pulse.js';
import { scriptThreadOptions } from '../script/thread-condition.js';
import { STUCK_MS, startPulse, watchPulse } from './pulse-watch.js';

const THREAD_FILE = fileURLToPath(new URL('../../threads/script.js', import.meta.url));

export interface ScriptTask {
  readonly source: ScriptSource;
  readonly pulse: PulseMemory;
  /** How long the script may wait while it loads, ms. */
  readonly stuckMs: number;
}

/** What the thread posts, once. `idle`: an await outside of the functions waits, and nothing is left that could end it. */
export type ScriptTold =
  | { readonly type: 'facts'; readonly facts: ScriptFacts }
  | { readonly type: 'unusable'; readonly error: Plain }
  | { readonly type: 'idle' };

/** The parts of an error that pass between threads. */
type Plain = Pick<WsurgeError, 'exitCode' | 'code' | 'message' | 'next' | 'problems'>;

/**
 * What a script has. Throws WsurgeError (104) if it does not load, is no script, or loops, waits or ends its thread while
 * it loads. `stuckMs`: how long it may do that; shorter in tests.
 */
export async function scriptFacts(source: ScriptSource, stuckMs = STUCK_MS): Promise<ScriptFacts> {
  const { path } = source;
  const pulse = pulseMemory();
  const execArgv = scriptThreadOptions();
  const thread = new Worker(THREAD_FILE, { workerData: { source, pulse, stuckMs } satisfies ScriptTask, execArgv });
  let unwatch = () => {};
  try {
    return await new Promise<ScriptFacts>((resolve, reject) => {
      thread.once('message', (told: ScriptTold) => {
        if (told.type === 'facts') resolve(told.facts);
        else reject(told.type === 'idle' ? idleError(path) : errorOf(told.error));
      });
      thread.once('error', (error) => reject(strayError(path, error)));
      thread.once('exit', () => reject(endedError(path)));
      unwatch = watchPulse(pulse, stuckMs, (place, seconds) => {
        reject(usageError('script_stuck', stuckWords(path, place, seconds), STUCK_FIX));
      });
    });
  } finally {
    unwatch();
    await thread.terminate();
  }
}

/** In the thread: loads the script, and tells what it has or why that is not known. */
export async function runScriptThread(
  { source, pulse: memory, stuckMs }: ScriptTask,
  tell: (told: ScriptTold) => void,
): Promise<void> {
  const pulse = new Pulse(memory);
  pulse.enter('loading');
  const stop = startPulse(pulse);
  printAside();
  process.once('beforeExit', () => tell({ type: 'idle' }));
  try {
    const { loadScript } = await import('../script/load.js');
    const { factsOf } = await import('../script/facts.js');
    const facts = factsOf(await loadScript(source, { timeoutMs: stuckMs, holdsThread: false }));
    // What it forgot to catch ends the thread before that.
    await setImmediate();
    tell({ type: 'facts', facts });
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    const { exitCode, code, message, next, problems } = error;
    tell({ type: 'unusable', error: { exitCode, code, message, next, problems } });
  } finally {
    stop();
  }
}

function errorOf({ exitCode, code, message, next, problems }: Plain): WsurgeError {
  return new WsurgeError(exitCode, code, message, { problems: [...problems], ...(next === null ? {} : { next }) });
}

function idleError(path: string): WsurgeError {
  const message = `the script ${path} does not load: an await outside of its functions waits for what never comes`;
  return usageError('script_stuck', message, 'await in open, which has a deadline for each connection');
}

function endedError(path: string): WsurgeError {
  const message = `the script ${path} ended its thread while it loaded`;
  return usageError('script_ended', message, 'a script may not call process.exit: throw where a connection fails');
}

function strayError(path: string, error: unknown): WsurgeError {
  const place = placeOf(error);
  const where = place === null ? '' : ` (${place})`;
  const message = `the script ${path} threw where nobody catches, while it loaded${where}: ${messageOf(error)}`;
  return usageError('script_stray', message, 'await every promise, and catch what a timer throws');
}
