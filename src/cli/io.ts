import type { Surroundings } from '../app/surroundings.js';

/** Everything a command may touch outside itself. `stdout` is for results, `stderr` for progress, logs and warnings. */
export interface CliIo extends Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  /** Lines of the terminal; absent if it is none, or does not tell. */
  readonly height?: number | undefined;
}

const USUAL_COLUMNS = 80;

/** The width of a terminal; a pipe has none, and some terminals report 0. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  return columns === undefined || columns < 1 ? USUAL_COLUMNS : columns;
}

/** Colours: FORCE_COLOR and NO_COLOR decide; without them, whether the output is a terminal. */
export function wantsColor(io: CliIo, output: Output): boolean {
  const { NO_COLOR, FORCE_COLOR } = io.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return output.isTTY && !isCi(io);
}

/** True if progress may redraw its lines: on a terminal that can move its cursor, outside CI. */
export function canRedraw({ stderr, env }: CliIo, output = stderr): boolean {
  return output.isTTY && env['TERM'] !== 'dumb' && !isCi({ env });
}

/** Whether this is a CI job: `CI` is set, and not to a word for no. */
export function isCi({ env }: Pick<CliIo, 'env'>): boolean {
  return !['', '0', 'false', 'no', 'off'].includes((env['CI'] ?? '').trim().toLowerCase());
}
