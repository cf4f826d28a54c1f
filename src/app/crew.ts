/** The agents of a command: found and taken before there is a plan, each given its share when there is one. */
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus/bus.js';
import { unlessInterrupted } from '../bus/interrupted.js';
import { connectBus } from '../bus/nats.js';
import { canaryCells } from '../coordinator/canary.js';
import { refuseRowShortage } from '../coordinator/hand-out.js';
import { peaksOf, preflight, refuseIfAny } from '../coordinator/preflight.js';
import type { Route } from '../coordinator/route.js';
import { messageOf, WsurgeError } from '../errors.js';
import { type Assignment, assignWorkers, fleetNeed, type Range } from '../fleet/assign.js';
import type { Fleet } from '../fleet/fleet.js';
import { atAddress, refuseOverFleet } from '../fleet/fleet-plan.js';
import { FleetRunner } from '../fleet/fleet-runner.js';
import { type Taken, takeAgents } from '../fleet/gather.js';
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
import { formatDuration } from '../units.js';
import { envOfLoad } from './scripts.js';
import type { Surroundings } from './surroundings.js';
import { isLocalUrl } from './target-place.js';
import type { FleetWish, MeasureSettings } from './tasks.js';
import { type CheckedWay, redirectNote } from './way.js';

/** What a command asks of its agents. */
export interface CrewAsked {
  /** The profile, or those of both builds: they differ in their targets alone. */
  readonly parsed: readonly ParsedProfile[];
  /** What is known of the plan before there are agents: a search has its first step. */
  readonly plan: Pick<Plan, 'cells' | 'preWarm' | 'idleMemory'>;
  readonly settings: Pick<MeasureSettings, 'nullTwin' | 'allowTargets'>;
  /** The first cell is the first step of a search. */
  readonly isSearch?: boolean;
}

/** Throws WsurgeError (104) where no agents can make this load. Null `wish`: none are asked for. */
export function refuseForAgents(
  { parsed, settings: { nullTwin } }: Omit<CrewAsked, 'plan'>,
  wish: FleetWish | null,
): void {
  if (wish === null) return;
  for (const { profile } of parsed) refuseOverFleet(profile, { nullTwin, targetHost: wish.targetHost });
}

/** Agents that work for this command, and the connection to their broker. */
export class Crew {
  /** What the user should know about them. */
  readonly notes: readonly string[];
  /** All of them are on the loopback of this machine. */
  readonly isHere: boolean;
  readonly #bus: Bus;
  readonly #fleet: Fleet;
  readonly #wish: FleetWish;
  readonly #asked: CrewAsked;
  readonly #told: Told;

  private constructor(bus: Bus, { fleet, notes }: Taken, { asked, wish, told }: Wanted) {
    this.#bus = bus;
    this.#fleet = fleet;
    this.#wish = wish;
    this.#asked = asked;
    this.#told = told;
    this.notes = notes;
    this.isHere = this.agents.every((agent) => sharesLoopback(agent, here()));
    for (const { lost } of fleet.members) {
      // Without a broker nobody is heard, and that has been told.
      const tell = () => bus.away === null && told.tell(`${messageOf(lost.reason)}: the cell cannot be VALID any more`);
      lost.addEventListener('abort', tell, { once: true });
    }
  }

  get agents(): readonly AgentInfo[] {
    return this.#fleet.members.map(({ info }) => info);
  }

