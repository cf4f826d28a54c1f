import { type Content, type EchoForm, messageWith } from '../echo-form.js';

/** What the first look sends: one message, on a connection of its own. */
export type Question =
  | { readonly kind: 'text'; readonly message: string }
  /** An object with all usual names for a content field, each with another word, and an id. */
  | {
      readonly kind: 'fields';
      readonly message: string;
      readonly words: Readonly<Record<string, string>>;
      readonly id: number;
    }
  /** Only `wsurge serve` answers it with figures. */
  | { readonly kind: 'stats'; readonly message: string }
  | { readonly kind: 'binary'; readonly message: Buffer }
  /** Does the server accept this form? */
  | { readonly kind: 'form'; readonly message: string; readonly form: EchoForm; readonly content: Content }
  /** The first frame of a protocol, sent if nothing else was answered. */
  | { readonly kind: 'hello'; readonly message: string | Buffer };

/** Usual names of the content field in a chat or an echo, the most likely first. */
export const CONTENT_FIELDS = ['content', 'text', 'message', 'data', 'body', 'payload', 'msg'] as const;
/** As long as the sequence numbers of `wsurge run`: if this id comes back, a sequence number would, too. */
const FIRST_ID = 1_000_000_007;
const BINARY_BYTES = 64;

/** For people: `a text that is no JSON`. */
export function nameOf({ kind }: Question): string {
  switch (kind) {
    case 'text':
      return 'a text that is no JSON';
    case 'binary':
      return 'a binary message';
    case 'form':
      return 'a message in the form of the profile';
    case 'hello':
      return 'the first frame of a known protocol';
    default:
      return 'a JSON message';
  }
}

/** `word`: a text that no server would send by itself. */
export function textQuestion(word: string): Question {
  return { kind: 'text', message: `${word}-plain` };
}

export function fieldsQuestion(word: string): Question {
  const words = Object.fromEntries(CONTENT_FIELDS.map((field) => [field, `${word}-${field}`]));
  return { kind: 'fields', message: JSON.stringify({ type: 'message', id: FIRST_ID, ...words }), words, id: FIRST_ID };
}

export function statsQuestion(): Question {
  return { kind: 'stats', message: '{"type":"stats"}' };
}

export function binaryQuestion(): Question {
  return { kind: 'binary', message: Buffer.from(Array.from({ length: BINARY_BYTES }, (_, index) => 255 - index)) };
}

export function formQuestion(form: EchoForm, content: Content): Question {
  return { kind: 'form', message: messageWith(form, content), form, content };
}

/** Messages with this field, from the smallest up to the one that was answered before. */
export function envelopesFor(field: string): string[] {
  const others = CONTENT_FIELDS.filter((each) => each !== field).map((each) => `${JSON.stringify(each)}:"wsurge"`);
  const own = `${JSON.stringify(field)}:{{content}}`;
  return [`{${own}}`, `{"type":"message",${own}}`, `{"type":"message","id":${FIRST_ID},${[own, ...others].join(',')}}`];
}
