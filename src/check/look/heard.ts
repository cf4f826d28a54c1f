import type { Closed, Received } from '../received.js';
import type { Question } from './questions.js';
import { hasShape, outlineOf, type Shape, shapeOf } from './shape.js';

/** What one connection of the first look received. Instants are ms of `performance.now()`. */
export interface Heard {
  /** Null: nothing was sent, so every message is unrequested. */
  readonly asked: Question | null;
  readonly openedAtMs: number;
  readonly sentAtMs: number | null;
  /** The first messages, and those that quote what was sent. `count` counts all messages. */
  readonly messages: readonly Received[];
  readonly count: number;
  /** When the last message came; if none came, when the connection opened. */
  readonly lastAtMs: number;
  readonly ending: Closed | null;
}

/** Unrequested messages. */
export interface Unasked {
  /** How many messages every connection receives when it opens. */
  readonly greetings: number;
  readonly shapes: readonly Shape[];
  /** The silent connection received what other connections had sent. */
  readonly ofOthers: Received | null;
  /** Everything that was sent, on any connection: a message that quotes another connection is not an answer. */
  readonly words: readonly string[];
}

/** The words by which a reply to this question is recognised. */
export function wordsOf(question: Question): readonly string[] {
  if (question.kind === 'fields') return Object.values(question.words);
  if (question.kind === 'form') return [wordIn(question.content)];
  return question.kind === 'text' ? [question.message] : [];
}

/** The one word in the content of a question. */
function wordIn(content: unknown): string {
  return typeof content === 'object' && content !== null ? String(Object.values(content)[0]) : String(content);
}

/**
 * The unrequested messages, by the connection that only listened. `greetedUntilMs`: messages before this instant count
 * as a greeting, if the other connections received them as well and no more of the kind come later.
 */
export function unaskedOf(listener: Heard, others: readonly Heard[], greetedUntilMs: number): Unasked {
  const words = others.flatMap(({ asked }) => (asked === null ? [] : wordsOf(asked)));
  const shapes = listener.messages.map((message) => shapeOf(message, words));
  const recurs = shapes.findIndex(({ head }, index) => shapes.some((other, at) => at > index && other.head === head));
  const early = listener.messages.filter(({ atMs }) => atMs <= greetedUntilMs).length;
  const once = recurs < 0 ? early : Math.min(early, recurs);
  const greetings = Math.min(once, ...others.map((each) => each.messages.length));
  const ofOthers = listener.messages.find(({ data }) => words.some((word) => data.includes(word))) ?? null;
  return { greetings, shapes, ofOthers, words };
}

/** The message that answers the question: one that quotes it, else one that is unlike all unrequested messages. */
export function answerOf({ asked, sentAtMs, messages }: Heard, unasked: Unasked): Received | null {
  if (asked === null || sentAtMs === null) return null;
  const own = wordsOf(asked);
  const quotes = ({ data }: Received, words: readonly string[]) => words.some((word) => data.includes(word));
  const quote = messages.find((message) => quotes(message, own));
  if (quote !== undefined) return quote;
  const rest = messages.slice(unasked.greetings).filter(({ atMs }) => atMs >= sentAtMs);
  const answer = rest.find((message) => {
    if (quotes(message, unasked.words)) return false;
    const outline = outlineOf(message);
    return !unasked.shapes.some((shape) => hasShape(shape, outline));
  });
  return answer ?? null;
}
