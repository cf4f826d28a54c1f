/** Files that exist whole or not at all: write a temporary file, sync it, rename it, sync the folder. */
import { randomBytes } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DISK, type Durability } from './durability.js';
import { writeFailed } from './store-error.js';

/** Replaces `file` with `text`. Never leaves half a file or a temporary one behind. Throws WsurgeError. */
export async function writeAtomic(file: string, text: string, disk: Durability = DISK): Promise<void> {
  // A random name, so that nobody can create the file first.
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
 * Create a new file only, and never follow a link: in a folder that others may write to, somebody could place a link
 * under the name of the temporary file and have its target overwritten. Windows has no such flag, but needs a special
 * right to make links.
 */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

async function writeSynced(file: string, text: string, disk: Durability): Promise<void> {
  const handle = await open(file, NEW_FILE);
  try {
    await handle.writeFile(text, 'utf8');
    await disk.file(handle, file);
  } finally {
    await handle.close();
  }
}
