import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus/bus.js';
import { askAll } from '../bus/exchange.js';
import { EXIT, WsurgeError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import { type AgentWish, chooseAgents, notesOnAgents } from './agent-choice.js';
import { isAgentInfo } from './agent-info.js';
import { type AgentInfo, whoSubject } from './orders.js';

/** All agents have answered when none has for so long, ms. */
const QUIET_MS = 500;
const AGAIN_MS = 1000;

/** What is asked of the agents of a run. */
export interface AgentsWish extends Omit<AgentWish, 'version'> {
  readonly fleet: string;
  readonly waitMs: number;
}

export interface AgentChoice {
  readonly agents: readonly AgentInfo[];
  /** What the user should know about them. */
  readonly notes: readonly string[];
}

/** Every agent of a fleet that answers, by id. */
export async function agentsOf(bus: Bus, fleet: string): Promise<readonly AgentInfo[]> {
  const question = { id: randomBytes(8).toString('hex'), kind: 'who', body: {} };
  const agents = (await askAll(bus, whoSubject(fleet), question, QUIET_MS)).filter(isAgentInfo);
  return agents.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Asks until enough idle agents are there. Throws WsurgeError 104 with who is there when the time is up. */
export async function gatherAgents(bus: Bus, wish: AgentsWish, signal: AbortSignal): Promise<AgentChoice> {
  const endMs = performance.now() + wish.waitMs;
  for (;;) {
    const answers = await agentsOf(bus, wish.fleet);
    const asked = { ...wish, version: toolVersion() };
    const agents = chooseAgents(answers, asked);
    if (!(agents instanceof WsurgeError)) return { agents, notes: notesOnAgents(agents, answers, asked) };
    if (signal.aborted)
      throw new WsurgeError(EXIT.interrupted, 'interrupted', 'interrupted while it waited for agents');
    if (performance.now() >= endMs) throw agents;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
