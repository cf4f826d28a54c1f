/** Folders of killed commands that no report can be made of: what lies in them, and what to do. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError, type WsurgeError } from '../errors.js';
import { readTurns } from '../store/ab-turns.js';
import { CHECKS_FILE } from '../store/check-log.js';
import type { RunRecord } from '../store/run-record.js';

/** A check has neither a plan nor workers, and asks for nothing as comparisons do. */
export function isCheck({ asked, planHash, workers }: RunRecord): boolean {
  return asked === undefined && planHash === '' && workers === 0;
}

/**
 * Of a comparison, a check that had not begun its checks, or a search that had not come to the end of a step: an error
 * (104) that says so. Null for what may be the folder of a run or of a check.
 */
export async function leftBehind(folder: string, record: RunRecord): Promise<WsurgeError | null> {
  if (record.asked !== undefined) return await killedComparison(folder);
  if (isCheck(record)) return await killedCheck(folder);
  if (record.plan !== undefined) return null;
  const what = 'a search for the capacity that was killed, or still runs, before its first step had ended';
  return nothing(folder, `${what}; or a run of an older version, which named no cells`, 'search, or run, again');
}

/** Null where checks were begun. */
async function killedCheck(folder: string): Promise<WsurgeError | null> {
  const { size } = await stat(path.join(folder, CHECKS_FILE)).catch(() => ({ size: 0 }));
  if (size > 0) return null;
  const what = 'a check that was killed, or still runs, before its first check';
  return nothing(folder, `${what}; or of an older version, which kept its results for the end`, 'check again');
}

async function killedComparison(folder: string): Promise<WsurgeError> {
  const what = 'a comparison of builds that was killed, or still runs';
  // Written with the first turn.
  const turns = await readTurns(folder).catch(() => []);
  const last = turns.at(-1);
  if (last === undefined) return nothing(folder, `${what}: no turn of it had ended`, 'compare again');
  const done = `${turns.length} ${turns.length === 1 ? 'turn' : 'turns'} had ended, each a run below rounds/`;
  const one = `for one of them alone: wsurge report ${path.join(folder, last.folder)}`;
  return nothing(folder, `${what}: ${done}`, `go on with the same command line and --resume ${folder}; ${one}`);
}

function nothing(folder: string, what: string, next: string): WsurgeError {
  return usageError('no_result_yet', `${folder}: there is no result in it. It is of ${what}`, next);
}
