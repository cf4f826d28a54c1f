import { EXIT, WsurgeError } from '../errors.js';
import type { Refused } from './member.js';

type Options = ConstructorParameters<typeof WsurgeError>[3];

/** The agents are the reason, not the target: one refuses, or is gone. Exit code 104. */
export class FleetError extends WsurgeError {
  constructor(code: string, message: string, options: Options = {}) {
    super(EXIT.usage, code, message, options);
  }
}

/**
 * One refusal as it is, several as a list. Each names its agent. If none of them reaches the target, that is what the
 * error is about (103), and not the agents.
 */
export function refusedByAgents(refused: readonly Refused[]): WsurgeError {
  const [first] = refused;
  if (first === undefined) throw new Error('no agent refuses');
  const { code, agent, message, next } = first;
  const isAbout = (text: string, options: Options) =>
    refused.every(({ isUnreachable }) => isUnreachable)
      ? new WsurgeError(EXIT.unreachable, code, text, options)
      : new FleetError(code, text, options);
  if (refused.length === 1) return isAbout(`agent ${agent}: ${message}`, next === null ? {} : { next });
  const problems = refused.map((each) => ({
    where: `agent ${each.agent}`,
    message: each.message,
    ...(each.next === null ? {} : { hint: each.next }),
  }));
  return isAbout(`${refused.length} agents refuse this run`, { problems });
}
