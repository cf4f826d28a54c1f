/**
 * Everything wsurge refuses or gives up on, as data: a code for scripts, an exit code from the public table,
 * a message for people and the next step to take. Programmer errors are plain `Error`s and end with exit code 1.
 */

/** Public exit codes. Where several apply, the earlier in this list wins; only a check that failed is not outdone by 98. */
export const EXIT = {
  internal: 1,
  usage: 104,
  unreachable: 103,
  brokenBuild: 102,
  interrupted: 105,
  invalid: 98,
  failed: 99,
  passed: 0,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code says, and what to do about it: for the help and docs/reference/exit-codes.md. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, { readonly means: string; readonly next: string }>> = {
  internal: {
    means: 'internal error, or results could not be written',
    next: 'read the message; where it is no full disk or missing permission, please report it',
  },
  usage: {
    means: 'bad usage, bad profile, or refused before any load; every problem is listed at once',
    next: 'mend what is listed: each problem names its place and the likely fix',
  },
  unreachable: {
    means: 'the target never opened a connection; with agents also: their broker cannot be reached',
    next: 'check that the server is up, and its URL; the message says where it is the broker',
  },
  brokenBuild: {
    means: 'ab: a build does not start, is not ready in time, leaves its port busy, or fails the test connection',
    next: 'start that build by hand, as the message shows; then check --ready, the target and what it printed last',
  },
  interrupted: { means: 'interrupted; partial results are written', next: 'run it again, or report what there is' },
  invalid: {
    means:
      'nothing is proven: the measurement is invalid, a gating threshold is undecided, a comparison of single runs is open, or a check could not be judged (with --strict, run also when degraded)',
    next: 'the reason and its fix are in the last lines; see docs/guide/troubleshooting.md',
  },
  failed: {
    means: 'a gate, threshold, check or comparison failed, or a threshold aborted the run',
    next: 'the server did not do what was asked: the last lines say what was missed, with value and limit',
  },
  passed: { means: 'passed; DEGRADED passes too, unless --strict', next: '' },
};

const PRECEDENCE: readonly ExitCode[] = Object.values(EXIT);

/** The exit code that wins among several; `passed` when there is none. */
export function worstExit(codes: Iterable<ExitCode>): ExitCode {
  let worst: ExitCode = EXIT.passed;
  for (const code of codes) if (PRECEDENCE.indexOf(code) < PRECEDENCE.indexOf(worst)) worst = code;
  return worst;
}

/** One thing wrong with what the user wrote. `line` and `column` count from 1; absent for flags. */
export interface Problem {
  readonly where: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly hint?: string;
}

/** An operating error: expected in the field, shown without a stack, with its next step. */
export class WsurgeError extends Error {
  override readonly name = 'WsurgeError';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly next: string | null;
  readonly problems: readonly Problem[];

  constructor(
    exitCode: ExitCode,
    code: string,
    message: string,
    options: { next?: string; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = exitCode;
    this.code = code;
    this.next = options.next ?? null;
    this.problems = options.problems ?? [];
  }
}

/** Bad flags, a bad profile, or something wsurge refuses to do (exit 104). */
export function usageError(code: string, message: string, next?: string): WsurgeError {
  return new WsurgeError(EXIT.usage, code, message, next === undefined ? {} : { next });
}

/** Every problem found in one command line, reported together (exit 104). */
export function problemsError(code: string, problems: readonly Problem[], next?: string): WsurgeError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const options = next === undefined ? { problems } : { problems, next };
  return new WsurgeError(EXIT.usage, code, `${count} in what was asked for`, options);
}

/** Every problem found in one profile and in the command line that changes it, reported together (exit 104). */
export function profileError(problems: readonly Problem[]): WsurgeError {
  return problemsError('profile_invalid', problems);
}

/** The target never opened a connection (exit 103). */
export function unreachableError(code: string, message: string, next?: string): WsurgeError {
  return new WsurgeError(EXIT.unreachable, code, message, next === undefined ? {} : { next });
}

/** The text of anything thrown, for messages; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system or library code of anything thrown (`ECONNREFUSED`), or null. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
