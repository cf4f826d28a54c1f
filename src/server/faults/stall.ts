import { type FaultKind, type Recurring, recurring } from './fault-kind.js';

export const stall: FaultKind<Recurring> = {
  forms: ['stall:100ms/1s'],
  does: 'in the last 100 ms of every second no message is looked at or answered; all that waited is done right after',
  parse: recurring,
};

/**
 * When an instant is out of the stall it lies in; the instant itself where it lies in none. Periods count from
 * `startUs`.
 */
export function outOfStallUs({ lengthUs, periodUs }: Recurring, startUs: number, atUs: number): number {
  const endUs = startUs + (Math.floor((atUs - startUs) / periodUs) + 1) * periodUs;
  return atUs >= endUs - lengthUs ? endUs : atUs;
}
