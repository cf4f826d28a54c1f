import type { CheckSocket } from './check-socket.js';
import type { CheckContext } from './context.js';
import { type Content, contentOf, messageWith, repeats } from './echo-form.js';
import { asks, type Expectations, promised } from './expectations.js';
import { jsonOf } from './look/carrier.js';
import { type Closed, codeText, type Received, shown } from './received.js';

export { type Content, fillTemplate } from './echo-form.js';

/** One message that the server promises to repeat, or a request of the profile that stands for it. */
export interface EchoMessage {
  /** Of a request, its number: `{ number }`. */
  readonly content: Content;
  readonly text: string;
}

/** The message around a content. Throws NotPromised if the server does not echo. */
export function echoMessage(expects: Expectations, content: Content): EchoMessage {
  return { content, text: messageWith(promised(expects, 'echo'), content) };
}

/**
 * A message that is answered on this connection: the content in its envelope, or the next request of the profile.
 * Throws NotPromised if the server answers neither.
 */
export function messageOn({ expects }: CheckContext, socket: CheckSocket, content: Content): EchoMessage {
  const { requester } = socket;
  if (requester === null || expects.requests === null) return echoMessage(expects, content);
  const { sequence, text } = requester.next();
  return { content: { number: sequence }, text };
}

/** What is wrong with a reply to this message on this connection, or null. */
export function replyProblem(
  { expects }: CheckContext,
  { requester }: CheckSocket,
  sent: EchoMessage,
  reply: Received,
): string | null {
  if (requester === null || expects.requests === null) return echoProblem(expects, sent, reply);
  return answersIt(sent, reply) ? requester.problem(reply.answers!, reply) : strangeText(reply);
}

/** The content of a reply, or the number of the request that it answers: `{ number }`. */
export function replyContent({ expects }: CheckContext, reply: Received): unknown {
  return expects.requests === null ? echoContent(expects, reply) : { number: reply.answers ?? Number.NaN };
}

function answersIt(sent: EchoMessage, reply: Received): boolean {
  return reply.answers !== undefined && reply.answers === numberOf(sent.content);
}

function strangeText(reply: Received): string {
  const what =
    reply.isAnothers === true ? 'the reply to a request of another connection' : 'the reply to another request';
  return `${what} came: ${shown(reply.data, reply.isBinary)}`;
}

/** What is wrong with a reply to this message, or null. The server may add fields to JSON. */
function echoProblem(expects: Expectations, sent: EchoMessage, reply: Received): string | null {
  const form = promised(expects, 'echo');
  if (reply.isBinary) return `a binary message came: ${shown(reply.data, true)}`;
  if (repeats(form, sent.content, sent.text, reply.data.toString('utf8'))) return null;
  if (form.carrier === null) return difference(sent.text, reply.data);
  return `the content is not what was sent: ${shown(reply.data)}`;
}

/** The content of a reply; undefined if the reply is not an echo. */
export function echoContent(expects: Expectations, reply: Received): unknown {
  return contentOf(promised(expects, 'echo'), reply.data.toString('utf8'));
}

/** The `number` in a content; NaN if it has none. */
export function numberOf(content: unknown): number {
  if (typeof content !== 'object' || content === null || !('number' in content)) return Number.NaN;
  return typeof content.number === 'number' ? content.number : Number.NaN;
}

function difference(sent: string, came: Buffer): string {
  const wanted = Buffer.from(sent);
  if (came.length !== wanted.length) return `${came.length} bytes came back of ${wanted.length}: ${shown(came)}`;
  const at = wanted.findIndex((byte, index) => came[index] !== byte);
  return `byte ${at} of ${wanted.length} is ${came[at]}, not ${wanted[at]}`;
}

/** A field of a JSON text; undefined if it has no such field. */
export function jsonField(data: Buffer, field: string): unknown {
  const value = jsonOf(data.toString('utf8'));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Record<string, unknown>)[field];
}

export interface Exchange {
  readonly sent: EchoMessage;
  readonly reply: Received;
  readonly problem: string | null;
  readonly tookMs: number;
}

/**
 * Sends a content and waits for its echo. Rejects with TimedOut if nothing comes. Other messages that come before the
 * echo are set aside as unrequested. If no echo follows, the first of them is taken for the (wrong) reply.
 */
export async function exchange(
  context: CheckContext,
  socket: CheckSocket,
  content: Content,
  withinMs = context.replyMs,
): Promise<Exchange> {
  const sent = messageOn(context, socket, content);
  const startMs = performance.now();
  socket.send(sent.text);
  return await answerTo(context, socket, { sent, startMs, withinMs });
}

/** A message that has just been sent. */
interface Sent {
  readonly sent: EchoMessage;
  readonly startMs: number;
  readonly withinMs: number;
}

/** Waits for the answer to a message, as `exchange` does. */
export async function answerTo(context: CheckContext, socket: CheckSocket, asked: Sent): Promise<Exchange> {
  const { sent, startMs, withinMs } = asked;
  const first = await socket.next(withinMs);
  const firstProblem = replyProblem(context, socket, sent, first);
  const before = [first];
  const waitMs = Math.min(withinMs, SECOND_LOOK_MS + SECOND_LOOK_TIMES * (context.found?.slowestReplyMs ?? 0));
  const endMs = performance.now() + waitMs;
  let reply = first;
  let problem = firstProblem;
  while (problem !== null && !answersIt(sent, reply)) {
    const [next] = await socket.collect(1, endMs - performance.now());
    if (next === undefined) return { sent, reply: first, problem: firstProblem, tookMs: first.atMs - startMs };
    reply = next;
    problem = replyProblem(context, socket, sent, reply);
    before.push(next);
  }
  if (context.expects.requests === null) for (const unasked of before.slice(0, -1)) context.setAside?.learn(unasked);
  return { sent, reply, problem, tookMs: reply.atMs - startMs };
}

/** How long to wait for an echo after another message came: this long, plus a multiple of the slowest reply so far. */
const SECOND_LOOK_MS = 200;
const SECOND_LOOK_TIMES = 4;

/**
 * Null if the connection still works: a message is answered, or a ping if no message is. Messages that were
 * waiting are skipped.
 */
export async function usableProblem(context: CheckContext, socket: CheckSocket): Promise<string | null> {
  if (socket.ending !== null) return closedProblem(socket.ending);
  await socket.collect(socket.waiting, 0);
  if (!asks(context.expects)) {
    return (await socket.ping(context.replyMs)) === null ? 'the connection no longer answers a ping' : null;
  }
  try {
    const { problem } = await exchange(context, socket, 'still here');
    return problem === null ? null : `the connection no longer works: ${problem}`;
  } catch (error) {
    if (context.signal.aborted) throw error;
    return socket.ending === null ? 'the connection no longer answers' : closedProblem(socket.ending);
  }
}

function closedProblem(closed: Closed): string {
  return `the connection is closed (${codeText(closed)})`;
}
