import type { Rng } from '../../stats/rng.js';
import { type Distribution, distributionOf, drawUs } from './distribution.js';
import { callOf, durationUs, type FaultKind, Wrong } from './fault-kind.js';

/** A slow start: until `firstUs` after the server's first message each reply waits `slowUs`, after that `thenUs`. */
export interface SlowAtFirst {
  readonly kind: 'first';
  readonly firstUs: number;
  readonly slowUs: number;
  readonly thenUs: number;
}

export type Delay = Distribution | SlowAtFirst;

export const delay: FaultKind<Delay> = {
  forms: [
    'delay:10ms',
    'delay:exp(10ms)',
    'delay:uniform(5ms,20ms)',
    'delay:bimodal(2ms,200ms,0.5%)',
    'delay:first(5s,200ms,2ms)',
  ],
  does: 'delays each reply by that much, independently of the others, so replies may overtake; first: 200 ms for 5 s, then 2 ms',
  parse: (argument) => {
    const call = callOf(argument);
    return call?.name === 'first' ? slowAtFirst(call.args) : distributionOf(argument);
  },
};

/** `sinceFirstUs`: time from the first message that the server received to this one. */
export function delayUs(spec: Delay, rng: Rng, sinceFirstUs: number): number {
  if (spec.kind !== 'first') return drawUs(spec, rng);
  return sinceFirstUs < spec.firstUs ? spec.slowUs : spec.thenUs;
}

function slowAtFirst(args: readonly string[]): SlowAtFirst | Wrong {
  if (args.length !== 3) return new Wrong('first takes how long, the delay until then, the delay after it');
  const firstUs = durationUs(args[0]!);
  const slowUs = durationUs(args[1]!);
  const thenUs = durationUs(args[2]!, { zero: true });
  if (firstUs instanceof Wrong) return firstUs;
  if (slowUs instanceof Wrong) return slowUs;
  if (thenUs instanceof Wrong) return thenUs;
  return { kind: 'first', firstUs, slowUs, thenUs };
}
