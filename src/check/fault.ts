import { messageOf } from '../errors.js';
import { type Evidence, ServerFault } from './check.js';
import { ConnectError, TimedOut } from './check-socket.js';

/** Errors of a connect that mean that this machine ran out of open files, ports or memory. */
const OWN_LIMITS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/** This machine cannot open more connections. That says nothing about the server. */
export function isOwnLimit(error: unknown): boolean {
  return error instanceof ConnectError && OWN_LIMITS.has(error.code);
}

/** What the server did, or did not do in time. */
export function isServerFault(error: unknown): error is Error {
  const isServers = error instanceof ServerFault || error instanceof TimedOut || error instanceof ConnectError;
  return isServers && !isOwnLimit(error);
}

/**
 * One step of several that each send something that may end the server. If the step fails, the evidence names what was
 * sent until then; the last of `sent` is the most likely cause.
 */
export async function naming<T>(sent: readonly string[], expected: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const last = sent.at(-1);
    if (last === undefined || !isServerFault(error)) throw error;
    const message = messageOf(error);
    const evidence: Partial<Evidence> = { sent: sent.join(', '), expected, received: message };
    throw new ServerFault(`after ${last}: ${message}`, evidence);
  }
}
