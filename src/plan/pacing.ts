/** How a worker wakes up for due messages: by timers, by a helper thread, or by never sleeping. */
export type Pacing = 'timer' | 'metronome' | 'spin';

/**
 * The helper thread wakes a worker at most once in this time, microseconds. Messages that become due in between go out
 * together. So the cost does not grow with the rate, and no message leaves later than the grain of this pacing.
 */
export const METRONOME_GAP_US = 400;

/**
 * The most wakes per second, over all workers, for which the helper thread is worth its cost. 1,000 wakes a second cost
 * about 7 % of a core. If a core is free, the helper thread may use a third of it; if workers and target need all
 * cores, a sixth of one.
 */
const WAKES_MAX = { freeCore: 5000, noFreeCore: 2500 } as const;

/**
 * The pacing that `auto` chooses. `perSecond`: the most messages due in a second, over all workers; null if replies set
 * the pace. `freeCores`: cores that neither a worker nor a target on this machine needs; below 0 if they need more than
 * there are.
 */
export function automaticPacing(perSecond: number | null, freeCores: number, workers: number): Pacing {
  if (perSecond === null || freeCores < 0) return 'timer';
  const wakes = Math.min(perSecond, (workers * 1e6) / METRONOME_GAP_US);
  const most = freeCores >= 1 ? WAKES_MAX.freeCore : WAKES_MAX.noFreeCore;
  return wakes <= most ? 'metronome' : 'timer';
}
