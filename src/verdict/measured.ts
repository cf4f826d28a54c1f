/** A value with how sure it is: what a threshold is decided on. */
import type { Threshold } from '../profile/profile.js';

/**
 * `bracket`: the truth lies in [low, high], the same number twice where it is known; `actual` is the one to show.
 * `unanswered`: it lies among messages that were never answered in time, and no threshold passes on that.
 * `unknown`: nothing to judge; `fewSamples` where more of the same would have settled it.
 */
export type Measured =
  | {
      readonly kind: 'bracket';
      readonly low: number;
      readonly high: number;
      readonly actual: number;
      readonly note: string | null;
      readonly fewSamples?: boolean;
    }
  | { readonly kind: 'unanswered'; readonly actual: number | null; readonly note: string }
  | { readonly kind: 'unknown'; readonly note: string; readonly fewSamples?: boolean };

export function exactly(value: number, note: string | null = null): Measured {
  return { kind: 'bracket', low: value, high: value, actual: value, note };
}

export function unknown(note: string): Measured {
  return { kind: 'unknown', note };
}

export function undefinedAggregation({ metric, expression }: Threshold): Measured {
  return unknown(`${expression}: not defined for ${metric}`);
}
