/**
 * A check whose connections follow a script, in a thread of its own: a script that loops, ends its process or throws where
 * nobody catches must not take the caller with it.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { STUCK_MS, watchPulse } from '../../coordinator/pulse-watch.js';
import type { CheckDocument } from '../../documents/check-document.js';
import { messageOf, usageError, WsurgeError } from '../../errors.js';
import { placeOf } from '../../script/problem.js';
import { type PulseMemory, pulseMemory, STUCK_FIX, stuckWords } from '../../script/pulse.js';
import { isOfScript } from '../../script/strays.js';
import { scriptThreadOptions } from '../../script/thread-condition.js';
import type { Finished } from '../ended.js';
import type { Call } from './call.js';
import type { LibraryEvent } from './events.js';
import type { CheckRequest } from './requests.js';

const THREAD_FILE = fileURLToPath(new URL('./check-thread.js', import.meta.url));

/** What the thread is started with: the request without what is no data. */
export interface CheckThreadTask {
  readonly request: Omit<CheckRequest, 'signal' | 'onEvent'>;
  readonly pulse: PulseMemory;
}

/** What the thread posts: events, and its end, once. */
export type CheckTold =
  | { readonly type: 'event'; readonly event: LibraryEvent }
  | { readonly type: 'finished'; readonly finished: Finished<CheckDocument> }
  | { readonly type: 'refused'; readonly error: PlainError };

/** The parts of an error that pass between threads. */
type PlainError = Pick<WsurgeError, 'exitCode' | 'code' | 'message' | 'next' | 'problems'>;

/**
 * `path`: of the script. Throws WsurgeError (104) if the script holds its thread for longer than `stuckMs`, ends it or
 * throws where nobody catches, and what a check in this thread throws.
 */
export async function checkApart(
  { signal: _signal, onEvent: _onEvent, ...request }: CheckRequest,
  path: string,
  { around, tell }: Pick<Call, 'around' | 'tell'>,
  stuckMs = STUCK_MS,
): Promise<Finished<CheckDocument>> {
  const pulse = pulseMemory();
  const { cwd, env, signal } = around;
  const workerData: CheckThreadTask = { request: { ...request, cwd, env: { ...env } }, pulse };
  const thread = new Worker(THREAD_FILE, { workerData, execArgv: scriptThreadOptions() });
  const stop = () => thread.postMessage('stop');
  let unwatch = () => {};
  try {
    return await new Promise<Finished<CheckDocument>>((resolve, reject) => {
      thread.on('message', (told: CheckTold) => {
        if (told.type === 'event') tell(told.event);
        else if (told.type === 'finished') resolve(told.finished);
        else reject(errorOf(told.error));
      });
      thread.once('error', (error) => reject(isOfScript(error) ? strayError(path, error) : error));
      thread.once('exit', () => reject(endedError(path)));
      unwatch = watchPulse(pulse, stuckMs, (place, seconds) => {
        reject(usageError('script_stuck', `${stuckWords(path, place, seconds)}, in a check`, STUCK_FIX));
      });
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    });
  } finally {
    unwatch();
    signal.removeEventListener('abort', stop);
    // A server that it started is ended by its watchdog.
    await thread.terminate();
  }
}

export function plainOf({ exitCode, code, message, next, problems }: WsurgeError): PlainError {
  return { exitCode, code, message, next, problems };
}

function errorOf({ exitCode, code, message, next, problems }: PlainError): WsurgeError {
  return new WsurgeError(exitCode, code, message, { problems: [...problems], ...(next === null ? {} : { next }) });
}

function endedError(path: string): WsurgeError {
  const message = `the script ${path} ended its thread during a check`;
  return usageError('script_ended', message, 'a script may not call process.exit: throw where a connection fails');
}

function strayError(path: string, error: Error): WsurgeError {
  const place = placeOf(error);
  const where = place === null ? '' : ` (${place})`;
  const message = `the script ${path} threw where nobody catches${where}: ${messageOf(error)}`;
  return usageError('script_stray', message, 'await every promise, and catch what a timer throws');
}
