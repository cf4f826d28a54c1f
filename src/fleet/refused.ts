import { EXIT, type ExitCode, WsurgeError } from '../errors.js';
import { fewNames } from '../units.js';
import type { Refused } from './member.js';

type Options = ConstructorParameters<typeof WsurgeError>[3];

/** The agents are the reason, not the target: one refuses, or is gone. Exit code 104. */
export class FleetError extends WsurgeError {
  constructor(code: string, message: string, options: Options = {}) {
    super(EXIT.usage, code, message, options);
  }
}

/**
 * One refusal as it is, several as a list. Each names its agents: those that say the same are told once. Its exit code is
 * 103 if the target refused all of them.
 */
export function refusedByAgents(refused: readonly Refused[]): WsurgeError {
  const bySaying = new Map<string, Refused[]>();
  const byName = [...refused].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  for (const each of byName) {
    const said = JSON.stringify([each.message, each.next]);
    bySaying.set(said, [...(bySaying.get(said) ?? []), each]);
  }
  const sayings = [...bySaying.values()];
  const [first] = byName;
  const exit = exitOf(refused);
  const make = (code: string, message: string, options: Options) =>
    exit === EXIT.usage ? new FleetError(code, message, options) : new WsurgeError(exit, code, message, options);
  if (sayings.length === 1) {
    const { code, message, next } = first!;
    return make(code, `${agentsOf(byName)}: ${message}`, next === null ? {} : { next });
  }
  const problems = sayings.map((same) => {
    const { message, next } = same[0]!;
    return { where: agentsOf(same), message, ...(next === null ? {} : { hint: next }) };
  });
  return make(first!.code, `${refused.length} agents refuse this run`, { problems });
}

function agentsOf(refused: readonly Refused[]): string {
  return `agent${refused.length === 1 ? '' : 's'} ${fewNames(refused.map(({ agent }) => agent))}`;
}

/** What all of them say, or 104: an answer is foreign. */
function exitOf(refused: readonly Refused[]): ExitCode {
  const exits = new Set(refused.map(({ exit }) => exit));
  const [only] = exits;
  const isOne = exits.size === 1 && Object.values(EXIT).some((exit) => exit === only && exit !== EXIT.passed);
  return isOne ? only! : EXIT.usage;
}
