/** Finds the agents of a run and takes them: of those that are idle, as many as it wants. */
import { randomBytes, randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type Bus, BusError } from '../bus/bus.js';
import { askAll } from '../bus/exchange.js';
import { interrupted, unlessInterrupted } from '../bus/interrupted.js';
import { sleep } from '../coordinator/sleep.js';
import { unreachableError, WsurgeError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import { fewNames, formatDuration } from '../units.js';
import { type AgentWish, chooseAgents, fitAgents, notesOnAgents } from './agent-choice.js';
import { isAgentInfo } from './agent-info.js';
import { Fleet, type LeaseRequest } from './fleet.js';
import { type AgentInfo, whoSubject } from './orders.js';

/** All agents have answered when none has for so long, ms. */
const QUIET_MS = 500;
/** How often they are asked, ms: with chance, so that two runs that want the same agents do not meet again and again. */
const AGAIN_MS = { least: 500, most: 1500 } as const;
/** How often it says that it still waits, ms. */
const REMIND_MS = 30_000;
const WAITING = 'waiting for agents';

/** What is asked of the agents of a run. */
export interface AgentsWish extends Omit<AgentWish, 'version'> {
  readonly fleet: string;
  readonly waitMs: number;
}

/** Agents that work for this run from now on. */
export interface Taken {
  readonly fleet: Fleet;
  /** What the user should know about them. */
  readonly notes: readonly string[];
}

/** Every agent of a fleet that answers, by id. Throws WsurgeError if the broker is gone. */
export async function agentsOf(bus: Bus, fleet: string): Promise<readonly AgentInfo[]> {
  const question = { id: randomBytes(8).toString('hex'), kind: 'who', body: {} };
  try {
    const agents = (await askAll(bus, whoSubject(fleet), question, QUIET_MS)).filter(isAgentInfo);
    if (agents.length === 0 && bus.away !== null) throw bus.away;
    return agents.sort((one, other) => (one.id < other.id ? -1 : 1));
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    throw bus.away ?? unreachableError('broker_lost', error.message, 'look into the log of the broker');
  }
}

/** What a run that takes agents is, and whom it tells that it waits. */
export interface Taking extends Pick<LeaseRequest, 'by' | 'instrumentCheck'> {
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/**
 * Asks until enough idle agents are there, and takes them. If another run was quicker with one of them, it asks again.
 * Throws WsurgeError: 104 with who is there when the time is up, 103 if the broker is gone then, 105 if interrupted.
 */
export async function takeAgents(bus: Bus, wish: AgentsWish, taking: Taking): Promise<Taken> {
  const { signal, tell } = taking;
  const asked = { ...wish, version: toolVersion() };
  const endMs = performance.now() + wish.waitMs;
  const waiting = new Waiting(wish.agents, tell);
  for (;;) {
    const answers = await unlessInterrupted(answersOf(bus, wish.fleet), signal, WAITING);
    const tried = answers instanceof WsurgeError ? answers : await takeSome(bus, answers, asked, taking);
    if (!(tried instanceof WsurgeError)) return tried;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) throw tried;
    waiting.goesOn(answers instanceof WsurgeError ? answers : fitAgents(answers, asked), leftMs);
    await sleep(Math.min(leftMs, randomInt(AGAIN_MS.least, AGAIN_MS.most)), signal);
    if (signal.aborted) throw interrupted(WAITING);
  }
}

/** A broker that is gone may come back. */
async function answersOf(bus: Bus, fleet: string): Promise<readonly AgentInfo[] | WsurgeError> {
  try {
    return await agentsOf(bus, fleet);
  } catch (error) {
    if (error instanceof WsurgeError && error === bus.away) return error;
    throw error;
  }
}

/** Refusals after which another agent, or the same one later, may be had. */
const MAY_BE_HAD = new Set(['busy', 'leaving', 'agents_gone']);

/** Takes as many as asked for, or says why not. */
async function takeSome(
  bus: Bus,
  answers: readonly AgentInfo[],
  asked: AgentWish & { readonly fleet: string },
  { by, instrumentCheck, signal }: Taking,
): Promise<Taken | WsurgeError> {
  const agents = chooseAgents(answers, asked);
  if (agents instanceof WsurgeError) return agents;
  try {
    const fleet = await Fleet.lease(bus, { fleet: asked.fleet, agents, by, instrumentCheck }, signal);
    return { fleet, notes: notesOnAgents(agents, answers, asked) };
  } catch (error) {
    if (error instanceof WsurgeError && MAY_BE_HAD.has(error.code)) return error;
    throw error;
  }
}

/** Says that a run waits: when it begins to, when that changes, and now and then. */
class Waiting {
  readonly #wanted: number;
  readonly #tell: (line: string) => void;
  #said = '';
  #saidMs = 0;

  constructor(wanted: number, tell: (line: string) => void) {
    this.#wanted = wanted;
    this.#tell = tell;
  }

  /** `there`: the agents that could be taken, or why nobody can be asked. */
  goesOn(there: readonly AgentInfo[] | WsurgeError, leftMs: number): void {
    const said = there instanceof WsurgeError ? `for the broker: ${there.message}` : this.#agentsText(there);
    const nowMs = performance.now();
    if (said === this.#said && nowMs - this.#saidMs < REMIND_MS) return;
    this.#said = said;
    this.#saidMs = nowMs;
    this.#tell(`waiting ${said}, ${formatDuration(Math.ceil(leftMs / 1000) * 1000)} left`);
  }

  #agentsText(there: readonly AgentInfo[]): string {
    const names = there.length === 0 ? '' : ` (${fewNames(there.map(({ name }) => name))})`;
    return `for agents: ${there.length} of ${this.#wanted} can be had${names}`;
  }
}
