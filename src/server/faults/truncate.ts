import { parseBytes } from '../../units.js';
import { type FaultKind, Wrong } from './fault-kind.js';

const MAX_BYTES = 16 * 1024 * 1024;

/** Bytes that are left of a longer message. */
export const truncate: FaultKind<number> = {
  forms: ['truncate:600KiB'],
  does: 'of messages longer than that, only so much comes back',
  parse: (argument) => {
    const bytes = parseBytes(argument);
    if (bytes === null) return new Wrong(`${JSON.stringify(argument)} is no size such as 600KiB`);
    if (Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_BYTES) return bytes;
    return new Wrong(`${argument} is not from 1 byte to 16MiB`);
  },
};
