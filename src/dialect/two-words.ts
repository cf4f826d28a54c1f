import type { JsonValue } from '../profile/profile.js';

const WORD = String.raw`(?:\{\{[^{}]*\}\}|\S)+?`;
const TWO_WORDS = new RegExp(`^(${WORD})\\s+(${WORD})$`);

/**
 * `to` as two words, separated by a space. Tokens may hold spaces of their own. That there are two was checked with the
 * profile.
 *
 *     'room:{{ room }} new_msg'   ->   ['room:{{ room }}', 'new_msg']
 */
export function twoWords(to: JsonValue | undefined): readonly [first: string, second: string] {
  const [, first = '', second = ''] = TWO_WORDS.exec(String(to)) ?? [];
  return [first, second];
}
