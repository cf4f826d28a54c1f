import { EXIT, WsurgeError } from '../errors.js';

/** Ctrl-C before any load (105). `doing`: what it broke off, as in `connecting to the broker`. */
export function interrupted(doing: string): WsurgeError {
  return new WsurgeError(EXIT.interrupted, 'interrupted', `interrupted while ${doing}`);
}

/** What `work` resolves with, or `interrupted` as soon as the signal aborts. Work that goes on is nobody's any more. */
export function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal, doing: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(interrupted(doing));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
