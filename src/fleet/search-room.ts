/** How far a fleet can go in a search, whose steps are not known before. */
import { WsurgeError } from '../errors.js';
import type { Cell } from '../plan/cell.js';
import { formatCount, formatCounted } from '../units.js';
import { type Assignment, assignWorkers, fleetNeed, type Range } from './assign.js';
import type { AgentInfo } from './orders.js';
import { type Excess, excessOf } from './over-offer.js';

/** The highest level that all agents take on, which of them stands in the way, and how to lift it. */
export interface MostOfFleet {
  readonly level: number;
  readonly why: string;
  readonly fix: string;
}

/** The agents of a search with the workers that they run in every step: as many as they offer, as on one machine. */
export class SearchRoom implements Assignment {
  readonly workers: number;
  readonly ranges: readonly Range[];
  /** Cores that no agent needs for its part. */
  readonly freeCores: number;
  readonly #agents: readonly AgentInfo[];

  /** `workers` as in the profile. Throws WsurgeError (104) if the agents cannot even run the first step. */
  constructor(agents: readonly AgentInfo[], first: Cell, workers: number | 'auto') {
    const assigned = workers === 'auto' ? widest(agents, first) : assignWorkers(agents, fleetNeed([first], workers));
    if (assigned instanceof WsurgeError) throw assigned;
    this.workers = assigned.workers;
    this.ranges = assigned.ranges;
    this.#agents = agents;
    this.freeCores = Math.min(
      ...assigned.ranges.map((range) => this.#agent(range.agent).offers.workers - sizeOf(range)),
    );
  }

  /** `a1 (2 workers), a2 (2 workers)`. */
  get text(): string {
    return this.ranges
      .map((range) => `${this.#agent(range.agent).name} (${formatCounted(sizeOf(range), 'worker')})`)
      .join(', ');
  }

  /** Null if all agents take on the step at `most`. `cellAt`: the step at a level; the one at `low` is taken on. */
  most(cellAt: (level: number) => Cell, low: number, most: number): MostOfFleet | null {
    let excess = this.#excess(cellAt(most));
    if (excess === null) return null;
    let [good, bad] = [Math.floor(low), most];
    while (bad - good > 1) {
      const middle = Math.floor((good + bad) / 2);
      const found = this.#excess(cellAt(middle));
      if (found === null) good = middle;
      else [bad, excess] = [middle, found];
    }
    const { name, what, offered, flag } = excess;
    return {
      level: Math.max(low, good),
      why: `agent ${name} offers ${formatCount(offered)} ${what}`,
      fix: `add agents, or raise what it offers (wsurge agent ${flag}; wsurge doctor there), or --exclude-agent ${name}`,
    };
  }

  /** The first agent for whom a step is too large. */
  #excess(cell: Cell): (Excess & { readonly name: string }) | null {
    for (const { agent: id, from, to } of this.ranges) {
      const { name, offers } = this.#agent(id);
      const excess = excessOf({ cell, from, to, workers: this.workers }, offers);
      if (excess !== null) return { ...excess, name };
    }
    return null;
  }

  #agent(id: string): AgentInfo {
    return this.#agents.find((agent) => agent.id === id)!;
  }
}

/**
 * Every worker that is offered. Agents that take less than their share of the first step get fewer workers; then all
 * together run fewer.
 */
function widest(agents: readonly AgentInfo[], first: Cell): Assignment | WsurgeError {
  const offered = agents.reduce((sum, { offers }) => sum + offers.workers, 0);
  let refused: WsurgeError | null = null;
  for (let workers = offered; workers >= agents.length; workers = Math.min(workers - 1, Math.floor(workers * STEP))) {
    const assigned = assignWorkers(agents, fleetNeed([first], workers));
    if (!(assigned instanceof WsurgeError)) return assigned;
    refused ??= assigned;
  }
  return refused ?? assignWorkers(agents, fleetNeed([first], 'auto'));
}

/** The next number of workers to try: a thousand agents of many cores are not tried one by one. */
const STEP = 0.95;

function sizeOf({ from, to }: Range): number {
  return to - from;
}
