/** Which agents of a fleet work for a run: of those that answered, exactly as many as it wants. */
import { EXIT, type Problem, usageError, WsurgeError } from '../errors.js';
import { fewNames, formatCounted, formatPercent } from '../units.js';
import { type AgentInfo, PROTOCOL } from './orders.js';

/** What a run asks of its agents. */
export interface AgentWish {
  /** How many. */
  readonly agents: number;
  /** An agent must have all of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names of agents that are left out. */
  readonly exclude: readonly string[];
  /** The coordinator's own: an agent must have the same. */
  readonly version: string;
}

/** From this share on, an agent is called starved: something else needs its processor. */
const STARVED = 0.05;

/**
 * Chooses among idle agents of this version and protocol with these labels: those that wait least for a processor
 * first, in whole percents, then by name. The order of the answers does not matter. Returns the agents by name, or a
 * WsurgeError (104) with a table of who is there and why not, if they are too few.
 */
export function chooseAgents(answers: readonly AgentInfo[], wish: AgentWish): readonly AgentInfo[] | WsurgeError {
  const judged = answers
    .map((agent) => ({ agent, why: whyNot(agent, wish, answers) }))
    .sort((a, b) => byName(a.agent, b.agent));
  const fit = judged.filter(({ why }) => why === null).map(({ agent }) => agent);
  if (fit.length < wish.agents) return tooFew(judged, fit.length, wish);
  const inOrder = [...fit].sort((a, b) => percentWaited(a) - percentWaited(b) || byName(a, b));
  return inOrder.slice(0, wish.agents).sort(byName);
}

/** Those that a run could have, by name. */
export function fitAgents(answers: readonly AgentInfo[], wish: AgentWish): readonly AgentInfo[] {
  return answers.filter((agent) => whyNot(agent, wish, answers) === null).sort(byName);
}

/** What the user should know about the agents that were chosen among these answers, one sentence each. */
export function notesOnAgents(
  chosen: readonly AgentInfo[],
  answers: readonly AgentInfo[],
  wish: AgentWish,
): readonly string[] {
  const left = answers.filter((agent) => !chosen.includes(agent) && whyNot(agent, wish, answers) === null);
  const waits = (agent: AgentInfo) =>
    `it waits for a processor ${formatPercent(waited(agent), 2)} of the time without load`;
  const starved = (agents: readonly AgentInfo[]) => agents.filter((agent) => starvedShare(agent) !== null).sort(byName);
  const unknown = wish.exclude.filter((name) => answers.every((agent) => agent.name !== name));
  return [
    ...unknown.map((name) => `--exclude-agent ${name}: no agent of that name answers`),
    ...starved(left).map((agent) => `agent ${agent.name} is left out: ${waits(agent)}`),
    ...starved(chosen).map((agent) => `agent ${agent.name} may measure badly: ${waits(agent)}`),
    ...differing(chosen, 'Node', ({ environment }) => environment.node),
    ...differing(chosen, 'CPU', ({ environment }) => environment.cpu),
  ];
}

/** By name, then by id. Not by the words of a language: the order is the same everywhere. */
export function byName(a: AgentInfo, b: AgentInfo): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : a.id === b.id ? 0 : 1;
}

interface Judged {
  readonly agent: AgentInfo;
  readonly why: { readonly message: string; readonly fix?: string } | null;
}

