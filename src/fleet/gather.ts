import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus/bus.js';
import { decodeBody } from '../bus/codec.js';
import { EXIT, WsurgeError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import { type AgentWish, chooseAgents, notesOnAgents } from './agent-choice.js';
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

/** Every agent of a fleet that answers. */
export async function agentsOf(bus: Bus, fleet: string): Promise<readonly AgentInfo[]> {
  const answers = await bus.requestMany(whoSubject(fleet), { headers: {}, body: new Uint8Array() }, QUIET_MS);
  return answers.map(({ body }) => decodeBody(body) as AgentInfo);
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
