import { parseRatePerSecond } from '../../units.js';
import { type FaultKind, Wrong } from './fault-kind.js';

export type SlowReader =
  /** Reads a connection at this rate at most. */
  | { readonly kind: 'rate'; readonly usPerMessage: number }
  /** Stops reading from a connection after this many messages. */
  | { readonly kind: 'stops'; readonly after: number };

const MAX_MESSAGES = 1_000_000;

export const slowReader: FaultKind<SlowReader> = {
  forms: ['slow-reader:10/s', 'slow-reader:100'],
  does: 'reads 10 messages a second from each connection, or stops after its 100th, so that senders must wait (engine ws)',
  parse: (argument) => {
    if (/^\d+$/.test(argument)) {
      const after = Number(argument);
      if (after >= 1 && after <= MAX_MESSAGES) return { kind: 'stops', after };
      return new Wrong(`${argument} is not a count of messages from 1 to ${MAX_MESSAGES}`);
    }
    const rate = argument.includes('/') ? parseRatePerSecond(argument) : null;
    if (rate === null) return new Wrong(`${JSON.stringify(argument)} is neither a rate such as 10/s nor a count`);
    if (rate >= 0.01 && rate <= MAX_MESSAGES) return { kind: 'rate', usPerMessage: 1e6 / rate };
    return new Wrong(`${argument} is not from 0.01/s to ${MAX_MESSAGES}/s`);
  },
};
