import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Everything a command may touch outside itself. `stdout` is for results, `stderr` for progress, logs and warnings. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  /** Of a terminal, in lines; absent where it is none, or does not say. */
  readonly height?: number | undefined;
}

const USUAL_COLUMNS = 80;

/** A pipe has no width, and a terminal that was never told its own says 0. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  return columns === undefined || columns < 1 ? USUAL_COLUMNS : columns;
}

/** Colours: FORCE_COLOR and NO_COLOR have the say, then whether somebody is looking. */
export function wantsColor(io: CliIo, output: Output): boolean {
  const { NO_COLOR, FORCE_COLOR } = io.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return output.isTTY && !isCi(io);
}

/** Whether progress may be drawn over itself: a terminal that moves its cursor, with nobody recording it. */
export function canRedraw({ stderr, env }: CliIo, output = stderr): boolean {
  return output.isTTY && env['TERM'] !== 'dumb' && !isCi({ env });
}

/** Whether this is a CI job: `CI` is set, and not to a word for no. */
export function isCi({ env }: Pick<CliIo, 'env'>): boolean {
  return !['', '0', 'false', 'no', 'off'].includes((env['CI'] ?? '').trim().toLowerCase());
}

/** Reads files relative to the working folder; throws where one cannot be read. */
export function textReader({ cwd }: Pick<CliIo, 'cwd'>): (file: string) => Uint8Array {
  return (file) => readFileSync(path.resolve(cwd, file));
}
