import { type FaultKind, shareOf } from './fault-kind.js';

/** Faults of single replies. A message has only one fate, so the shares add up. */
export const FATES = ['drop', 'duplicate', 'swap', 'alter', 'misdeliver'] as const;

export type Fate = 'echo' | 'truncate' | (typeof FATES)[number];

/** For each fate the share of all messages that have it, 0 to 1; at most 1 in total. */
export type FateShares = Readonly<Record<(typeof FATES)[number], number>>;

function shareKind(name: (typeof FATES)[number], does: string): FaultKind<number> {
  return { forms: [`${name}:1%`], does, parse: shareOf };
}

export const drop = shareKind('drop', 'does not answer that share of messages');
export const duplicate = shareKind('duplicate', 'answers that share twice');
export const swap = shareKind('swap', 'answers that share right after the next reply of its connection');
export const alter = shareKind('alter', 'answers that share with other content, but the same sequence and type');
export const misdeliver = shareKind('misdeliver', 'answers that share on another connection');

/** `chance`: one random number in [0, 1) for each message. */
export function fateOf(shares: FateShares, chance: number): Fate {
  let below = 0;
  for (const fate of FATES) {
    below += shares[fate];
    if (chance < below) return fate;
  }
  return 'echo';
}
