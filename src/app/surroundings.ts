import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReadFile } from '../profile/file-text.js';

/** What the application takes from outside, given to it by the command line or by a caller of the library. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** Aborted by Ctrl-C, by SIGTERM, or by the caller. */
  readonly signal: AbortSignal;
}

/** Reads files relative to the working folder; throws where one cannot be read. */
export function textReader({ cwd }: Pick<Surroundings, 'cwd'>): ReadFile {
  return (file) => readFileSync(path.resolve(cwd, file));
}
