import { durationUs, type FaultKind, shareOf, Wrong } from './fault-kind.js';

export type Burn =
  /** Uses this share of one core, besides serving. */
  | { readonly kind: 'share'; readonly share: number }
  /** Uses this much processor time before each message is read. */
  | { readonly kind: 'message'; readonly us: number };

export const burn: FaultKind<Burn> = {
  forms: ['burn:30%', 'burn:2ms'],
  does: 'uses that share of a core beside serving, or that much processor time before each message',
  parse: (argument) => {
    if (argument.endsWith('%')) {
      const share = shareOf(argument);
      return share instanceof Wrong ? share : { kind: 'share', share };
    }
    const us = durationUs(argument);
    return us instanceof Wrong ? us : { kind: 'message', us };
  },
};

/** Uses up processor time of this process. Time spent waiting for a processor does not count. */
export function burnUs(us: number): void {
  const untilUs = cpuUs() + us;
  while (cpuUs() < untilUs);
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const SLICE_MS = 20;
/** After a long pause, at most this much burning is made up for. */
const MAX_CATCH_UP_MS = 200;

/**
 * Burns a share of one core in short slices, so that the server can serve between them. Returns a function that stops
 * it.
 */
export function burnShare(share: number): () => void {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    burnUs(Math.min(nowMs - lastMs, MAX_CATCH_UP_MS) * share * 1000);
    lastMs = nowMs;
  }, SLICE_MS);
  return () => clearInterval(timer);
}
