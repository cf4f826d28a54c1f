import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus/bus.js';
import { decodeBody } from '../bus/codec.js';
import { EXIT, WsurgeError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import { type AgentChoice, chooseAgents } from './agent-choice.js';
import { type AgentInfo, PROTOCOL, whoSubject } from './orders.js';

/** All agents have answered when none has for so long, ms. */
const QUIET_MS = 500;
const AGAIN_MS = 1000;

/** What is asked of the agents of a run. */
export interface AgentsWish {
  readonly agents: number;
  readonly fleet: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly exclude: readonly string[];
  readonly waitMs: number;
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
    const chosen = chooseAgents(await agentsOf(bus, wish.fleet), {
      ...{ count: wish.agents, labels: wish.labels, excluded: wish.exclude },
      ...{ version: toolVersion(), protocol: PROTOCOL },
    });
    if (!(chosen instanceof WsurgeError)) return chosen;
    if (signal.aborted)
      throw new WsurgeError(EXIT.interrupted, 'interrupted', 'interrupted while it waited for agents');
    if (performance.now() >= endMs) throw chosen;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
