import type { Received } from '../received.js';
import { jsonOf, numberless } from './carrier.js';

/**
 * What messages of one kind have in common: for JSON the keys and the words that name the kind, for text the words
 * without numbers. `tail` is null if the whole message is `head`; otherwise anything may come between the two.
 */
export interface Shape {
  readonly head: string;
  readonly tail: string | null;
}

/** Keys whose value says what kind of message it is. */
const KIND_KEYS: ReadonlySet<string> = new Set(['type', 'event', 'op', 'action', 'kind', 'cmd', 'method', 'status']);
const MOST_KEYS = 100;
const MOST_KIND_CHARS = 40;
const MOST_TEXT_CHARS = 500;

/** `words`: everything that was sent, because such a message may quote it. */
export function shapeOf(message: Pick<Received, 'data' | 'isBinary'>, words: readonly string[]): Shape {
  const outline = outlineOf(message);
  if (!outline.isText) return { head: outline.text, tail: null };
  const text = message.data.toString('utf8');
  const word = words.find((each) => text.includes(each));
  if (word === undefined) return { head: outline.text, tail: null };
  const at = text.indexOf(word);
  return { head: numberless(text.slice(0, at)), tail: numberless(text.slice(at + word.length)) };
}

/** One message, taken apart once for all shapes. */
export interface Outline {
  readonly text: string;
  readonly isText: boolean;
}

export function outlineOf({ data, isBinary }: Pick<Received, 'data' | 'isBinary'>): Outline {
  if (isBinary) return { text: 'binary', isText: false };
  const text = data.toString('utf8');
  const value = jsonOf(text);
  if (typeof value !== 'object' || value === null) {
    return { text: numberless(text.slice(0, MOST_TEXT_CHARS)), isText: true };
  }
  if (Array.isArray(value)) return { text: `list of ${value.length}`, isText: false };
  const keys = Object.entries(value)
    .slice(0, MOST_KEYS)
    .map(([key, part]) => (isKind(key, part) ? `${key}=${numberless(part)}` : key));
  return { text: `{${keys.sort().join(',')}}`, isText: false };
}

function isKind(key: string, part: unknown): part is string {
  return KIND_KEYS.has(key) && typeof part === 'string' && part.length <= MOST_KIND_CHARS;
}

export function hasShape({ head, tail }: Shape, outline: Outline): boolean {
  if (tail === null) return outline.text === head;
  const { text, isText } = outline;
  return isText && text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}
