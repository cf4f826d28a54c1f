/** The value that decides a threshold, with its uncertainty. */
import type { Threshold } from '../profile/profile.js';

/**
 * `bracket`: the target's own value lies in [low, high], the same number twice if it is known exactly; `actual` is
 * shown. `unanswered`: the rank lies among messages that were never answered in time; no threshold passes. `unknown`:
 * there is no value; `fewSamples` if more messages would have given one.
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
