import { type Distribution, distributionOf } from './distribution.js';
import type { FaultKind } from './fault-kind.js';

/** How long each delivery of a message to a room waits, drawn for each member. */
export const lateDelivery: FaultKind<Distribution> = {
  forms: [
    'late-delivery:10ms',
    'late-delivery:exp(10ms)',
    'late-delivery:uniform(5ms,20ms)',
    'late-delivery:bimodal(0ms,6s,1%)',
  ],
  does: 'delays each delivery of a message to a room by that much, drawn anew for each member',
  parse: distributionOf,
};
