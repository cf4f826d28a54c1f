import type { WireMatch } from '../../dialect/wire.js';
import type { Cell } from '../../plan/cell.js';
import type { ReplyCheck } from '../matching/reply-check.js';
import { type Captured, capturedFrom } from './captured.js';
import { jsonOf, Match } from './match.js';
import type { Waiting } from './waiting.js';

/**
 * Looks into the replies to a cell's requests: whether they hold what the request expects, and for what it captures.
 * Null if no request asks for that. Every reply that is looked into is parsed. `waiting`: who is told of values that
 * other messages wait for; null if none does.
 */
export function requestReplies({ wire }: Cell, captured: Captured, waiting: Waiting | null): ReplyCheck | null {
  const requests = (wire?.requests ?? []).map(({ expect, captures }) => ({
    captures,
    expect: expect === null ? null : expectation(expect),
  }));
  if (requests.every(({ expect, captures }) => expect === null && captures.length === 0)) return null;
  return {
    accepts: ({ connection, ordinal, request, sequence }, reply, nowUs) => {
      const { expect, captures } = requests[request]!;
      const match = expect?.(sequence) ?? null;
      if (match !== null && !match.fits(reply, 0, reply.length)) return false;
      if (captures.length === 0) return true;
      const { values, missing, tooDeep } = capturedFrom(
        jsonOf(reply, match?.jsonAt(reply, 0, reply.length) ?? 0, reply.length),
        captures,
      );
      if (missing.length > 0 || tooDeep.length > 0) return false;
      // A reply that later ones have overtaken brings nothing new.
      if (waiting?.bring(connection, ordinal, request, nowUs) !== false) captured.add(connection, values);
      return true;
    },
  };
}

/** A match whose texts may hold the number of the message. Without it one match serves all messages. */
function expectation(expect: WireMatch): (sequence: number) => Match {
  if (!JSON.stringify(expect).includes('{{sequence}}')) {
    const match = new Match(expect);
    return () => match;
  }
  return (sequence) => new Match(expect, (text) => text.replaceAll('{{sequence}}', String(sequence)));
}
