/** The agents of a fleet while a run goes on: a few lines for a terminal, the worst agent first. */
import type { Colors } from 'picocolors/types.js';
import { rateText } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { clip, displayWidth, pad } from '../../text/width.js';
import { formatCount } from '../../units.js';

/**
 * The worst first. `silent`: nothing was heard of it for a few seconds. `starting`: nothing was heard of it yet in this
 * cell. `closing`: its load is over.
 */
export const AGENT_STATES = ['lost', 'leaving', 'silent', 'starting', 'loading', 'closing'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** What is known of one agent now, by the newest that it told. */
export interface AgentNow {
  readonly agent: string;
  readonly state: AgentState;
  /** Why it is lost or leaves, without its name: `is gone`; null if it is there. */
  readonly why: string | null;
  /** Connections open; null if it is not known. */
  readonly open: number | null;
  /** Messages answered a second; sent where replies are not matched, received where nothing is sent. */
  readonly ratePerSecond: number | null;
  /** Busy share of its busiest worker, 0 to 1. */
  readonly busy: number | null;
}

/** Agents on lines of their own, and one line for all that are left. */
const MOST_LINES = 4;
const LONGEST_NAME = 20;

/** Lines of at most `columns`. Expects the worst agent first. Empty without agents. */
export function agentLines(agents: readonly AgentNow[], columns: number, colors: Colors): string[] {
  const shown = agents.length <= MOST_LINES ? agents : agents.slice(0, MOST_LINES - 1);
  const rest = agents.slice(shown.length);
  const names = shown.map(({ agent }) => clip(sanitize(agent, 80), LONGEST_NAME));
  const width = Math.max(0, ...names.map(displayWidth));
  const lines = shown.map((agent, i) => {
    const line = clip(`${pad(names[i]!, width)}  ${agent.state.padEnd(8)}  ${saidOf(agent)}`, columns);
    return isBad(agent) ? colors.red(line) : colors.dim(line);
  });
  return rest.length === 0
    ? lines
    : [...lines, colors.dim(clip(`and ${formatCount(rest.length)} more: ${statesText(rest)}`, columns))];
}

/** Those that do not make their part of the load, in a few words; null if all do: `agent eu-2 lost`, `3 agents lost`. */
export function badAgentsText(agents: readonly AgentNow[]): string | null {
  const bad = agents.filter(isBad);
  if (bad.length === 0) return null;
  if (bad.length === 1) return `agent ${sanitize(bad[0]!.agent, 40)} ${bad[0]!.state}`;
  return `agents: ${statesText(bad)}`;
}

/** The columns of a page, as texts: its connections, its rate, how busy it is. */
export function agentTexts({ open, ratePerSecond, busy }: AgentNow) {
  return {
    open: open === null ? '-' : formatCount(open),
    rate: ratePerSecond === null ? '-' : rateText(ratePerSecond),
    busy: busy === null ? '-' : (busy * 100).toFixed(0),
  };
}

function saidOf(agent: AgentNow): string {
  if (agent.why !== null) return sanitize(agent.why, 200);
  const { open, rate, busy } = agentTexts(agent);
  return `${open.padStart(7)} conns  ${rate.padStart(7)} msg/s  ${busy.padStart(3)} % busy`;
}

function isBad({ state }: AgentNow): boolean {
  return state === 'lost' || state === 'leaving' || state === 'silent';
}

/** `1 silent, 5 loading`. */
function statesText(agents: readonly AgentNow[]): string {
  const counted = AGENT_STATES.map((state) => [state, agents.filter((each) => each.state === state).length] as const);
  return counted.flatMap(([state, count]) => (count === 0 ? [] : [`${formatCount(count)} ${state}`])).join(', ');
}