/** Why an agent is not fit; null if it is. */
function whyNot(agent: AgentInfo, wish: AgentWish, answers: readonly AgentInfo[]): Judged['why'] {
  if (wish.exclude.includes(agent.name)) return { message: 'is excluded by --exclude-agent' };
  const missing = Object.entries(wish.labels).find(([label, value]) => agent.labels[label] !== value);
  if (missing !== undefined) {
    const [label, value] = missing;
    const has = agent.labels[label];
    return { message: `has ${has === undefined ? `no label ${label}` : `${label}=${has}`}, not ${label}=${value}` };
  }
  if (agent.protocol !== PROTOCOL) {
    const message = `speaks protocol ${agent.protocol} (wsurge ${agent.version}), not ${PROTOCOL}`;
    return { message, fix: `install wsurge ${wish.version} there` };
  }
  if (agent.version !== wish.version) {
    return { message: `is wsurge ${agent.version}, not ${wish.version}`, fix: `install wsurge ${wish.version} there` };
  }
  if (answers.some((other) => other.name === agent.name && other.id !== agent.id)) {
    return {
      message: `has a name that another agent has, too (${agent.id})`,
      fix: 'start one of them with another --name',
    };
  }
  if (agent.state.kind === 'busy') return { message: `is busy: ${agent.state.by} has it for run ${agent.state.run}` };
  return null;
}

function tooFew(judged: readonly Judged[], fit: number, { agents: count }: AgentWish): WsurgeError {
  if (judged.length === 0) {
    return usageError(
      'too_few_agents',
      `no agent answers, and ${count} ${count === 1 ? 'is' : 'are'} asked for`,
      'start them: wsurge agent --nats URL, with the same broker and the same --fleet; or wait: --agents-wait 60s',
    );
  }
  const message =
    `${formatCounted(count, 'agent')} ${count === 1 ? 'is' : 'are'} asked for; ` +
    `${judged.length} ${judged.length === 1 ? 'answers' : 'answer'}, ${fit} can be used`;
  const missing = count - fit;
  const mendable = judged.filter(({ why }) => why?.fix !== undefined).length;
  const first = mendable >= missing ? 'mend what is listed' : `start ${formatCounted(missing, 'more agent')}`;
  const next = `${first}${fit === 0 ? '' : `, or use --agents ${fit}`}, or wait for them: --agents-wait 60s`;
  return new WsurgeError(EXIT.usage, 'too_few_agents', message, { problems: problemsOf(judged), next });
}

/** One for all agents of which the same is to be said; those that can be used come last. */
function problemsOf(judged: readonly Judged[]): Problem[] {
  const groups = new Map<string, Judged[]>();
  for (const each of judged) {
    const said = JSON.stringify(each.why);
    groups.set(said, [...(groups.get(said) ?? []), each]);
  }
  const inOrder = [...groups.values()].sort(([a], [b]) => Number(a!.why === null) - Number(b!.why === null));
  return inOrder.map((group) => {
    const { why } = group[0]!;
    const names = fewNames(group.map(({ agent }) => agent.name));
    const [where, is] = group.length === 1 ? [`agent ${names}`, 'is idle'] : [`agents ${names}`, 'are idle'];
    return { where, message: why?.message ?? is, ...(why?.fix === undefined ? {} : { hint: why.fix }) };
  });
}

/** The share of time that an agent waits for a processor without any load, 0 to 1, if that is too much; else null. */
export function starvedShare(agent: Pick<AgentInfo, 'idle'>): number | null {
  return waited(agent) >= STARVED ? waited(agent) : null;
}

/** The share of time in which it waits for a processor without any load, 0 to 1; 0 if unknown. */
function waited({ idle }: Pick<AgentInfo, 'idle'>): number {
  return Math.max(idle.runQueueWait ?? 0, idle.steal ?? 0);
}

/** In whole percents: noise below that must not decide which machines a run takes. */
function percentWaited(agent: AgentInfo): number {
  return Math.round(100 * waited(agent));
}

/** A note if agents differ in a fact of their machines: the fact, and who has it. */
function differing(agents: readonly AgentInfo[], fact: string, of: (agent: AgentInfo) => string): string[] {
  const groups = new Map<string, string[]>();
  for (const agent of agents) groups.set(of(agent), [...(groups.get(of(agent)) ?? []), agent.name]);
  if (groups.size < 2) return [];
  const each = [...groups].map(([value, names]) => `${value} (${fewNames(names)})`);
  return [`the agents differ in their ${fact}: ${each.join(', ')}`];
}
