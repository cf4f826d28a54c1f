/**
 * JSON with tokens in it, as a template. What a token stands for must end up as valid JSON wherever it is put in, so the
 * template says how, in front of the token's name:
 *
 *     {{sequence}}     its ten digits, as they are
 *     {{v0:room}}      the value as JSON, with its own type: 7, "seven", {"a":7}
 *     {{t1:room}}      as text inside a JSON string: seven
 *     {{v1:room}}      the value as JSON, inside a JSON string: \"seven\"
 *     {{t2:room}}      as text inside a JSON string inside a JSON string
 *
 * The digit says how many strings the value stands in; each of them escapes it once.
 *
 *     { room: '{{room}}', to: 'room-{{room}}' }   ->   {"room":{{v0:room}},"to":"room-{{t1:room}}"}
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';

export { pathOf } from '../profile/json-path.js';

const TOKEN = /\{\{([^{}]*)\}\}/g;
const WHOLE = /^\{\{([^{}]*)\}\}$/;
/** In front of a name: the value is put in as text even where it stands alone. */
const AS_TEXT = 'text:';

/** A value as a template of JSON. A text that is one token alone keeps the type of what it stands for. */
export function jsonText(value: JsonValue): string {
  if (typeof value === 'string') return textOf(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${quoted(key)}:${jsonText(item)}`);
  return `{${members.join(',')}}`;
}

export function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(text: string): string {
  const name = WHOLE.exec(text)?.[1]?.trim();
  if (name === undefined || name.startsWith(AS_TEXT)) return quoted(text);
  return name === 'sequence' ? '{{sequence}}' : `{{v0:${name}}}`;
}

function quoted(text: string): string {
  return `"${replaceTokens(text, escapeJson, (name) => (name === 'sequence' ? '{{sequence}}' : `{{t1:${name}}}`))}"`;
}

/** A template of JSON as the content of a JSON string (without its quotes): `{"a":{{v0:b}}}` becomes `{\"a\":{{v1:b}}}`. */
export function inJsonString(template: string): string {
  return replaceTokens(template, escapeJson, deeper);
}

function deeper(name: string): string {
  const [, form, depth, inner] = /^([vt])(\d):(.*)$/s.exec(name) ?? [];
  return form === undefined ? `{{${name}}}` : `{{${form}${Number(depth) + 1}:${inner}}}`;
}

function replaceTokens(text: string, literal: (part: string) => string, token: (name: string) => string): string {
  let result = '';
  let from = 0;
  for (const { index, 0: whole, 1: inner } of text.matchAll(TOKEN)) {
    const name = inner!.trim();
    result += literal(text.slice(from, index)) + token(name.startsWith(AS_TEXT) ? name.slice(AS_TEXT.length) : name);
    from = index + whole.length;
  }
  return result + literal(text.slice(from));
}

/** A text as it stands between the quotes of a JSON string. */
export function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
