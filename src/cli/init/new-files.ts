import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, usageError } from '../../errors.js';
import { redactUrl } from '../../profile/redact-text.js';
import type { CliIo } from '../io.js';

/** A file that a command writes for the user to edit: never over another one. */
export interface NewFile {
  /** Relative to the working folder. */
  readonly name: string;
  readonly text: string;
}

/** Throws WsurgeError (104) naming the files that exist already; `next`: what to do instead. */
export function refuseWhatIsThere(
  files: readonly Pick<NewFile, 'name'>[],
  { cwd }: Pick<CliIo, 'cwd'>,
  next: string,
): void {
  const there = files.filter(({ name }) => existsSync(path.resolve(cwd, name)));
  if (there.length === 0) return;
  const names = there.map(({ name }) => name).join(' and ');
  throw usageError('file_exists', `${names} exists already; nothing was written`, next);
}

/** Throws WsurgeError (104) where one cannot be written; `next`: what to do instead. */
export async function writeNewFiles(
  files: readonly NewFile[],
  { cwd }: Pick<CliIo, 'cwd'>,
  next: string,
): Promise<void> {
  for (const { name, text } of files) {
    const file = path.resolve(cwd, name);
    try {
      await mkdir(path.dirname(file), { recursive: true });
      // Fails too if the file was made in the meantime.
      await writeFile(file, text, { flag: 'wx' });
    } catch (error) {
      throw usageError('not_written', `${name} cannot be written: ${messageOf(error)}`, next);
    }
  }
}

export function mayHoldSecret(url: string): boolean {
  return redactUrl(url) !== url;
}

export function secretNote(file: string): string {
  return `wsurge: the URL in ${file} may hold a secret; write it as \${env:NAME} before you commit the file\n`;
}
