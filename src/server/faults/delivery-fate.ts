import { type FaultKind, shareOf } from './fault-kind.js';

/** Faults of single deliveries: of one message to a room, for one of its members. Each has only one, so shares add up. */
export const DELIVERY_FATES = ['drop-delivery', 'duplicate-delivery'] as const;

export type DeliveryFate = 'deliver' | (typeof DELIVERY_FATES)[number];

export type DeliveryShares = { readonly [Fate in (typeof DELIVERY_FATES)[number]]?: number };

export const dropDelivery: FaultKind<number> = {
  forms: ['drop-delivery:1%'],
  does: 'leaves out that share of the deliveries of messages to a room, each for itself',
  parse: shareOf,
};

export const duplicateDelivery: FaultKind<number> = {
  forms: ['duplicate-delivery:1%'],
  does: 'delivers that share of the deliveries of messages to a room twice',
  parse: shareOf,
};

/** `chance`: one random number in [0, 1) for each delivery. */
export function deliveryFateOf(shares: DeliveryShares, chance: number): DeliveryFate {
  let below = 0;
  for (const fate of DELIVERY_FATES) {
    below += shares[fate] ?? 0;
    if (chance < below) return fate;
  }
  return 'deliver';
}
