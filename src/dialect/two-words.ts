/**
 * `to` as two words, separated by spaces. Tokens may hold spaces of their own.
 *
 *     'room:{{ room }} new_msg'   ->   ['room:{{ room }}', 'new_msg']
 */
import type { JsonValue } from '../profile/profile.js';

const WORD = String.raw`(?:\{\{[^{}]*\}\}|\S)+?`;
const TWO_WORDS = new RegExp(`^\\s*(${WORD})\\s+(${WORD})\\s*$`);

/** Null if `to` is anything else. */
export function twoWords(to: JsonValue | undefined): readonly [first: string, second: string] | null {
  const [, first, second] = (typeof to === 'string' && TWO_WORDS.exec(to)) || [];
  return first === undefined || second === undefined ? null : [first, second];
}
