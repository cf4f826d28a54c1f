/** The calls of the library. Each does what the command of the same name does, and prints nothing. */
import type { CapacityDocument } from '../../documents/capacity-document.js';
import type { CheckDocument } from '../../documents/check-document.js';
import type { ComparisonDocument } from '../../documents/comparison-schema.js';
import type { ResultDocument } from '../../documents/result-document.js';
import { EXIT, type ExitCode } from '../../errors.js';
import { compareBuilds, planTurns } from '../ab.js';
import { searchCapacity } from '../capacity.js';
import { planSearch } from '../capacity-plan.js';
import { compareSaved } from '../compare.js';
import type { Finished } from '../ended.js';
import { type AddedRun, addToHistory, type HistoryLook, lookAtHistory } from '../history.js';
import { measureRun } from '../run.js';
import { planRun } from '../run-plan.js';
import { scriptPathOf, withScripts, withScriptsOfBuilds } from '../scripts.js';
import { abTask } from './ab-task.js';
import { finished, inCall } from './call.js';
import { checkApart } from './check-apart.js';
import { checkHere } from './check-here.js';
import type {
  AbRequest,
  CapacityRequest,
  CheckRequest,
  CompareRequest,
  HistoryAddRequest,
  HistoryLookRequest,
  HistoryRequest,
  RunRequest,
} from './requests.js';
import { capacityTask, checkTask, compareTask, runTask } from './tasks-of.js';

/**
 * Measures a load on a server: the checks before it, the cells, the verdict, the files. Throws a `WsurgeError`
 * (`exitCode` 103, 104 or 105) where the load never began; a load that failed its gates is a result like any other.
 */
export function run(request: RunRequest): Promise<Finished<ResultDocument>> {
  return inCall('run', request, async ({ around, watch }) => {
    const task = await withScripts(runTask(request, around), around);
    return finished(await measureRun(task, planRun(task), around, { ...watch, begins: () => undefined }));
  });
}

/** Searches for how much a server takes. Throws a `WsurgeError` where the search never began. */
export function capacity(request: CapacityRequest = {}): Promise<Finished<CapacityDocument>> {
  return inCall('capacity', request, async ({ around, watch }) => {
    const planned = planSearch(await withScripts(capacityTask(request, around), around));
    return finished(await searchCapacity(planned, around, { ...watch, begins: () => undefined }));
  });
}

/**
 * Measures two builds in turns, on a fresh server each time, until the difference is settled. Throws a `WsurgeError`
 * (`exitCode` 102 to 105) where no turn came to its end.
 */
export function ab(request: AbRequest): Promise<Finished<ComparisonDocument>> {
  return inCall('ab', request, async ({ around, watch }) => {
    const task = await withScriptsOfBuilds(abTask(request, around), around);
    const turns = { begins: () => undefined, turnStarts: () => undefined, turnDone: () => undefined };
    return finished(await compareBuilds(task, planTurns(task), around, { ...watch, ...turns }));
  });
}

/**
 * Checks what a server does: eight scenarios, and security. Throws a `WsurgeError` where no check began, or where a script
 * never gives way; a check with a script has a thread of its own.
 */
export function check(request: CheckRequest = {}): Promise<Finished<CheckDocument>> {
  return inCall('check', request, async (call) => {
    const task = checkTask(request, call.around);
    const script = scriptPathOf(task.parsed.profile);
    return await (script === null ? checkHere(task, call) : checkApart(request, script, call));
  });
}

/** Compares saved runs. Throws a `WsurgeError` where they cannot be compared. */
export function compare(request: CompareRequest): Promise<Omit<Finished<ComparisonDocument>, 'folder'>> {
  return inCall('compare', request, async ({ around }) => {
    const result = await compareSaved(compareTask(request), around);
    return { exitCode: result.outcome.exitCode as ExitCode, result };
  });
}

/** Keeps saved runs in a history file. */
export function history(request: HistoryAddRequest): Promise<readonly AddedRun[]>;
/** Finds what moved in a history. */
export function history(request: HistoryLookRequest): Promise<HistoryLook>;
export function history(request: HistoryRequest): Promise<readonly AddedRun[] | HistoryLook> {
  return inCall('history', request, async ({ around }) => {
    const { file = 'history.ndjson', branch = null } = request;
    if (request.action === 'add') {
      const { runs, commit = null } = request;
      return await addToHistory({ runs, file, branch, commit }, around);
    }
    const look = await lookAtHistory({ file, branch, margins: request.margins ?? {} }, around);
    return request.action === 'check' ? look : { ...look, exitCode: EXIT.passed };
  });
}
