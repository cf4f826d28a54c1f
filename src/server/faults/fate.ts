import { type FaultKind, shareOf } from './fault-kind.js';

/** Faults of single replies. A message has one fate: their shares add up. */
export const FATES = ['drop', 'duplicate', 'swap', 'alter', 'misdeliver'] as const;

export type Fate = 'echo' | 'truncate' | (typeof FATES)[number];

/** Share of all messages each fate has, 0 to 1; together at most 1. */
export type FateShares = Readonly<Record<(typeof FATES)[number], number>>;

function shareKind(name: (typeof FATES)[number], does: string): FaultKind<number> {
  return { forms: [`${name}:1%`], does, parse: shareOf };
}

export const drop = shareKind('drop', 'that share of messages is never answered');
export const duplicate = shareKind('duplicate', 'that share is answered twice');
export const swap = shareKind('swap', 'that share is answered right after the next reply of its connection');
export const alter = shareKind('alter', 'that share comes back with other content, sequence and type unchanged');
export const misdeliver = shareKind('misdeliver', 'that share is answered on another connection');

/** `chance`: one random number in [0, 1) for each message. */
export function fateOf(shares: FateShares, chance: number): Fate {
  let below = 0;
  for (const fate of FATES) {
    below += shares[fate];
    if (chance < below) return fate;
  }
  return 'echo';
}
