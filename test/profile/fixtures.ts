import type { Problem } from '../../src/errors.js';
import { WsurgeError } from '../../src/errors.js';
import { type ParseContext, parseProfile } from '../../src/profile/parse.js';
import type { ParsedProfile } from '../../src/profile/profile.js';

export type Files = Readonly<Record<string, string>>;

/** Reads from a table of files, failing as the file system would. */
export function readerOf(files: Files): (path: string) => string {
  return (path) => {
    const text = Object.hasOwn(files, path) ? files[path] : undefined;
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return text;
  };
}

export function parse(text: string, options: Partial<ParseContext> & { files?: Files } = {}): ParsedProfile {
  const { files = {}, ...context } = options;
  return parseProfile({ kind: 'file', path: 'dir/p.yaml', text }, { env: {}, readText: readerOf(files), ...context });
}

export function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof WsurgeError) return error.problems;
    throw error;
  }
  return [];
}

/** The same of what takes its time. */
export async function problemsLater(run: () => Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await run();
  } catch (error) {
    if (error instanceof WsurgeError) return error.problems;
    throw error;
  }
  return [];
}

/** Every problem as `line:column message [hint]`. */
export function problemLines(text: string, options: Partial<ParseContext> & { files?: Files } = {}): string[] {
  return problemsOf(() => parse(text, options)).map(problemLine);
}

export function problemLine({ where, line, column, message, hint }: Problem): string {
  const place = line === undefined ? `${where}:` : `${line}:${column}`;
  return `${place} ${message}${hint === undefined ? '' : ` [${hint}]`}`;
}

/** A profile that is right, with more lines below it. */
export function withLoad(more: string): string {
  return `load: [{ connections: 10, rate: 100/s }]\n${more}`;
}
