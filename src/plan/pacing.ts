/** How a worker wakes up for due messages: by timers, by a helper thread, or by never sleeping. */
export type Pacing = 'timer' | 'metronome' | 'spin';

/**
 * The helper thread wakes one worker no sooner than this after the last wake, microseconds; what is due in between goes
 * out together. So a wake costs the same at any rate, and nothing leaves later than the grain that the way has.
 */
export const METRONOME_GAP_US = 400;

/**
 * Wakes a second, over all workers, up to which the helper thread is worth its cost: about 7 % of a core for each
 * 1,000. Beside a core that nobody needs it may take a third of that core; where workers and target need all of them, a
 * sixth of one.
 */
const WAKES_MAX = { freeCore: 5000, noFreeCore: 2500 } as const;

/**
 * The pacing that `auto` chooses. `perSecond`: the most messages due in a second, over all workers; null where replies
 * set the pace. `freeCores`: cores that neither a worker nor a target on this machine needs; below 0 if they need more
 * than there are.
 */
export function automaticPacing(perSecond: number | null, freeCores: number, workers: number): Pacing {
  if (perSecond === null || freeCores < 0) return 'timer';
  const wakes = Math.min(perSecond, (workers * 1e6) / METRONOME_GAP_US);
  const most = freeCores >= 1 ? WAKES_MAX.freeCore : WAKES_MAX.noFreeCore;
  return wakes <= most ? 'metronome' : 'timer';
}
