/** What faults know of a message's inside. */

const NAME = Buffer.from('"sequence"');
const MAX_DIGITS = 15;
const BINARY_DIGITS = 10;

/**
 * The number in the JSON field `sequence`, or the ten digits that a binary message begins with; null where there is
 * none.
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

/** The message with other content: JSON keeps every other field, binary everything but its last byte. */
export function altered(bytes: Buffer, isBinary: boolean): Buffer {
  if (!isBinary) {
    const message = JSON.parse(bytes.toString()) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ ...message, content: otherContent(message['content']) }));
  }
  const other = bytes.length === 0 ? Buffer.alloc(1) : Buffer.from(bytes);
  other[other.length - 1]! ^= 1;
  return other;
}

function otherContent(content: unknown): unknown {
  if (typeof content !== 'string' || content === '') return { altered: content };
  const last = content.endsWith('x') ? 'y' : 'x';
  return content.slice(0, -1) + last;
}
