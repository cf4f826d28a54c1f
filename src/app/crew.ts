/** The agents of a run: found and chosen before there is a plan, leased when there is one. */
import { hostname } from 'node:os';
import type { Bus } from '../bus/bus.js';
import { connectBus } from '../bus/nats.js';
import { canaryCells } from '../coordinator/canary.js';
import { refuseRowShortage } from '../coordinator/hand-out.js';
import { peaksOf, preflight, refuseIfAny } from '../coordinator/preflight.js';
import type { Route } from '../coordinator/route.js';
import { WsurgeError } from '../errors.js';
import { type Assignment, assignWorkers, fleetNeed, type Range } from '../fleet/assign.js';
import { Fleet } from '../fleet/fleet.js';
import { refuseOverFleet } from '../fleet/fleet-plan.js';
import { FleetRunner } from '../fleet/fleet-runner.js';
import { type AgentChoice, gatherAgents } from '../fleet/gather.js';
import type { AgentInfo, Order } from '../fleet/orders.js';
import { wayOfAll } from '../fleet/reached.js';
import { describeGenerator } from '../machine/environment.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import { canaryRow } from '../plan/hand-out.js';
import type { Plan } from '../plan/plan.js';
import { urlAddress } from '../profile/address.js';
import type { Profile } from '../profile/profile.js';
import { literalSecrets } from '../profile/redact.js';
import { envOfLoad } from './scripts.js';
import type { Surroundings } from './surroundings.js';
import type { FleetWish, RunTask } from './tasks.js';
import { type CheckedWay, redirectNote } from './way.js';

/** Agents that are there and idle, and the connection to their broker. */
export class Crew {
  readonly agents: readonly AgentInfo[];
  /** What the user should know about them. */
  readonly notes: readonly string[];
  readonly #bus: Bus;
  readonly #wish: FleetWish;
  readonly #task: RunTask;

  private constructor(bus: Bus, wish: FleetWish, task: RunTask, { agents, notes }: AgentChoice) {
    this.#bus = bus;
    this.#wish = wish;
    this.#task = task;
    this.agents = agents;
    this.notes = notes;
  }

  /**
   * Waits until as many idle agents as asked for answer. Throws WsurgeError: 103 if the broker cannot be reached, 104 if
   * the run cannot be made by agents, or if there are too few of them.
   */
  static async gather(task: RunTask, wish: FleetWish, around: Surroundings): Promise<Crew> {
    const { parsed, settings } = task;
    const { profile, secrets } = parsed;
    const { nullTwin } = settings;
    refuseOverFleet(profile, { nullTwin });
    const { env, signal } = around;
    const bus = await connectBus({ url: wish.url, env, signal, inboxPrefix: '_INBOX_c', name: 'wsurge run' });
    try {
      refuseOverFleet(profile, { nullTwin, secrets, bus });
      return new Crew(bus, wish, task, await gatherAgents(bus, wish, around.signal));
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  /** How many workers run these cells, and cores that no agent needs for its part. Throws WsurgeError 104. */
  split(cells: readonly Cell[]): { readonly workers: number; readonly freeCores: number } {
    const { workers, ranges } = this.#assigned(cells);
    const free = ranges.map(
      ({ agent, from, to }) => this.agents.find(({ id }) => id === agent)!.offers.workers - to + from,
    );
    return { workers, freeCores: Math.min(...free) };
  }

  /** Takes the agents for this plan, and gives each its share. Throws WsurgeError 104. */
  async lease(plan: Plan): Promise<LeasedCrew> {
    const { profile } = this.#task.parsed;
    refuseRowShortage(profile, plan);
    const { ranges } = this.#assigned(plan.cells);
    const fleet = await Fleet.lease(this.#bus, {
      fleet: this.#wish.fleet,
      agents: this.agents,
      by: `${profile.name} from ${hostname()}`,
      instrumentCheck: profile.instrumentCheck,
    });
    return new LeasedCrew(fleet, ranges, plan, this.#task);
  }

  async close(): Promise<void> {
    await this.#bus.close();
  }

  #assigned(cells: readonly Cell[]): Assignment {
    const assigned = assignWorkers(this.agents, fleetNeed(cells, this.#task.parsed.profile.workers));
    if (assigned instanceof WsurgeError) throw assigned;
    return assigned;
  }
}

/** Agents that work for this run alone. */
export class LeasedCrew {
  readonly runner: FleetRunner;
  readonly #fleet: Fleet;
  readonly #plan: Plan;
  readonly #task: RunTask;

  constructor(fleet: Fleet, ranges: readonly Range[], plan: Plan, task: RunTask) {
    this.#fleet = fleet;
    this.#plan = plan;
    this.#task = task;
    this.runner = new FleetRunner(fleet, ranges);
  }

  get agents(): readonly AgentInfo[] {
    return this.#fleet.members.map(({ info }) => info);
  }

  /**
   * Every agent judges and resolves the target for itself, sends a canary, and follows redirects if the profile says so.
   * `tell` is told of these, and of what a user should know. Throws with all that refuse: 103 if the target did.
   */
  async reach(first: Endpoint, around: Surroundings, tell: (notes: readonly string[]) => void): Promise<CheckedWay> {
    const { profile, secrets } = this.#task.parsed;
    const { cells, workers } = this.#plan;
    const peaks = peaksOf(cells);
    const peakPerSecond = Number.isFinite(peaks.peakMessagesPerSecond) ? peaks.peakMessagesPerSecond : null;
    const target = { target: profile.target, peakConnections: peaks.peakConnections, peakPerSecond };
    const env = envOfLoad(profile, around.env);
    const row = canaryRow(profile.data);
    const data = row === undefined ? [] : [row];
    const order: Order = {
      ...{ kind: 'reach', target, cells: canaryCells(cells), endpoint: first, env },
      ...(row === undefined ? {} : { row }),
      secrets: [...secrets, ...literalSecrets({ ...profile, data }), ...Object.values(env)],
    };
    const answers = await this.#fleet.orderAll(0, () => order);
    this.#fleet.refuseIfAnyIsLost();
    const reached = [...answers].map(([{ name }, answer]) => ({ agent: name, reached: answer }));
    const { endpoint, hops, addresses, canaries, notes } = wayOfAll(reached, first);
    tell([...hops.map(redirectNote), ...notes]);
    const where = urlAddress(endpoint.url);
    const host = where?.kind === 'tcp' ? where.host : endpoint.url;
    const load = { ...peaks, workers, localAddresses: [], allowedTargets: this.#task.settings.allowTargets };
    refuseIfAny(preflight({ ...load, host, addresses }, NO_LIMITS));
    return {
      // For whoever looks for the process of a server on this machine: agents resolve the name themselves.
      endpoint: { ...endpoint, address: addresses[0] ?? null },
      route: { host, addresses, proxy: null, notes: [] },
      canaries,
    };
  }
}

/** The machines of a run that agents make: this one coordinates, each of theirs is named. */
export function generatorsOf(agents: readonly AgentInfo[]): GeneratorEnvironment[] {
  return [describeGenerator(), ...agents.map(({ name, environment }) => ({ ...environment, agent: name }))];
}

/** Files and ports are those of the agents, who judge them. */
const NO_LIMITS = { openFiles: null, openFilesHard: null, ephemeralPorts: null };

/** The way to a target that only agents go: they resolve its name. */
export function routeOfAgents({ target }: Profile): Route {
  const where = target.kind === 'embedded' ? null : urlAddress(target.url);
  return { host: where?.kind === 'tcp' ? where.host : '', addresses: [], proxy: null, notes: [] };
}
