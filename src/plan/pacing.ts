/** How a worker wakes up for due messages: by timers, by a helper thread, or by never sleeping. */
export type Pacing = 'timer' | 'metronome' | 'spin';

/**
 * Wakes per second, over all workers, up to which the helper thread is worth its cost: about 7 % of a core for each 1,000.
 * Beside a core that nobody needs it may take a third of that core; where workers and target need all of them, a seventh
 * of one.
 */
const WAKES_MAX = { freeCore: 5000, noFreeCore: 2000 } as const;

/**
 * The pacing that `auto` chooses. `wakesPerSecond`: the most messages due in a second, over all workers; null where replies
 * set the pace. `freeCores`: cores that neither a worker nor a target on this machine needs; below 0 if they need more than
 * there are.
 */
export function automaticPacing(wakesPerSecond: number | null, freeCores: number): Pacing {
  if (wakesPerSecond === null || freeCores < 0) return 'timer';
  const most = freeCores >= 1 ? WAKES_MAX.freeCore : WAKES_MAX.noFreeCore;
  return wakesPerSecond <= most ? 'metronome' : 'timer';
}
