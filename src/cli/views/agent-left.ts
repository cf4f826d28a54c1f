import type { AgentLeft } from '../../coordinator/cell-events.js';
import { sanitize } from '../../text/sanitize.js';

/** What is said at once of an agent that was told to leave. Whoever has the agents says which of them are lost. */
export function agentLeavesTexts({ agent, how, why }: Pick<AgentLeft, 'agent' | 'how' | 'why'>): string[] {
  if (how === 'lost') return [];
  return [`agent ${sanitize(agent, 80)} leaves: ${sanitize(why, 200)}; the others go on to the end of this cell`];
}
