import { SEQUENCE_DIGITS } from '../plan/sequence.js';
import type { Chat, Incoming, Outgoing, ScriptRequest } from './define.js';
import { outgoingOf } from './frame.js';
import { ScriptProblem } from './problem.js';

/** A message that was built once: its bytes, and where in them its number stands. */
export interface Built {
  readonly bytes: Buffer;
  readonly sequenceAt: readonly number[];
}

/** A request as it is called, whatever types its script has. */
export type AnyRequest = ScriptRequest<Incoming, Incoming>;

/** Two numbers of ten digits that differ in every one of them. */
const FIRST = 1_234_567_890;
const SECOND = 6_789_012_345;
/** How many characters of a message are quoted. */
const QUOTED = 60;

/**
 * Calls `build` with two different numbers. What it makes of them may differ in these numbers alone, which are found so.
 *
 *     {"id":1234567890,"room":3}
 *     {"id":6789012345,"room":3}     the number stands at 6
 *
 * Throws a ScriptProblem. `isNumbered`: replies are known by the number, so the message must hold it.
 */
export function buildOnce(name: string, request: AnyRequest, chat: Chat, isNumbered: boolean): Built {
  const bytes = Buffer.from(built(name, request, chat, FIRST));
  const other = Buffer.from(built(name, request, chat, SECOND));
  const sequenceAt: number[] = [];
  for (let at = 0; at < Math.max(bytes.length, other.length); ) {
    if (standsAt(FIRST, bytes, at) && standsAt(SECOND, other, at)) {
      sequenceAt.push(at);
      at += SEQUENCE_DIGITS;
    } else if (bytes[at] === other[at]) at++;
    else throw new ScriptProblem('script_digits', differs(name, bytes, other, at));
  }
  if (isNumbered && sequenceAt.length === 0) throw noNumber(name);
  return { bytes, sequenceAt };
}

/** Calls `build` for one message. Throws a ScriptProblem. */
export function buildFresh(name: string, request: AnyRequest, chat: Chat, sequence: number, isNumbered: boolean) {
  const text = built(name, request, chat, sequence);
  if (isNumbered && !text.includes(String(sequence))) throw noNumber(name);
  return text;
}

function built(name: string, request: AnyRequest, chat: Chat, sequence: number): string {
  let message: Outgoing;
  try {
    message = request.build(chat, { sequence });
    return outgoingOf(message);
  } catch (error) {
    throw ScriptProblem.of('script_build', `build of ${name}`, error);
  }
}

function standsAt(number: number, bytes: Buffer, at: number): boolean {
  return bytes.toString('latin1', at, at + SEQUENCE_DIGITS) === String(number);
}

function differs(name: string, one: Buffer, other: Buffer, at: number): string {
  const quoted = (bytes: Buffer) => bytes.toString('utf8', Math.max(0, at - 20), at + QUOTED);
  return (
    `request ${name}: two messages differ in more than their number: ${quoted(one)} and ${quoted(other)}; ` +
    'say `fresh: true` to have each message built anew'
  );
}

function noNumber(name: string): ScriptProblem {
  return new ScriptProblem(
    'script_number',
    `request ${name}: its message does not hold m.sequence, by which replies and deliveries are known; put it in`,
  );
}