  /**
   * Waits for the broker, and until as many agents as asked for are idle, and takes them. `tell`: told, line by line,
   * that it waits, and later that the broker goes and comes back. Throws WsurgeError: 103 if the broker cannot be reached,
   * 104 if the load cannot be made by agents, or if there are too few of them, 105 if interrupted.
   */
  static async gather(
    asked: CrewAsked,
    wish: FleetWish,
    { env, signal }: Pick<Surroundings, 'env' | 'signal'>,
    tell: (line: string) => void,
  ): Promise<Crew> {
    refuseForAgents(asked, wish);
    refuseRowShortage(asked.parsed[0]!.profile, asked.plan);
    const { targetHost } = wish;
    const { nullTwin } = asked.settings;
    const endMs = performance.now() + wish.waitMs;
    const told: Told = { tell };
    const bus = await connectBus({
      ...{ url: wish.url, env, signal, inboxPrefix: '_INBOX_c', name: 'wsurge coordinator', waitMs: wish.waitMs },
      onWait: ({ message }) => tell(`waiting for the broker: ${message}, ${formatDuration(wish.waitMs)} left`),
      onAway: (why) => told.tell(why === null ? 'the broker is back' : `${why.message}: ${WITHOUT_BROKER}`),
    });
    try {
      for (const { profile, secrets } of asked.parsed) refuseOverFleet(profile, { nullTwin, targetHost, secrets, bus });
      const { name, instrumentCheck } = asked.parsed[0]!.profile;
      const left = { ...wish, waitMs: Math.max(0, endMs - performance.now()) };
      const by = `${name} from ${hostname()}`;
      const judge = (agents: readonly AgentInfo[]) => {
        for (const { profile } of asked.parsed) refuseLoopback(profile, targetHost, agents);
        refuseTooLittle(asked, agents);
      };
      const taken = await takeAgents(bus, left, { by, instrumentCheck, judge, signal, tell });
      return new Crew(bus, taken, { asked, wish, told });
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  /** Whom to tell from now on that the broker goes and comes back. */
  tellTo(tell: (line: string) => void): void {
    this.#told.tell = tell;
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

  /**
   * Gives each agent its share of this plan. Absent `room`: one for these cells. Throws WsurgeError 104 if the rows do
   * not last.
   */
  lease(plan: Plan, { ranges }: Pick<Assignment, 'ranges'> = this.#assigned(plan.cells)): LeasedCrew {
    refuseRowShortage(this.#profile, plan);
    return new LeasedCrew(this.#fleet, ranges, plan.cells, {
      ...{ targetHost: this.#wish.targetHost, isHere: this.isHere },
      allowedTargets: this.#asked.settings.allowTargets,
    });
  }

  /** Gives the agents back, where that has not been done. */
  async close(): Promise<void> {
    await this.#fleet.release();
    await this.#bus.close();
  }

  get #profile(): Profile {
    return this.#asked.parsed[0]!.profile;
  }

  #assigned(cells: readonly Cell[]): Assignment {
    return assigned(this.agents, cells, this.#profile);
  }
}

function assigned(agents: readonly AgentInfo[], cells: readonly Cell[], { workers }: Profile): Assignment {
  const found = assignWorkers(agents, fleetNeed(cells, workers));
  if (found instanceof WsurgeError) throw found;
  return found;
}

/** Throws WsurgeError (104) if the agents do not offer enough for what is known of the plan. */
function refuseTooLittle({ parsed, plan: { cells }, isSearch = false }: CrewAsked, agents: readonly AgentInfo[]): void {
  const { profile } = parsed[0]!;
  if (isSearch) new SearchRoom(agents, cells[0]!, profile.workers);
  else assigned(agents, cells, profile);
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

/** What follows for agents, in the line that says that the broker is gone. */
const WITHOUT_BROKER = 'agents go on for 10 s, then they stop';

/** Who is told what happens to the broker. */
interface Told {
  tell: (line: string) => void;
}

/** What a command wants of its agents, and who is told of their broker. */
interface Wanted {
  readonly asked: CrewAsked;
  readonly wish: FleetWish;
  readonly told: Told;
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

/** Agents that have their shares of a plan. */
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
    around: Pick<Surroundings, 'env' | 'signal'>,
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
    const reaching = this.#fleet.orderAll(0, () => order);
    const answers = await unlessInterrupted(reaching, around.signal, 'agents tried the target');
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
