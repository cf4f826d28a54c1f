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

type Some<Name extends CounterName> = Readonly<Pick<Record<CounterName, number>, Name>>;

/** Planned messages that have a reply of their own. Whatever is compared with answers is compared with these. */
export function awaitedOf({ planned, unawaited }: Some<'planned' | 'unawaited'>): number {
  return planned - unawaited;
}

/** False if every one of these messages has no reply of its own. */
export function mayBeAnswered(counters: Some<'planned' | 'unawaited'>): boolean {
  return counters.unawaited === 0 || awaitedOf(counters) > 0;
}

/** True if no reply of these messages is matched: because none is (match: none), or because they have none. */
export function isUnmatched(counters: Some<'planned' | 'unawaited' | 'unmatched'>): boolean {
  return counters.unmatched > counters.unawaited || !mayBeAnswered(counters);
}

/**
 * Example: of 10 awaited messages 7 were answered in time and 1 timed out, so 2 are left about which nothing is known.
 * If more were answered than planned, the counters contradict each other; `checkLaws` reports that, and none is left
 * here.
 */
export function censoredOf(counters: Some<'planned' | 'unawaited' | 'answered' | 'timedOut'>): CensoredCounts {
  const { answered, timedOut } = counters;
  return { timedOut, otherCensored: Math.max(0, awaitedOf(counters) - answered - timedOut) };
}

/** Awaited messages that were not answered in time, whatever became of them. */
export function unansweredOf(counters: Parameters<typeof censoredOf>[0]): number {
  const { timedOut, otherCensored } = censoredOf(counters);
  return timedOut + otherCensored;
}
