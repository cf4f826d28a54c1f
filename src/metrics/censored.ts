import type { CounterName } from './counters.js';

/**
 * Planned messages that were not answered in time. Statisticians call a value censored if only a bound of it is known.
 * Messages that were sent without asking for a reply are none of them.
 */
export interface CensoredCounts {
  /** Answered after the reply timeout or never: known to be at least that slow. */
  readonly timedOut: number;
  /** Planned, and neither answered nor timed out: lost, dropped, never sent. */
  readonly otherCensored: number;
}

/**
 * Example: of 10 planned messages 7 were answered in time and 1 timed out, so 2 are left about which nothing is known.
 * If more were answered than planned, the counters contradict each other; `checkLaws` reports that, and none is left
 * here.
 */
export function censoredOf({
  planned,
  answered,
  timedOut,
  unmatched,
}: Readonly<Pick<Record<CounterName, number>, 'planned' | 'answered' | 'timedOut' | 'unmatched'>>): CensoredCounts {
  return { timedOut, otherCensored: Math.max(0, planned - answered - timedOut - unmatched) };
}

/** Planned messages that were not answered in time, whatever became of them. */
export function unansweredOf(counters: Parameters<typeof censoredOf>[0]): number {
  const { timedOut, otherCensored } = censoredOf(counters);
  return timedOut + otherCensored;
}
