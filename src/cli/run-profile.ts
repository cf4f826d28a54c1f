import { withScripts } from '../app/scripts.js';
import { textReader } from '../app/surroundings.js';
import type { ResultDocument } from '../documents/result-document.js';
import type { ExitCode } from '../errors.js';
import type { RunFlagName } from './flags/run.js';
import type { CliIo } from './io.js';
import { toProfile } from './options/run-options.js';
import { showRun } from './run.js';

/** What a library call decides itself. */
type OwnFlags = 'json' | 'quiet' | 'progress' | 'wide' | 'dry-run';

export interface RunOptions {
  /** Flags of `wsurge run` by their long names: text as on the command line, lists for repeatable ones, booleans for switches. */
  readonly flags?: Readonly<
    Partial<Record<Exclude<RunFlagName, OwnFlags | 'events'>, string | number | boolean | readonly string[]>>
  >;
  /** Folder that relative paths start from, `results` included. Default: the process's. */
  readonly cwd?: string;
  /** For `${env:X}`, `{{env.X}}` and `WSURGE_*`. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stops sending, drains and reports what there is, with exit code 105. */
  readonly signal?: AbortSignal;
  /** Gets what the command line would print (plan, rows, progress lines, report), piece by piece, secrets struck out. */
  readonly onText?: (text: string) => void;
}

export interface RunReport {
  /** What `wsurge run` would exit with: 0, 98, 99, 103 or 105. */
  readonly exitCode: ExitCode;
  /** result.json; its folder is `<output>/<runId>`. */
  readonly result: ResultDocument;
}

/**
 * Runs a profile, or a bare load on a URL, as the command line does with these flags. Throws a `WsurgeError` where the load
 * never began; its messages name flags.
 *
 * @deprecated Use `run`, which takes typed values.
 */
export async function runProfile(profileOrUrl: string, options: RunOptions = {}): Promise<RunReport> {
  const { flags = {}, cwd = process.cwd(), env = process.env, onText } = options;
  const sink = { write: (text: string) => onText?.(text), isTTY: false, columns: 80 };
  const signal = options.signal ?? new AbortController().signal;
  const io: CliIo = { stdout: { ...sink, write: () => undefined }, stderr: sink, signal, cwd, env };
  const hasReader = onText !== undefined;
  const own: Readonly<Record<OwnFlags, boolean>> = {
    ...{ json: true, quiet: !hasReader, progress: hasReader },
    ...{ wide: false, 'dry-run': false },
  };
  const asked = await toProfile({ ...flags, ...own, profile: profileOrUrl }, env, textReader(io));
  const request = await withScripts(asked, io);
  const { exitCode, result } = await showRun(request, io, { tell: () => undefined });
  return { exitCode, result };
}
