import { includes } from '../dialect/subset.js';
import { type Carrier, carried, jsonOf } from './look/carrier.js';

/** What can be sent and compared: plain JSON data. */
export type Content = string | number | boolean | null | readonly Content[] | { readonly [key: string]: Content };

/** The message that a server wants around a content, and where the content is in the reply. */
export interface EchoForm {
  /** The message, with `{{content}}` in place of the content's JSON. Null: the content alone is the message. */
  readonly envelope: string | null;
  /** Where the content is in the reply. Null: the reply is the whole message (JSON perhaps with more fields). */
  readonly carrier: Carrier | null;
  /** `string`: the server accepts only texts, so other contents are sent as JSON inside a string. */
  readonly content: 'json' | 'string';
}

/** The message with this content. A content alone is sent unchanged if it is a string, otherwise as JSON. */
export function messageWith({ envelope, content: as }: EchoForm, content: Content): string {
  const written = as === 'string' && typeof content !== 'string' ? JSON.stringify(content) : content;
  if (envelope === null) return typeof written === 'string' ? written : JSON.stringify(written);
  return fillTemplate(envelope, { content: written });
}

/** A template with each `{{name}}` replaced by the JSON of its value. */
export function fillTemplate(template: string, values: Readonly<Record<string, Content>>): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (token, name: string) =>
    Object.hasOwn(values, name) ? JSON.stringify(values[name]) : token,
  );
}

/** Does this reply repeat the message with this content? Further fields are allowed, as in `wsurge run`. */
export function repeats(form: EchoForm, content: Content, message: string, reply: string): boolean {
  const { carrier } = form;
  if (carrier === null) return reply === message || jsonIncludes(jsonOf(reply), jsonOf(message));
  const value = carried(carrier, reply);
  if (carrier.as === 'text') return value === message;
  if (value === undefined) return false;
  const same = includes(value, content);
  return same || (form.content === 'string' && value === JSON.stringify(content));
}

/** The content of a reply; undefined if the reply is not an echo. */
export function contentOf(form: EchoForm, reply: string): unknown {
  const { carrier, envelope } = form;
  const value = carrier === null ? reply : carried(carrier, reply);
  if (carrier?.as === 'json') return unwritten(form, value);
  if (typeof value !== 'string') return undefined;
  if (envelope === null) return jsonOf(value) ?? value;
  return unwritten(form, contentIn(jsonOf(envelope.replace(/\{\{\s*content\s*\}\}/, '"{{content}}"')), jsonOf(value)));
}

function unwritten({ content }: EchoForm, value: unknown): unknown {
  return content === 'string' && typeof value === 'string' ? (jsonOf(value) ?? value) : value;
}

/** Only JSON objects and lists may differ in this way: a plain text must come back byte for byte. */
function jsonIncludes(actual: unknown, expected: unknown): boolean {
  return typeof expected === 'object' && expected !== null && includes(actual, expected);
}

/** The part of `value` at the place where the pattern has its content. */
function contentIn(pattern: unknown, value: unknown): unknown {
  if (pattern === '{{content}}') return value;
  if (typeof pattern !== 'object' || pattern === null || typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(pattern)) {
    const found = contentIn(part, (value as Record<string, unknown>)[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
