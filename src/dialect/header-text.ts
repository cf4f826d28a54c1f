/**
 * Headers of a head of lines, as STOMP 1.2 escapes them: `\\` for a backslash, `\r`, `\n`, and `\c` for a colon. A token
 * whose value is escaped so when it is put in has `header:` in front of its name.
 *
 *     'room:{{data.room}}'   ->   room\c{{header:data.room}}
 */
const TOKEN = /\{\{([^{}]*)\}\}/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\r': '\\r', '\n': '\\n', ':': '\\c' };
/** In front of a name in JSON: the value is put in as text. In a header every value is. */
const AS_TEXT = /^text:/;

/** A text as it stands in a header. */
export function escapeHeader(text: string): string {
  return text.replaceAll(/[\\\r\n:]/g, (character) => ESCAPES[character]!);
}

/** A text with tokens as a template of a header's name or value. */
export function headerText(text: string): string {
  let result = '';
  let from = 0;
  for (const { index, 0: whole, 1: inner } of text.matchAll(TOKEN)) {
    const name = inner!.trim().replace(AS_TEXT, '');
    result += escapeHeader(text.slice(from, index)) + (name === 'sequence' ? whole : `{{header:${name}}}`);
    from = index + whole.length;
  }
  return result + escapeHeader(text.slice(from));
}
