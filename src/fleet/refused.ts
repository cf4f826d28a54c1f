import { EXIT, WsurgeError } from '../errors.js';
import type { Refused } from './member.js';

/** One refusal as it is, several as a list. Each names its agent. */
export function refusedByAgents(refused: readonly Refused[]): WsurgeError {
  const [first] = refused;
  const named = refused.map(({ agent, message, next }) => ({
    where: `agent ${agent}`,
    message,
    ...(next === null ? {} : { hint: next }),
  }));
  if (refused.length === 1) {
    return new WsurgeError(
      EXIT.usage,
      first!.code,
      `agent ${first!.agent}: ${first!.message}`,
      first!.next === null ? {} : { next: first!.next },
    );
  }
  return new WsurgeError(EXIT.usage, first!.code, `${refused.length} agents refuse this run`, { problems: named });
}
