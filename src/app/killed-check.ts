/** A check that wrote no result, since it was killed: its report is made of the checks that were done by then. */
import type { CheckDocument } from '../documents/check-document.js';
import { documentOfLines } from '../documents/check-lines.js';
import { messageOf } from '../errors.js';
import { readCheckLines } from '../store/check-log.js';
import { readRun } from '../store/read-run.js';
import { unreadable } from '../store/store-error.js';
import { isCheck, leftBehind } from './left-behind.js';

/** Whether a folder without result.json is that of a check. Throws WsurgeError (104) if its run.json is damaged. */
export async function isKilledCheck(folder: string): Promise<boolean> {
  return isCheck(await readRun(folder));
}

/**
 * The check of a folder without result.json, marked as crashed. Throws WsurgeError (104) where it came to its end, had
 * not begun its first check, or is damaged.
 */
export async function readKilledCheck(folder: string): Promise<CheckDocument> {
  const record = await readRun(folder);
  if (record.status !== 'running' && record.status !== 'crashed') {
    throw unreadable(folder, `the check is ${record.status}, but there is no result.json`);
  }
  const none = await leftBehind(folder, record);
  if (none !== null) throw none;
  const lines = await readCheckLines(folder);
  try {
    return documentOfLines(lines, { profile: record.profile, error: record.error ?? null });
  } catch (error) {
    throw unreadable(folder, `no report can be made of what is left: ${messageOf(error)}`);
  }
}
