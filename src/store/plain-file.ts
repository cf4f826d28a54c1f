import { readFile, stat } from 'node:fs/promises';
import { codeOf } from '../errors.js';
import { reasonOf, unreadable } from './store-error.js';

/**
 * Reads the text of a file of results. Throws WsurgeError (104) if the file is missing, larger than `mostBytes`, or not
 * a regular file: reading a pipe or a device may never end.
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

/** Makes the same checks as `readPlainFile`, without reading. Throws WsurgeError (104). */
export async function checkPlainFile(file: string, mostBytes: number): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw unreadable(file, reasonOf(error), error);
  });
  if (found.isDirectory()) throw unreadable(file, 'it is a folder');
  if (!found.isFile()) throw unreadable(file, 'it is a pipe or a device, not a regular file');
  if (found.size > mostBytes) throw unreadable(file, `it has ${found.size} bytes; the limit is ${mostBytes} bytes`);
}
