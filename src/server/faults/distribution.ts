import type { Rng } from '../../stats/rng.js';
import { callOf, durationUs, shareOf, Wrong } from './fault-kind.js';

/** How long something takes; all in microseconds. */
export type Distribution =
  | { readonly kind: 'constant'; readonly us: number }
  | { readonly kind: 'exponential'; readonly meanUs: number }
  | { readonly kind: 'uniform'; readonly fromUs: number; readonly toUs: number }
  /** A share of `highShare` takes `highUs`, the rest `lowUs`. */
  | { readonly kind: 'bimodal'; readonly lowUs: number; readonly highUs: number; readonly highShare: number };

/** `10ms`, `exp(10ms)`, `uniform(5ms,20ms)` or `bimodal(2ms,200ms,0.5%)`. */
export function distributionOf(text: string): Distribution | Wrong {
  const call = callOf(text);
  if (call === null) return mapped(durationUs(text), (us) => ({ kind: 'constant', us }));
  const { name, args } = call;
  switch (`${name}/${args.length}`) {
    case 'exp/1':
      return mapped(durationUs(args[0]!), (meanUs) => ({ kind: 'exponential', meanUs }));
    case 'uniform/2':
      return rising(args, (fromUs, toUs) => ({ kind: 'uniform', fromUs, toUs }));
    case 'bimodal/3': {
      const highShare = shareOf(args[2]!);
      if (highShare instanceof Wrong) return highShare;
      return rising(args, (lowUs, highUs) => ({ kind: 'bimodal', lowUs, highUs, highShare }));
    }
    default:
      return new Wrong(`${JSON.stringify(text)} is not a distribution`);
  }
}

/** Draws one value, microseconds. Uses the same count of random numbers for every result. */
export function drawUs(distribution: Distribution, rng: Rng): number {
  switch (distribution.kind) {
    case 'constant':
      return distribution.us;
    case 'exponential':
      return -distribution.meanUs * Math.log(1 - rng.next());
    case 'uniform':
      return distribution.fromUs + (distribution.toUs - distribution.fromUs) * rng.next();
    case 'bimodal':
      return rng.next() < distribution.highShare ? distribution.highUs : distribution.lowUs;
  }
}

function rising(args: readonly string[], make: (lowUs: number, highUs: number) => Distribution): Distribution | Wrong {
  const lowUs = durationUs(args[0]!, { zero: true });
  if (lowUs instanceof Wrong) return lowUs;
  const highUs = durationUs(args[1]!);
  if (highUs instanceof Wrong) return highUs;
  return lowUs < highUs ? make(lowUs, highUs) : new Wrong(`${args[0]} is not below ${args[1]}`);
}

function mapped(value: number | Wrong, make: (value: number) => Distribution): Distribution | Wrong {
  return value instanceof Wrong ? value : make(value);
}
