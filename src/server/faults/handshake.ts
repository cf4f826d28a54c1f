import { type Distribution, distributionOf } from './distribution.js';
import type { FaultKind } from './fault-kind.js';

export const handshake: FaultKind<Distribution> = {
  forms: ['handshake:250ms', 'handshake:exp(50ms)'],
  does: 'delays the 101 of each upgrade by that much',
  parse: distributionOf,
};
