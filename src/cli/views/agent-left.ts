import type { AgentLeft } from '../../coordinator/cell-events.js';
import { sanitize } from '../../text/sanitize.js';

/** What is said at once of an agent that does not stay to the end of a cell, in one sentence. */
export function agentLeftText({ agent, how, why }: Pick<AgentLeft, 'agent' | 'how' | 'why'>): string {
  const what = how === 'lost' ? why : `agent ${agent} was told to leave: ${why}`;
  return `${sanitize(what, 300)}; the load of the others goes on to the end of this cell`;
}
