import type { Ended, Finished } from '../ended.js';
import type { Surroundings } from '../surroundings.js';
import type { LoadWatch } from '../watch.js';
import type { LibraryEvent } from './events.js';
import { type CallName, checkRequest, type Requests } from './read-request.js';
import type { CallOptions } from './requests.js';
import { inLibraryWords } from './words.js';

/** One call of the library while it goes on. */
export interface Call {
  readonly around: Surroundings;
  readonly tell: (event: LibraryEvent) => void;
  readonly watch: LoadWatch;
}

/**
 * Does the work of a call. Errors name the keys of the request. What `onEvent` throws stops the work as an interrupt does,
 * and is thrown at its end.
 */
export async function inCall<Name extends CallName, Result>(
  name: Name,
  request: Requests[Name],
  work: (call: Call) => Promise<Result>,
): Promise<Result> {
  checkRequest(name, request);
  const {
    cwd = process.cwd(),
    env = process.env,
    signal = new AbortController().signal,
    onEvent,
  }: CallOptions = request;
  const thrown: { error: unknown; readonly stop: AbortController } = { error: null, stop: new AbortController() };
  const tell = (event: LibraryEvent) => {
    if (onEvent === undefined || thrown.stop.signal.aborted) return;
    try {
      onEvent(event);
    } catch (error) {
      thrown.error = error;
      thrown.stop.abort();
    }
  };
  const around = { cwd, env, signal: AbortSignal.any([signal, thrown.stop.signal]) };
  // Warnings keep their flags: people read them in a log, and they are the words that the command line and result.json have.
  const warn = (texts: readonly string[]) => {
    for (const text of texts) tell({ type: 'warning', text });
  };
  const watch: LoadWatch = {
    ...{ warn, redirected: warn },
    tell: (event, turn) => tell(turn === null ? event : { ...event, turn }),
  };
  try {
    const result = await work({ around, tell, watch });
    if (!thrown.stop.signal.aborted) return result;
  } catch (error) {
    if (!thrown.stop.signal.aborted) throw inLibraryWords(error);
  }
  throw thrown.error;
}

/** Reports are files of the folder: a caller who wants one reads it there. */
export function finished<Document>({ exitCode, result, folder }: Ended<Document>): Finished<Document> {
  return { exitCode, result, folder };
}
