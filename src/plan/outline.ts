import { writeDigits } from './digits.js';
import { ID_BYTES, idOf } from './packet-ids.js';
import type { PayloadContext } from './payload.js';
import { SEQUENCE_DIGITS, sequenceOf } from './sequence.js';

/** A message holds no sequence. */
export const NOWHERE = -1;

/**
 * Messages that differ only in their digits. The sender prepares one frame and rewrites only the digits.
 */
export interface Outline {
  /** One such message, with the digits that were written last, and a view of it. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Where the sequence stands: `SEQUENCE_DIGITS` digits each. */
  readonly sequenceAt: readonly number[];
  /** Where the two bytes stand by which replies name the message; `NOWHERE` for nowhere. */
  readonly idAt: number;
  /** Where the connection's number stands; a width of 0 for nowhere. */
  readonly connectionAt: number;
  readonly connectionWidth: number;
  /** The fixed parts between the digits: the offset where each begins, and the offset behind its end. */
  readonly fixed: readonly (readonly [from: number, to: number])[];
}

export function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** `sequenceAt`: where the sequence stands in the bytes. The connection's number stands nowhere unless it is said. */
export function outlineWith(
  bytes: Buffer,
  sequenceAt: readonly number[],
  connectionAt = 0,
  connectionWidth = 0,
  idAt = NOWHERE,
): Outline {
  const digits = sequenceAt.map((at) => [at, at + SEQUENCE_DIGITS] as const);
  if (connectionWidth > 0) digits.push([connectionAt, connectionAt + connectionWidth]);
  if (idAt !== NOWHERE) digits.push([idAt, idAt + ID_BYTES]);
  digits.sort(([a], [b]) => a - b);
  const edges = [0, ...digits.flat(), bytes.length];
  const fixed = digits.concat([[0, 0]]).map((_, i) => [edges[2 * i]!, edges[2 * i + 1]!] as const);
  return {
    ...{ bytes, view: viewOf(bytes), sequenceAt, idAt, connectionAt, connectionWidth },
    fixed: fixed.filter(([from, to]) => from < to),
  };
}

/** The number of message `ordinal` of a connection (numbered over the cell). */
export function numberOf(
  { connections, used }: Pick<PayloadContext, 'connections' | 'used'>,
  connection: number,
  ordinal: number,
): number {
  return sequenceOf(connection, ordinal, connections, used?.numbers);
}

/** Writes the id of message `ordinal` into its outline, if it has one. */
export function writeId({ bytes, idAt }: Outline, ordinal: number, slots: number): void {
  if (idAt !== NOWHERE) bytes.writeUInt16BE(idOf(ordinal, slots), idAt);
}

/** Writes the digits of a message into its outline. */
export function writeNumbers(outline: Outline, connection: number, sequence: number): Buffer {
  const { bytes, sequenceAt, connectionAt, connectionWidth } = outline;
  for (let i = 0; i < sequenceAt.length; i++) writeDigits(bytes, sequence, sequenceAt[i]!, SEQUENCE_DIGITS);
  writeDigits(bytes, connection, connectionAt, connectionWidth);
  return bytes;
}
