/** Templates of binary messages, filled in for one connection. What the forms mean: `dialect/byte-text.ts`. */
import { fill, type TokenValues } from './fill.js';
import { ID_BYTES } from './packet-ids.js';
import { SEQUENCE_DIGITS } from './sequence.js';

const BRACES = /\{\{[^{}]*\}\}/g;
/** What is written for each message. */
const LATER = /\{\{\s*(sequence|id)\s*\}\}/g;
const SIZES = /\{\{(<u16|<base128|>)\}\}/;
const U16_MAX = 0xffff;
/** Four groups of seven bits. */
const BASE128_MAX = 2 ** 28 - 1;

/**
 * The bytes of a template, one character each, with its tokens and lengths filled in. `{{sequence}}` and `{{id}}` are
 * left. Throws if a part is longer than its length can say.
 */
export function fillBytes(template: string, values: TokenValues): string {
  const parts = template.split(SIZES);
  const [bytes] = filled(parts, 0, values);
  return bytes;
}

/** Values become the bytes of their UTF-8. A token that has no value is left. */
export function filledBytes(template: string, values: TokenValues): string {
  return template.replace(BRACES, (token) => {
    const name = Buffer.from(token, 'latin1').toString('utf8');
    const value = fill(name, values);
    if (value === name) return token;
    return /^\{\{u16:/.test(name) ? value : Buffer.from(value, 'utf8').toString('latin1');
  });
}

/**
 * `parts`: texts, and between them the marks of lengths. The bytes from the text at `from` up to the end that is its own,
 * and where that end is.
 */
function filled(parts: readonly string[], from: number, values: TokenValues): [bytes: string, next: number] {
  let bytes = filledBytes(parts[from]!, values);
  let at = from + 1;
  while (at < parts.length && parts[at] !== '>') {
    const [inner, next] = filled(parts, at + 1, values);
    bytes += lengthOf(parts[at]!, sizeOf(inner)) + inner + filledBytes(parts[next + 1] ?? '', values);
    at = next + 2;
  }
  return [bytes, at];
}

/** How many bytes it has when everything is written. */
function sizeOf(bytes: string): number {
  let size = bytes.length;
  for (const [token, name] of bytes.matchAll(LATER)) {
    size += (name === 'id' ? ID_BYTES : SEQUENCE_DIGITS) - token.length;
  }
  return size;
}

function lengthOf(form: string, size: number): string {
  const most = form === '<u16' ? U16_MAX : BASE128_MAX;
  if (size > most) throw new RangeError(`a part of a message has ${size} bytes, and its length says at most ${most}`);
  if (form === '<u16') return String.fromCharCode(size >> 8, size & 0xff);
  let length = '';
  for (let rest = size; ; ) {
    const low = rest & 0x7f;
    rest >>>= 7;
    length += String.fromCharCode(rest > 0 ? low | 0x80 : low);
    if (rest === 0) return length;
  }
}
