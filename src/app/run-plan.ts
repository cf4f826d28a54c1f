import { UntilPrecise } from '../campaign/until-precise.js';
import { usageError } from '../errors.js';
import { usableCores } from '../machine/cores.js';
import { BOARD_MAX_BYTES } from '../plan/fanout.js';
import type { IdleMemoryWish } from '../plan/idle-memory.js';
import { type Plan, planOf } from '../plan/plan.js';
import { formatBytes } from '../units.js';
import { refuseWithoutTwins } from './null-echo.js';
import { isLocal } from './target-place.js';
import type { RunTask } from './tasks.js';

/** The plan of a run. Throws WsurgeError (104) if it holds no cell, or none that can be measured as asked. */
export function planRun({ parsed, settings }: RunTask, idleMemory: IdleMemoryWish = 'auto'): Plan {
  const { profile } = parsed;
  const plan = planOf(profile, {
    only: settings.only,
    cores: usableCores(),
    localTarget: isLocal(profile),
    nullTwin: settings.nullTwin,
    idleMemory,
  });
  if (plan.cells.length === 0) {
    throw usageError(
      'nothing_to_run',
      `--only ${settings.only.join(', ')} names no cell of this profile`,
      'wsurge run <profile> --dry-run lists them',
    );
  }
  refuseLargeBoards(plan);
  if (plan.nullTwin) refuseWithoutTwins(plan);
  if (settings.untilPrecise !== null) refuseWithoutExtension(plan, new UntilPrecise(settings.untilPrecise));
  return plan;
}

/** Throws WsurgeError (104) if following the deliveries of a cell takes too much memory. */
export function refuseLargeBoards({ estimate: { boardBytes } }: Plan): void {
  if (boardBytes <= BOARD_MAX_BYTES) return;
  throw usageError(
    'board_too_large',
    `following every delivery takes ${formatBytes(boardBytes)} of memory, above ${formatBytes(BOARD_MAX_BYTES)}`,
    'lower deliver.timeout, the rate or the number of connections, or use more rooms',
  );
}

/** Throws WsurgeError (104) if no cell of the plan could be extended. */
function refuseWithoutExtension({ cells }: Plan, extension: UntilPrecise): void {
  if (cells.some((cell) => extension.longestMs(cell) > cell.durationMs)) return;
  throw usageError(
    'no_extension',
    '--until-ci: no cell of this profile can be measured longer than planned',
    'it needs a steady load whose replies are matched, and a --max-duration above its duration',
  );
}
