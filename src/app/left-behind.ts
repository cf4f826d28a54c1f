/** Folders of killed commands that no report can be made of: what lies in them, and what to do. */
import path from 'node:path';
import { usageError, type WsurgeError } from '../errors.js';
import { readTurns } from '../store/ab-turns.js';
import type { RunRecord } from '../store/run-record.js';

/**
 * Of a comparison, a check, or a search that had not come to the end of a step: an error (104) that says so. Null for
 * what may be the folder of a run.
 */
export async function leftBehind(
  folder: string,
  { asked, planHash, workers, plan }: RunRecord,
): Promise<WsurgeError | null> {
  if (asked !== undefined) return await killedComparison(folder);
  if (planHash === '' && workers === 0) {
    return nothing(folder, 'a check that was killed, or still runs: it keeps its results for the end', 'check again');
  }
  if (plan !== undefined) return null;
  const what = 'a search for the capacity that was killed, or still runs, before its first step had ended';
  return nothing(folder, `${what}; or a run of an older version, which named no cells`, 'search, or run, again');
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
