/** Files that exist whole or not at all: written under another name, synced and renamed; then the folder is synced. */
import { randomBytes } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DISK, type Durability } from './durability.js';
import { writeFailed } from './store-error.js';

/** Replaces `file` with `text`, which may come in pieces. Leaves no partial or temporary file. Throws WsurgeError. */
export async function writeAtomic(
  file: string,
  text: string | Iterable<string>,
  disk: Durability = DISK,
): Promise<void> {
  // A random name, so that nobody can guess it and create the file first.
  const temporary = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  // A second Ctrl-C may end the process at any line here.
  const removeAtExit = () => rmSync(temporary, { force: true });
  process.once('exit', removeAtExit);
  try {
    await writeSynced(temporary, text, disk);
    await rename(temporary, file);
    await disk.folder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeFailed(file, error);
  } finally {
    process.off('exit', removeAtExit);
  }
}

/**
 * Open only a new file, never a link: in a folder that others may write to, they could make a link with the name of the
 * temporary file, and its target would be overwritten. Windows has no such flags, and only allows some users to make
 * links.
 */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

async function writeSynced(file: string, text: string | Iterable<string>, disk: Durability): Promise<void> {
  const handle = await open(file, NEW_FILE);
  try {
    for (const piece of typeof text === 'string' ? [text] : text) await handle.writeFile(piece, 'utf8');
    await disk.file(handle, file);
  } finally {
    await handle.close();
  }
}
