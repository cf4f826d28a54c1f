import type { WireByte, WireLayout } from '../../dialect/wire.js';
import { ID_BYTES } from '../../plan/packet-ids.js';

/** A binary message has no such part, or ends before it. */
const NOWHERE = -1;
const LENGTH_BYTES_MAX = 4;

/** Finds the parts of binary messages that are built in one way, in place. One instance for one user of it. */
export class Layout {
  readonly #first: WireByte;
  readonly #before: WireLayout['before'];
  /** Of the message that was looked at last: where its content begins. */
  contentAt = 0;
  /** Where the two bytes are that name it; -1 for nowhere. */
  idAt = NOWHERE;

  constructor({ first, before }: WireLayout) {
    this.#first = first;
    this.#before = before;
  }

  /** True if the message from `start` to `end` is built like this. */
  fits(bytes: Buffer, start: number, end: number): boolean {
    this.idAt = NOWHERE;
    this.contentAt = end;
    if (start >= end || !isByte(bytes[start]!, this.#first)) return false;
    let at = start + 1;
    for (const part of this.#before) {
      if (part === 'length') at = behindLength(bytes, at, end);
      else if (part === 'text') at = at + 2 > end ? end + 1 : at + 2 + bytes.readUInt16BE(at);
      else if ((bytes[start]! & part.idIf) !== 0) {
        this.idAt = at;
        at += ID_BYTES;
      }
      if (at > end) return false;
    }
    this.contentAt = at;
    return true;
  }
}

export function isByte(byte: number, { mask, is }: WireByte): boolean {
  return (byte & mask) === is;
}

function behindLength(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && at < from + LENGTH_BYTES_MAX && (bytes[at]! & 0x80) !== 0) at++;
  return at + 1;
}
