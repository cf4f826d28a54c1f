import { codeOf, EXIT, messageOf, unreachableError, usageError, WsurgeError } from '../errors.js';
import { formatDuration } from '../units.js';
import type { Child } from './child.js';
import type { Exit } from './running-target.js';

export interface StartOptions {
  /** The name in messages: the command as the user wrote it, or `the embedded server`. */
  readonly name: string;
  readonly readyTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Why it is not ready yet: part of the message if it never is. */
  readonly waitingFor: () => string;
  /** The next step if it is never ready, or null. */
  readonly nextWhenLate: string | null;
  /** The error if the process ends by itself before it is ready. */
  readonly onExit: (exit: Exit) => WsurgeError;
}

/** Called only after the process is gone and all its output has been read. */
type Failure = () => WsurgeError;

/**
 * Waits for `ready`, whose signal aborts when it must stop looking. If the process ends, cannot be started or takes too
 * long, or if the user gives up, first stops the process and then throws the error.
 */
export async function untilReady<T>(
  child: Child,
  ready: (signal: AbortSignal) => Promise<T>,
  options: StartOptions,
): Promise<T> {
  const looking = new AbortController();
  const timeoutMs = options.readyTimeoutMs;
  const outcome = await Promise.race([
    ready(looking.signal).then((value) => ({ value })),
    child.ended.then(
      (exit) => ({ failure: () => options.onExit(exit) }),
      (error: unknown) => ({ failure: () => cannotStartError(options.name, error) }),
    ),
    after(timeoutMs, looking.signal, () => neverReadyError(child, options, timeoutMs)),
    whenAborted(options.signal, looking.signal, () => interruptedError(options.name)),
  ]).catch((error: unknown) => ({
    failure: () => {
      throw error;
    },
  }));
  looking.abort();
  if ('value' in outcome) return outcome.value;
  await child.stop();
  throw outcome.failure();
}

function after(timeoutMs: number, over: AbortSignal, failure: Failure): Promise<{ failure: Failure }> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ failure }), timeoutMs);
    over.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

function whenAborted(
  signal: AbortSignal | undefined,
  over: AbortSignal,
  failure: Failure,
): Promise<{ failure: Failure }> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve({ failure });
    signal?.addEventListener('abort', () => resolve({ failure }), { once: true, signal: over });
  });
}

/** The error for a process that ended before it was ready. */
export function crashedError(child: Child, name: string, exit: Exit): WsurgeError {
  return unreachableError('target_crashed', `${name} ${describeExit(exit)} before it was ready${printed(child)}`);
}

/** `exited with code 1`, `was ended by SIGKILL`. */
export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
}

/** The last lines printed, as the end of a message. */
export function printed(child: Child): string {
  const lines = child.output.lastLines();
  return lines === '' ? '; it printed nothing' : `; its last lines:\n${lines}`;
}

function neverReadyError(child: Child, options: StartOptions, timeoutMs: number): WsurgeError {
  const waited = `${options.name} was not ready after ${formatDuration(timeoutMs)} (${options.waitingFor()})`;
  return unreachableError('target_never_ready', `${waited}${printed(child)}`, options.nextWhenLate ?? undefined);
}

function interruptedError(name: string): WsurgeError {
  return new WsurgeError(EXIT.interrupted, 'interrupted', `stopped while ${name} was starting`);
}

function cannotStartError(name: string, error: unknown): WsurgeError {
  const said = `cannot start ${name}: ${reasonOf(error)}`;
  return usageError('target_not_started', said, 'check target.command in the profile');
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'no such program';
  if (code !== 'EACCES') return messageOf(error);
  // For a name without a folder, EACCES may also mean that a folder on the PATH cannot be searched.
  const file = error instanceof Error && 'path' in error ? String(error.path) : '';
  return file.includes('/') ? 'not executable' : 'no such program on the PATH that this user may run';
}
