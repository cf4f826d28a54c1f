import { includes } from '../engine/matching/echo-check.js';
import { type Carrier, carried, jsonOf } from './look/carrier.js';

/** What can be sent and compared: plain JSON data. */
export type Content = string | number | boolean | null | readonly Content[] | { readonly [key: string]: Content };

/** How a server wants a content to be sent, and where it stands in the reply. */
export interface EchoForm {
  /** The message, `{{content}}` where the JSON of the content goes; null: the content alone. */
  readonly envelope: string | null;
  /** Where the content stands in the reply; null: the reply is the message again, or, of JSON, the message and more fields. */
  readonly carrier: Carrier | null;
  /** string: the server takes texts only, so that other contents are sent as JSON in a string. */
  readonly content: 'json' | 'string';
}

/** The message with this content. A string that stands alone is sent as it is, anything else as JSON. */
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

/** Does this reply repeat the message with this content? Added fields are no harm, as in `wsurge run`. */
export function repeats(form: EchoForm, content: Content, message: string, reply: string): boolean {
  const { carrier } = form;
  if (carrier === null) return reply === message || jsonIncludes(jsonOf(reply), jsonOf(message));
  const value = carried(carrier, reply);
  if (carrier.as === 'text') return value === message;
  if (value === undefined) return false;
  const same = includes(value, content);
  return same || (form.content === 'string' && value === JSON.stringify(content));
}

/** The content of a reply; undefined where the reply is no echo. */
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

/** Only of JSON objects and lists: a text is an echo byte for byte or not at all. */
function jsonIncludes(actual: unknown, expected: unknown): boolean {
  return typeof expected === 'object' && expected !== null && includes(actual, expected);
}

/** What stands in `value` where the pattern has its content. */
function contentIn(pattern: unknown, value: unknown): unknown {
  if (pattern === '{{content}}') return value;
  if (typeof pattern !== 'object' || pattern === null || typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(pattern)) {
    const found = contentIn(part, (value as Record<string, unknown>)[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
