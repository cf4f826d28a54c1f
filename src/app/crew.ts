/** The agents of a command: found and chosen before there is a plan, leased when there is one. */
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
import { atAddress, refuseOverFleet } from '../fleet/fleet-plan.js';
import { FleetRunner } from '../fleet/fleet-runner.js';
import { type AgentChoice, gatherAgents } from '../fleet/gather.js';
import type { AgentInfo, Order } from '../fleet/orders.js';
import { wayOfAll } from '../fleet/reached.js';
import { here, refusedLoopback, sharesLoopback } from '../fleet/same-loopback.js';
import { SearchRoom } from '../fleet/search-room.js';
import { describeGenerator } from '../machine/environment.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import { canaryRow } from '../plan/hand-out.js';
import type { Plan } from '../plan/plan.js';
import { urlAddress } from '../profile/address.js';
import type { ParsedProfile, Profile } from '../profile/profile.js';
import { literalSecrets, redactUrl } from '../profile/redact.js';
import { envOfLoad } from './scripts.js';
import type { Surroundings } from './surroundings.js';
import { isLocalUrl } from './target-place.js';
import type { FleetWish, MeasureSettings } from './tasks.js';
import { type CheckedWay, redirectNote } from './way.js';

/** What a command asks of its agents. */
export interface CrewAsked {
  /** The profile, or those of both builds: they differ in their targets alone. */
  readonly parsed: readonly ParsedProfile[];
  readonly settings: Pick<MeasureSettings, 'nullTwin' | 'allowTargets'>;
}

/** Throws WsurgeError (104) where no agents can make this load. Null `wish`: none are asked for. */
export function refuseForAgents({ parsed, settings: { nullTwin } }: CrewAsked, wish: FleetWish | null): void {
  if (wish === null) return;
  for (const { profile } of parsed) refuseOverFleet(profile, { nullTwin, targetHost: wish.targetHost });
}

/** Agents that are there and idle, and the connection to their broker. */
export class Crew {
  readonly agents: readonly AgentInfo[];
  /** What the user should know about them. */
  readonly notes: readonly string[];
  /** All of them are on the loopback of this machine. */
  readonly isHere: boolean;
  readonly #bus: Bus;
  readonly #wish: FleetWish;
  readonly #asked: CrewAsked;

  private constructor(bus: Bus, wish: FleetWish, asked: CrewAsked, { agents, notes }: AgentChoice) {
    this.#bus = bus;
    this.#wish = wish;
    this.#asked = asked;
    this.agents = agents;
    this.notes = notes;
    this.isHere = agents.every((agent) => sharesLoopback(agent, here()));
  }

