import { readFile, stat } from 'node:fs/promises';
import { codeOf } from '../errors.js';
import { reasonOf, unreadable } from './store-error.js';

/**
 * The text of a file of results. Throws WsurgeError (104) where it is missing, larger than `mostBytes`, or no plain file:
 * reading a pipe or a device may never end.
 */
export async function readPlainFile(file: string, mostBytes: number): Promise<string> {
  try {
    await checkPlainFile(file, mostBytes);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'results_unreadable') throw error;
    throw unreadable(file, reasonOf(error), error);
  }
}

/** Throws WsurgeError (104) as `readPlainFile` does, and reads nothing. */
export async function checkPlainFile(file: string, mostBytes: number): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw unreadable(file, reasonOf(error), error);
  });
  if (found.isDirectory()) throw unreadable(file, 'it is a folder');
  if (!found.isFile()) throw unreadable(file, 'it is no plain file, but a pipe or a device');
  if (found.size > mostBytes)
    throw unreadable(file, `it has ${found.size} bytes; documents of up to ${mostBytes} are read`);
}
