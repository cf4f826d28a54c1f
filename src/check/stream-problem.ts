import type { CheckSocket, GatherEnd } from './check-socket.js';
import type { CheckContext } from './context.js';
import { type EchoMessage, replyProblem } from './echo.js';
import type { Numbered } from './numbered.js';
import { numbersProblem } from './numbers.js';
import { type Closed, codeText, type Received } from './received.js';

/** Numbered messages sent on one connection, and the replies. */
export interface Answered {
  /** Made the messages. */
  readonly numbered: Numbered;
  readonly sent: readonly EchoMessage[];
  readonly replies: readonly Received[];
  readonly end: GatherEnd;
  /** Put before the text if other messages come as well: `replies: `. */
  readonly prefix?: string;
}

/**
 * What is wrong with the replies to numbered messages, or null. If the server closed the connection, that comes first,
 * because it explains the rest. A reply with other content is called that, not one lost message and one surplus one.
 * Where messages are requests of the profile, their order is not judged: a server may answer them as they are done.
 */
export function streamProblem(context: CheckContext, socket: CheckSocket, answered: Answered): string | null {
  const { numbered, sent, end, prefix = '' } = answered;
  const replies = numbered.inOrder(answered.replies);
  const numbers = sent.map((message) => numbered.numberIn(message));
  const came = numbered.numbersIn(replies);
  const wrongAt = (index: number) => {
    const problem = sent[index] === undefined ? null : replyProblem(context, socket, sent[index], replies[index]!);
    return problem === null ? null : `reply ${index + 1}: ${problem}`;
  };
  const altered = came.findIndex((number) => Number.isNaN(number));
  if (altered >= 0 && replies.length === sent.length) return wrongAt(altered) ?? numbersProblem(numbers, came);
  const problem = numbersProblem(numbers, came, end === 'late');
  if (problem === null) return replies.map((_, index) => wrongAt(index)).find((wrong) => wrong !== null) ?? null;
  const missing = `${prefix}${problem}${replies.length < sent.length ? numbered.othersText : ''}`;
  const closed = replies.length < sent.length ? socket.ending : null;
  return closed === null ? missing : `${closedText(closed, replies.length)}; ${missing}`;
}

/** `the server closed with 1008 "rate limit" after 50 messages`. */
function closedText(closed: Closed, replies: number): string {
  const after = replies === 0 ? 'before any reply' : `after ${replies} ${replies === 1 ? 'message' : 'messages'}`;
  return `the server closed with ${codeText(closed)} ${after}`;
}