  /**
   * Waits until as many idle agents as asked for answer. Throws WsurgeError: 103 if the broker cannot be reached, 104 if
   * the load cannot be made by agents, or if there are too few of them.
   */
  static async gather(asked: CrewAsked, wish: FleetWish, { env, signal }: Surroundings): Promise<Crew> {
    refuseForAgents(asked, wish);
    const { targetHost } = wish;
    const { nullTwin } = asked.settings;
    const bus = await connectBus({ url: wish.url, env, signal, inboxPrefix: '_INBOX_c', name: 'wsurge coordinator' });
    try {
      for (const { profile, secrets } of asked.parsed) refuseOverFleet(profile, { nullTwin, targetHost, secrets, bus });
      const choice = await gatherAgents(bus, wish, signal);
      for (const { profile } of asked.parsed) refuseLoopback(profile, targetHost, choice.agents);
      return new Crew(bus, wish, asked, choice);
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

  /** The room for a search that begins with this cell: as many workers as there are. Throws WsurgeError 104. */
  room(first: Cell): SearchRoom {
    return new SearchRoom(this.agents, first, this.#profile.workers);
  }

  /** Takes the agents for this plan, and gives each its share. Absent `room`: one for these cells. */
  async lease(plan: Plan, { ranges }: Pick<Assignment, 'ranges'> = this.#assigned(plan.cells)): Promise<LeasedCrew> {
    const { name, instrumentCheck } = this.#profile;
    refuseRowShortage(this.#profile, plan);
    const fleet = await Fleet.lease(this.#bus, {
      ...{ fleet: this.#wish.fleet, agents: this.agents },
      ...{ by: `${name} from ${hostname()}`, instrumentCheck },
    });
    return new LeasedCrew(fleet, ranges, plan.cells, {
      ...{ targetHost: this.#wish.targetHost, isHere: this.isHere },
      allowedTargets: this.#asked.settings.allowTargets,
    });
  }

  async close(): Promise<void> {
    await this.#bus.close();
  }

  get #profile(): Profile {
    return this.#asked.parsed[0]!.profile;
  }

  #assigned(cells: readonly Cell[]): Assignment {
    const assigned = assignWorkers(this.agents, fleetNeed(cells, this.#profile.workers));
    if (assigned instanceof WsurgeError) throw assigned;
    return assigned;
  }
}

/** Throws WsurgeError (104) if the target is where only this machine reaches it, and an agent is elsewhere. */
function refuseLoopback({ target }: Profile, targetHost: string | null, agents: readonly AgentInfo[]): void {
  const url = target.kind === 'embedded' ? `ws://${targetHost ?? '127.0.0.1'}/` : target.url;
  if (!isLocalUrl(url)) return;
  const [server, next] =
    target.kind === 'embedded'
      ? [`--target-host ${targetHost}`, 'name an address of this machine that agents reach: --target-host ADDRESS']
      : [`the target ${redactUrl(url)}`, 'name it by an address that agents reach: --target ws://HOST:PORT/'];
  const refused = refusedLoopback(server, agents, here(), next);
  if (refused !== null) throw refused;
}

interface CrewFacts {
  /** Where the embedded server listens; null for no such server. */
  readonly targetHost: string | null;
  /** All agents are on the loopback of this machine. */
  readonly isHere: boolean;
  readonly allowedTargets: readonly string[];
}

/** A target as one session of a command reaches it. */
export interface CrewTarget {
  readonly parsed: ParsedProfile;
  /** Of the session: the canary is sent with its cells. */
  readonly plan: Pick<Plan, 'cells' | 'workers'>;
}

/** Agents that work for this command alone. */
export class LeasedCrew implements CrewFacts {
  readonly runner: FleetRunner;
  readonly targetHost: string | null;
  readonly isHere: boolean;
  readonly allowedTargets: readonly string[];
  readonly #fleet: Fleet;
  readonly #cells: readonly Cell[];

  /** `cells`: all that may be run, or the largest. */
  constructor(fleet: Fleet, ranges: readonly Range[], cells: readonly Cell[], facts: CrewFacts) {
    this.#fleet = fleet;
    this.#cells = cells;
    this.targetHost = facts.targetHost;
    this.isHere = facts.isHere;
    this.allowedTargets = facts.allowedTargets;
    this.runner = new FleetRunner(fleet, ranges);
  }

  get agents(): readonly AgentInfo[] {
    return this.#fleet.members.map(({ info }) => info);
  }

  /**
   * Every agent judges and resolves the target for itself, sends a canary, and follows redirects if the profile says so.
   * `tell` is told of these, and of what a user should know. Throws with all that refuse: 103 if the target did.
   */
  async reach(
    { parsed: { profile, secrets }, plan }: CrewTarget,
    first: Endpoint,
    around: Pick<Surroundings, 'env'>,
    tell: (notes: readonly string[]) => void,
  ): Promise<CheckedWay> {
    const { cells, workers } = plan;
    const peaks = peaksOf(this.#cells);
    const peakPerSecond = Number.isFinite(peaks.peakMessagesPerSecond) ? peaks.peakMessagesPerSecond : null;
    // A server that this machine started is to agents one at an address.
    const at = atAddress(profile.target, first.url);
    const target = { target: at, peakConnections: peaks.peakConnections, peakPerSecond };
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
    const load = { ...peaks, workers, localAddresses: [], allowedTargets: this.allowedTargets };
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
export function generatorsOf(crew: Pick<LeasedCrew, 'agents'> | null): GeneratorEnvironment[] {
  if (crew === null) return [describeGenerator()];
  return [describeGenerator(), ...crew.agents.map(({ name, environment }) => ({ ...environment, agent: name }))];
}

/** Files and ports are those of the agents, who judge them. */
const NO_LIMITS = { openFiles: null, openFilesHard: null, ephemeralPorts: null };

/** The way to a target that only agents go: they resolve its name. */
export function routeOfAgents({ target }: Profile): Route {
  const where = target.kind === 'embedded' ? null : urlAddress(target.url);
  return { host: where?.kind === 'tcp' ? where.host : '', addresses: [], proxy: null, notes: [] };
}
