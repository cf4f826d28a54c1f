import { ScriptProblem } from './problem.js';

/**
 * Errors of scripts that nobody catches: thrown in a timer, or in a promise that nobody awaits. In a thread of the load
 * such an error ends the thread, which is told of as lost. In the thread of the test connection it becomes a problem of
 * that.
 */
type Tell = (problem: ScriptProblem) => void;

/** A frame of a script: `loadScript` puts the hash of its text into its address. */
const OF_SCRIPT = /\?sha256=[0-9a-f]{64}:\d+/;

/** Whether an error was thrown by a script. */
export function isOfScript(error: unknown): error is Error {
  return error instanceof Error && OF_SCRIPT.test(error.stack ?? '');
}

const watching = new Set<Tell>();
let isOn = false;

/** Tells of the strays of all scripts in this thread until the returned function is called. */
export function watchStrays(tell: Tell): () => void {
  if (!isOn) process.on('uncaughtException', onUncaught);
  isOn = true;
  watching.add(tell);
  return () => watching.delete(tell);
}

function onUncaught(error: unknown): void {
  if (isOfScript(error)) {
    const problem = ScriptProblem.of('script_stray', 'code that nobody awaits', error);
    for (const tell of watching) tell(problem);
    return;
  }
  // Whoever else listens decides; where nobody does, the process ends as it would have.
  if (process.listenerCount('uncaughtException') > 1) return;
  process.off('uncaughtException', onUncaught);
  throw error;
}
