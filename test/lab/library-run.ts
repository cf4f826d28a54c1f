import { type ResultDocument, run, type WrittenProfile } from '../../src/index.js';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';
import { TargetProcess } from './target-process.js';

export interface LibraryRun {
  readonly cells: ResultDocument['cells'];
  readonly truth: readonly TruthEntry[];
}

/** Runs a profile with the library, as users do, against a server with faults. `profile` has everything but name and target. */
export async function runLibrary(
  faults: string,
  profile: Omit<WrittenProfile, 'name' | 'target'>,
): Promise<LibraryRun> {
  const target = await TargetProcess.start(faults);
  let cells: ResultDocument['cells'];
  let truth: readonly TruthEntry[] = [];
  try {
    const whole = { name: 'lab', target: { url: target.url }, ...profile };
    const { result } = await run({ target: whole, cwd: target.folder, env: {} });
    cells = result.cells;
  } finally {
    truth = await target.stop();
  }
  return { cells, truth };
}
