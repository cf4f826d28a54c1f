/**
 * Where the content is in a reply. In `{"data":{"text":"You said: hello"}}`, path `data.text` and before `You said: `
 * give `hello`.
 */
export interface Carrier {
  /** Keys from the top of the reply's JSON down to the value; empty for the whole reply. */
  readonly path: readonly string[];
  /** `json`: the value is the content. `text`: the value is a text that contains the message as it was sent. */
  readonly as: 'json' | 'text';
  /** With `as: text`, the text before and after the message. Numbers in it may differ from reply to reply. */
  readonly before: string;
  readonly after: string;
}

/** Limits for the search through a reply: a hostile one may nest without end. */
const MOST_DEPTH = 8;
const MOST_VALUES = 2000;

interface Placed {
  readonly path: readonly string[];
  readonly value: string | number;
}

/** Every string and number of a JSON text, with its path; the text itself if it is not JSON. */
function values(reply: string): Placed[] {
  const whole = jsonOf(reply);
  if (whole === undefined) return [{ path: [], value: reply }];
  const found: Placed[] = [];
  const open: { readonly path: readonly string[]; readonly value: unknown }[] = [{ path: [], value: whole }];
  for (let seen = 0; seen < MOST_VALUES && open.length > 0; seen++) {
    const { path, value } = open.shift()!;
    if (typeof value === 'string' || typeof value === 'number') found.push({ path, value });
    else if (typeof value === 'object' && value !== null && path.length < MOST_DEPTH) {
      for (const [key, part] of Object.entries(value).slice(0, MOST_VALUES)) {
        open.push({ path: [...path, key], value: part });
      }
    }
  }
  return found;
}

/** Where the reply contains the whole message, perhaps with words around it; null if nowhere. */
export function textCarrier(message: string, reply: string): Carrier | null {
  for (const { path, value } of values(reply)) {
    const at = typeof value === 'string' ? value.indexOf(message) : -1;
    if (typeof value === 'string' && at >= 0) {
      return { path, as: 'text', before: value.slice(0, at), after: value.slice(at + message.length) };
    }
  }
  // The message is itself JSON text, and the reply is nothing but the message.
  const at = reply.indexOf(message);
  if (at < 0) return null;
  return { path: [], as: 'text', before: reply.slice(0, at), after: reply.slice(at + message.length) };
}

/** Where the JSON of the reply has exactly this value, as a string or a number; null if nowhere. */
export function valueCarrier(wanted: string | number, reply: string): Carrier | null {
  const found = values(reply).find(({ path, value }) => path.length > 0 && String(value) === String(wanted));
  return found === undefined ? null : { path: found.path, as: 'json', before: '', after: '' };
}

/** The path of a top-level field. */
export function fieldCarrier(field: string): Carrier {
  return { path: [field], as: 'json', before: '', after: '' };
}

/** The value at this place, or the text between the words around it; undefined if the reply has another shape. */
export function carried({ path, as, before, after }: Carrier, reply: string): unknown {
  const value = path.length === 0 && as === 'text' ? reply : valueAt(jsonOf(reply), path);
  if (as === 'json') return value;
  if (typeof value !== 'string') return undefined;
  const head = headLength(before, value);
  if (head < 0 || !numberless(value.slice(head)).endsWith(numberless(after))) return undefined;
  return value.slice(head, value.length - tailLength(after, value));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** The length of the head in this text, whose numbers may have other lengths; -1 if the text begins otherwise. */
function headLength(head: string, text: string): number {
  if (text.startsWith(head)) return head.length;
  const match = patternOf(head, '^', '').exec(text);
  return match === null ? -1 : match[0].length;
}

function tailLength(tail: string, text: string): number {
  return text.endsWith(tail) ? tail.length : (patternOf(tail, '', '$').exec(text)?.[0].length ?? 0);
}

function patternOf(text: string, start: string, end: string): RegExp {
  const parts = text.split(/\d+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`${start}${parts.join('\\d+')}${end}`, 's');
}

/** The text with every number replaced by one 0. */
export function numberless(text: string): string {
  return text.replace(/\d+/g, '0');
}

/** The value of a JSON text; undefined if it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
