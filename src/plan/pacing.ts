/** How a worker wakes for what is due: by timers, by a helper thread, or by never sleeping. */
export type Pacing = 'timer' | 'metronome' | 'spin';

/** Up to this many wakes a second, over all workers, the helper thread is on time. */
const METRONOME_WAKES_MAX = 5000;

/**
 * What `auto` stands for. `wakesPerSecond`: the most messages due in a second, over all workers; null where replies set
 * the pace. `freeCores`: cores that neither a worker nor a target on this machine needs.
 */
export function automaticPacing(wakesPerSecond: number | null, freeCores: number): Pacing {
  const isRateKept = wakesPerSecond !== null && wakesPerSecond <= METRONOME_WAKES_MAX;
  return isRateKept && freeCores >= 1 ? 'metronome' : 'timer';
}
