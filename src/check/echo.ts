import { isDeepStrictEqual } from 'node:util';
import type { CheckSocket } from './check-socket.js';
import type { CheckContext } from './context.js';
import { type Expectations, promised } from './expectations.js';
import { type Received, shown } from './received.js';

/** What can be sent and compared: plain JSON data. A plain echo gets a string as it is, anything else as JSON. */
export type Content = string | number | boolean | null | readonly Content[] | { readonly [key: string]: Content };

/** One message that the server promises to repeat. */
export interface EchoMessage {
  readonly content: Content;
  readonly text: string;
}

/** The message around a content; throws NotPromised where the server does not echo. */
export function echoMessage(expects: Expectations, content: Content): EchoMessage {
  const { envelope } = promised(expects, 'echo');
  if (envelope === null) return { content, text: typeof content === 'string' ? content : JSON.stringify(content) };
  return { content, text: fillTemplate(envelope, { content }) };
}

/** A template with each `{{name}}` replaced by the JSON of its value. */
export function fillTemplate(template: string, values: Readonly<Record<string, Content>>): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (token, name: string) =>
    Object.hasOwn(values, name) ? JSON.stringify(values[name]) : token,
  );
}

/** What is wrong with a reply to this message, or null: byte for byte, or the declared field. */
export function echoProblem(expects: Expectations, sent: EchoMessage, reply: Received): string | null {
  const { reply: rule } = promised(expects, 'echo');
  if (reply.isBinary) return `a binary message came: ${shown(reply.data, true)}`;
  if (rule.kind === 'full') return reply.data.equals(Buffer.from(sent.text)) ? null : difference(sent.text, reply.data);
  const value = jsonField(reply.data, rule.kind === 'field' ? rule.field : '');
  return isDeepStrictEqual(value, sent.content) ? null : `the content is not what was sent: ${shown(reply.data)}`;
}

/** The content of a reply that is an echo, or undefined. */
export function echoContent(expects: Expectations, reply: Received): unknown {
  const { reply: rule, envelope } = promised(expects, 'echo');
  if (rule.kind === 'field') return jsonField(reply.data, rule.field);
  const text = reply.data.toString('utf8');
  if (envelope === null) return parsed(text) ?? text;
  return contentIn(parsed(envelope.replace(/\{\{\s*content\s*\}\}/, '"{{content}}"')), parsed(text));
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

/** The `number` in a content that holds one; NaN where it does not. */
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

/** A field of a JSON text; undefined where there is none. */
export function jsonField(data: Buffer, field: string): unknown {
  const value = parsed(data.toString('utf8'));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Record<string, unknown>)[field];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Exchange {
  readonly sent: EchoMessage;
  readonly reply: Received;
  readonly problem: string | null;
  readonly tookMs: number;
}

/** Sends a content and waits for its echo; rejects with TimedOut where none comes. */
export async function exchange(
  context: CheckContext,
  socket: CheckSocket,
  content: Content,
  withinMs = context.replyMs,
): Promise<Exchange> {
  const sent = echoMessage(context.expects, content);
  const startMs = performance.now();
  socket.send(sent.text);
  const reply = await socket.next(withinMs);
  return { sent, reply, problem: echoProblem(context.expects, sent, reply), tookMs: reply.atMs - startMs };
}

/**
 * Null where the connection still works: an echo comes back, or, where the server does not echo, a pong. Anything that
 * was waiting is passed over.
 */
export async function usableProblem(context: CheckContext, socket: CheckSocket): Promise<string | null> {
  if (socket.ending !== null) return `the connection is closed (${socket.ending.code})`;
  await socket.collect(socket.waiting, 0);
  if (context.expects.echo === null) {
    return (await socket.ping(context.replyMs)) === null ? 'the connection no longer answers a ping' : null;
  }
  try {
    const { problem } = await exchange(context, socket, 'still here');
    return problem === null ? null : `the connection no longer works: ${problem}`;
  } catch (error) {
    if (context.signal.aborted) throw error;
    return 'the connection no longer answers';
  }
}
