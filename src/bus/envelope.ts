/** What the headers of a question and of its answer say: the one place that writes and reads them. */
import type { BusMessage } from './bus.js';
import type { Outline } from './parts.js';

const NOTHING = new Uint8Array(0);

/** What an asker sends. Each is a request of its own. */
export type Sent =
  /** The question, with its body. */
  | { readonly form: 'whole'; readonly id: string; readonly kind: string; readonly body: Uint8Array }
  /** The question, whose body has gone ahead in parts. */
  | { readonly form: 'gathered'; readonly id: string; readonly kind: string; readonly outline: Outline }
  /** One part of a body. */
  | { readonly form: 'part'; readonly outline: Outline; readonly index: number; readonly body: Uint8Array }
  /** Asks for one part of an answer. */
  | { readonly form: 'fetch'; readonly id: string; readonly index: number };

/** What comes back. `receivedUs`, `answeredUs`: on the clock of who answers. */
export type Reply = { readonly receivedUs: number; readonly answeredUs: number } & ReplyContent;

export type ReplyContent =
  /** The answer. */
  | { readonly form: 'answer'; readonly body: Uint8Array }
  /** The answer is this large: fetch its parts. */
  | { readonly form: 'outline'; readonly outline: Outline }
  /** One part of the answer. */
  | { readonly form: 'piece'; readonly body: Uint8Array }
  /** The part has come. */
  | { readonly form: 'taken' }
  /** The question cannot be read yet: parts of its body are missing. The body lists their numbers. */
  | { readonly form: 'missing'; readonly body: Uint8Array };

type Headers = Readonly<Record<string, string>>;

export function sentMessage(sent: Sent): BusMessage {
  switch (sent.form) {
    case 'whole':
      return { headers: { form: sent.form, id: sent.id, kind: sent.kind }, body: sent.body };
    case 'gathered':
      return {
        headers: { form: sent.form, id: sent.id, kind: sent.kind, ...outlineHeaders(sent.outline) },
        body: NOTHING,
      };
    case 'part':
      return {
        headers: { form: sent.form, index: String(sent.index), ...outlineHeaders(sent.outline) },
        body: sent.body,
      };
    case 'fetch':
      return { headers: { form: sent.form, id: sent.id, index: String(sent.index) }, body: NOTHING };
  }
}

/** Null where the message is none of these. */
export function readSent({ headers, body }: BusMessage): Sent | null {
  const { form, id = '', kind = '' } = headers;
  const index = Number(headers['index'] || Number.NaN);
  if (form === 'part') return { form, outline: readOutline(headers), index, body };
  if (!isWord(id)) return null;
  if (form === 'fetch') return { form, id, index };
  if (!isWord(kind)) return null;
  if (form === 'whole') return { form, id, kind, body };
  if (form === 'gathered') return { form, id, kind, outline: readOutline(headers) };
  return null;
}

export function replyMessage(content: ReplyContent, receivedUs: number, answeredUs: number): BusMessage {
  const outline = content.form === 'outline' ? outlineHeaders(content.outline) : {};
  return {
    headers: { form: content.form, received: String(receivedUs), answered: String(answeredUs), ...outline },
    body: 'body' in content ? content.body : NOTHING,
  };
}

/** Null where the message is no reply. */
export function readReply({ headers, body }: BusMessage): Reply | null {
  const { form, received = '', answered = '' } = headers;
  const stamps = { receivedUs: Number(received || Number.NaN), answeredUs: Number(answered || Number.NaN) };
  if (!(Number.isFinite(stamps.receivedUs) && Number.isFinite(stamps.answeredUs))) return null;
  if (form === 'answer' || form === 'piece' || form === 'missing') return { form, body, ...stamps };
  if (form === 'outline') return { form, outline: readOutline(headers), ...stamps };
  return form === 'taken' ? { form, ...stamps } : null;
}

/** Whether a text may be an id or a kind. */
function isWord(text: string): boolean {
  return /^[\w.:/-]{1,200}$/.test(text);
}

function outlineHeaders({ sha256, bytes, parts }: Outline): Headers {
  return { sha256, bytes: String(bytes), parts: String(parts) };
}

function readOutline(headers: Headers): Outline {
  const { sha256 = '', bytes = '', parts = '' } = headers;
  return { sha256, bytes: Number(bytes || Number.NaN), parts: Number(parts || Number.NaN) };
}
