import { type FaultKind, type Recurring, recurring } from './fault-kind.js';

export const stall: FaultKind<Recurring> = {
  forms: ['stall:100ms/1s'],
  does: 'handles no message in the last 100 ms of every second; those that waited are handled right after',
  parse: recurring,
};

/**
 * The end of the stall that an instant lies in; the instant itself if it lies in none. Periods count from `startUs`.
 */
export function outOfStallUs({ lengthUs, periodUs }: Recurring, startUs: number, atUs: number): number {
  const endUs = startUs + (Math.floor((atUs - startUs) / periodUs) + 1) * periodUs;
  return atUs >= endUs - lengthUs ? endUs : atUs;
}
