import type { CheckResult } from '../../check/runner.js';
import type { CheckDocument } from '../../documents/check-document.js';
import type { AnyScript } from '../../script/life.js';
import { checkServer } from '../check.js';
import type { Finished } from '../ended.js';
import { withScriptsOfLoad } from '../scripts.js';
import type { CheckTask } from '../tasks.js';
import { type Call, finished } from './call.js';

/** A check in this thread. `script`: what its connections follow in place of the script that was loaded. */
export async function checkHere(
  task: CheckTask,
  { around, watch, tell }: Call,
  script: (loaded: AnyScript) => AnyScript = (loaded) => loaded,
): Promise<Finished<CheckDocument>> {
  const told = {
    ...{ begins: () => undefined, scenario: () => undefined, serverEnded: () => undefined, loading: () => undefined },
    check: (result: CheckResult) => tell({ type: 'check', result }),
  };
  return finished(await checkServer(await withScriptsOfLoad(task, around), around, { ...watch, ...told, script }));
}
