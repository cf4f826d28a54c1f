/**
 * Text that came from outside (close reasons, headers, error texts) made safe to print: whatever could move a cursor,
 * colour a screen, hide or reorder characters or break a line becomes a visible escape, and the length is capped.
 */

/** Text of these characters alone is safe as it is, and most text is. */
const PLAIN = /^[\x20-\x7e]*$/;
/** Combining marks on one character. More than this would reach into the lines above and below. */
const MOST_MARKS = 2;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };
const ELLIPSIS = '…';

/**
 * `text` with everything unsafe escaped, at most `maxLength` UTF-16 units long; a cut is marked with `…` and never
 * falls inside an escape or a character. Doing it twice changes nothing. Strike secrets out before, not after: a cut
 * could leave half of one.
 */
export function sanitize(text: string, maxLength = 200): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text;
  let out = '';
  // Where to cut back to, should the text turn out too long: the end of the last piece that leaves room for the
  // ellipsis.
  let cut = 0;
  let marks = MOST_MARKS;
  for (const character of text) {
    const combining = isCombining(character);
    marks = combining ? marks + 1 : 0;
    const piece = isUnsafe(character) || (combining && marks > MOST_MARKS) ? escapeOf(character) : character;
    if (out.length + piece.length > maxLength) return maxLength < 1 ? '' : out.slice(0, cut) + ELLIPSIS;
    out += piece;
    if (out.length <= maxLength - ELLIPSIS.length) cut = out.length;
  }
  return out;
}

/**
 * Controls, format characters, surrogates, private use, unassigned, separators other than the space, invisible letters.
 */
function isUnsafe(character: string): boolean {
  return /^[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$/u.test(
    character,
  );
}

function isCombining(character: string): boolean {
  return /^\p{M}$/u.test(character);
}

/** Plain data with every text in it made safe to print. It must not be deep: it is what a report was just made of. */
export function sanitizeAll<T>(value: T, maxLength: number): T {
  return sanitized(value, maxLength) as T;
}

function sanitized(value: unknown, maxLength: number): unknown {
  if (typeof value === 'string') return sanitize(value, maxLength);
  if (Array.isArray(value)) return value.map((item) => sanitized(item, maxLength));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sanitized(item, maxLength)]));
}

function escapeOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** `text` as plain words in Markdown, prose or table cell: no markup, link, HTML, mention or list comes out of it. */
export function escapeMarkdown(text: string): string {
  return sanitize(text, Number.POSITIVE_INFINITY)
    .replace(/[\\`*_[\]|~#$@]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/^(\s*)>/, '$1&gt;')
    .replaceAll('://', '\\://')
    .replace(/\bwww\./gi, (match) => `${match.slice(0, -1)}\\.`)
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}
