import { parseBytes } from '../../units.js';
import { type FaultKind, Wrong } from './fault-kind.js';

const MAX_BYTES = 16 * 1024 * 1024;

/** A longer message is cut to this many bytes. */
export const truncate: FaultKind<number> = {
  forms: ['truncate:600KiB'],
  does: 'cuts the reply to a longer message to that size',
  parse: (argument) => {
    const bytes = parseBytes(argument);
    if (bytes === null) return new Wrong(`${JSON.stringify(argument)} is not a size such as 600KiB`);
    if (Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_BYTES) return bytes;
    return new Wrong(`${argument} is not from 1 byte to 16MiB`);
  },
};
