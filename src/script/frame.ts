import { includes } from '../dialect/subset.js';
import type { Incoming, Outgoing } from './define.js';

/** A message as a script sees it: its JSON, or its text. */
export function incomingOf(payload: Buffer): Incoming {
  const text = payload.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text; // no JSON: the script gets the text
  }
}

/** The text of a message to send. Throws a TypeError if it has none. */
export function outgoingOf(message: Outgoing): string {
  if (typeof message === 'string') return message;
  const text: string | undefined = JSON.stringify(message);
  if (text === undefined) throw new TypeError(`a message is a text or JSON, but this is ${typeof message}`);
  return text;
}

/** Whether a message holds what is expected, as `expect` of a profile's step says. */
export function holds(frame: Incoming, payload: Buffer, subset: Outgoing): boolean {
  const text = partOfText(subset);
  return text === null ? includes(frame, subset) : payload.includes(text);
}

function partOfText(subset: Outgoing): string | null {
  if (typeof subset !== 'object' || subset === null || Array.isArray(subset)) return null;
  const { text, ...others } = subset as { readonly text?: unknown };
  return typeof text === 'string' && Object.keys(others).length === 0 ? text : null;
}
