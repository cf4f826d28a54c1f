/** Reads and changes the content of a message, for the faults that need it. */
import { isDeeper, MAX_DEPTH } from '../../nesting.js';

const LETTER = Buffer.from('x');

const NAME = Buffer.from('"sequence"');
const MAX_DIGITS = 15;
const BINARY_DIGITS = 10;

/**
 * The number in the JSON field `sequence`, or the ten digits at the start of a binary message; null if there is
 * neither.
 */
export function sequenceIn(bytes: Buffer, isBinary: boolean): number | null {
  if (isBinary) {
    const head = bytes.toString('latin1', 0, BINARY_DIGITS);
    return /^\d{10}$/.test(head) ? Number(head) : null;
  }
  const at = bytes.indexOf(NAME);
  if (at < 0) return null;
  const after = bytes.toString('latin1', at + NAME.length, at + NAME.length + MAX_DIGITS + 10);
  const digits = /^\s*:\s*(\d{1,15})(?!\d)/.exec(after)?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * The message with other content. JSON keeps every other field; binary keeps all but its last byte. Text that is not a
 * JSON object, or nests too deep to be written again, gets one letter more. No client can make this function throw.
 */
export function altered(bytes: Buffer, isBinary: boolean): Buffer {
  if (!isBinary) return alteredText(bytes);
  const other = bytes.length === 0 ? Buffer.alloc(1) : Buffer.from(bytes);
  other[other.length - 1]! ^= 1;
  return other;
}

function alteredText(bytes: Buffer): Buffer {
  const message = objectIn(bytes);
  if (message === null || isDeeper(message, MAX_DEPTH)) return Buffer.concat([bytes, LETTER]);
  return Buffer.from(JSON.stringify({ ...message, content: otherContent(message['content']) }));
}

/** Null if the text is not a JSON object: a plain echo accepts any text. */
function objectIn(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function otherContent(content: unknown): unknown {
  if (typeof content !== 'string' || content === '') return { altered: content };
  const last = content.endsWith('x') ? 'y' : 'x';
  return content.slice(0, -1) + last;
}
