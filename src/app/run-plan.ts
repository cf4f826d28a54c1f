import { UntilPrecise } from '../campaign/until-precise.js';
import { usageError } from '../errors.js';
import { fleetNeed } from '../fleet/assign.js';
import { usableCores } from '../machine/cores.js';
import { BOARD_MAX_BYTES, boardBytes, boardLayout } from '../plan/fanout.js';
import type { IdleMemoryWish } from '../plan/idle-memory.js';
import { type Plan, planOf } from '../plan/plan.js';
import { formatBytes, formatDuration } from '../units.js';
import type { Crew } from './crew.js';
import { refuseWithoutTwins } from './null-echo.js';
import { isLocal } from './target-place.js';
import type { RunTask } from './tasks.js';

/** The plan of a run. Throws WsurgeError (104) if it holds no cell, or none that can be measured as asked. */
export function planRun(
  { parsed, settings }: RunTask,
  idleMemory: IdleMemoryWish = 'auto',
  crew: Pick<Crew, 'split'> | null = null,
): Plan {
  const { profile } = parsed;
  const plan = planOf(profile, {
    only: settings.only,
    cores: usableCores(),
    // With agents only where the server's process is counts: they have their own cores.
    localTarget: isLocal(profile),
    ...(crew === null ? {} : { split: (cells) => crew.split(cells) }),
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

/**
 * The split over agents before any is asked: as many workers as the cells want, and one for each agent at least. Agents
 * may offer fewer. Nothing is known of their cores.
 */
export function wantedSplit({ parsed: { profile } }: RunTask, agents: number): Pick<Crew, 'split'> {
  return {
    split: (cells) => {
      const { workers, isExact } = fleetNeed(cells, profile.workers);
      return { workers: isExact ? workers : Math.max(workers, agents), freeCores: 0 };
    },
  };
}

/** Throws WsurgeError (104) if following the deliveries of a cell takes too much memory. */
export function refuseLargeBoards({ cells, workers }: Pick<Plan, 'cells' | 'workers'>): void {
  for (const cell of cells) {
    const layout = boardLayout(cell, workers);
    const bytes = layout === null ? 0 : boardBytes(layout);
    if (bytes <= BOARD_MAX_BYTES) continue;
    const timeout = formatDuration(cell.wire!.deliver!.timeoutMs);
    throw usageError(
      'board_too_large',
      `${cell.id}: following every delivery takes ${formatBytes(bytes)} of memory, above ${formatBytes(BOARD_MAX_BYTES)}`,
      `lower deliver.timeout (${timeout}), the rate of what reaches others, the connections${workers > 1 ? ', or -w' : ''}`,
    );
  }
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
