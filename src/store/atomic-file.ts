/** Files that are there whole or not at all: written beside, synced, renamed, and the folder synced. */
import { rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFailed } from './store-error.js';

/** Replaces `file` with `text`. Leaves neither half a file nor a temporary one behind; throws WsurgeError. */
export async function writeAtomic(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  // A second Ctrl-C may end the process at any line here.
  const removeAtExit = () => rmSync(temporary, { force: true });
  process.once('exit', removeAtExit);
  try {
    await writeSynced(temporary, text);
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeFailed(file, error);
  } finally {
    process.off('exit', removeAtExit);
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename in the folder last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there a rename needs no help.
  if (process.platform === 'win32') return;
  const handle: FileHandle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
