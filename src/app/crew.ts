/** The agents of a run: found and taken before there is a plan, each given its share when there is one. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus/bus.js';
import { unlessInterrupted } from '../bus/interrupted.js';
import { connectBus } from '../bus/nats.js';
import { type CanaryReport, canaryCells } from '../coordinator/canary.js';
import { peaksOf, preflight, refuseIfAny } from '../coordinator/preflight.js';
import type { Route } from '../coordinator/route.js';
import { messageOf, WsurgeError } from '../errors.js';
import { type Assignment, assignWorkers, fleetNeed, type Range } from '../fleet/assign.js';
import type { Fleet } from '../fleet/fleet.js';
import { refuseOverFleet } from '../fleet/fleet-plan.js';
import { FleetRunner } from '../fleet/fleet-runner.js';
import { type Taken, takeAgents } from '../fleet/gather.js';
import type { AgentInfo, Reached } from '../fleet/orders.js';
import { describeGenerator } from '../machine/environment.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import type { Plan } from '../plan/plan.js';
import { urlAddress } from '../profile/address.js';
import type { Profile } from '../profile/profile.js';
import { formatDuration } from '../units.js';
import { envOfLoad } from './scripts.js';
import type { Surroundings } from './surroundings.js';
import type { FleetWish, RunTask } from './tasks.js';
import type { Way } from './way.js';

/** Agents that work for this run, and the connection to their broker. */
export class Crew {
  /** What the user should know about them. */
  readonly notes: readonly string[];
  readonly #bus: Bus;
  readonly #fleet: Fleet;
  readonly #task: RunTask;
  readonly #told: Told;

  private constructor(bus: Bus, task: RunTask, told: Told, { fleet, notes }: Taken) {
    this.#bus = bus;
    this.#told = told;
    this.#fleet = fleet;
    this.#task = task;
    this.notes = notes;
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
   * 104 if the run cannot be made by agents, or if there are too few of them, 105 if interrupted.
   */
  static async gather(
    task: RunTask,
    wish: FleetWish,
    { env, signal }: Surroundings,
    tell: (line: string) => void,
  ): Promise<Crew> {
    const { parsed, settings } = task;
    const { profile, secrets } = parsed;
    const { nullTwin } = settings;
    refuseOverFleet(profile, { nullTwin });
    const endMs = performance.now() + wish.waitMs;
    const told: Told = { tell };
    const bus = await connectBus({
      ...{ url: wish.url, env, signal, inboxPrefix: '_INBOX_c', name: 'wsurge run', waitMs: wish.waitMs },
      onWait: ({ message }) => tell(`waiting for the broker: ${message}, ${formatDuration(wish.waitMs)} left`),
      onAway: (why) => told.tell(why === null ? 'the broker is back' : `${why.message}: ${WITHOUT_BROKER}`),
    });
    try {
      refuseOverFleet(profile, { nullTwin, secrets, bus });
      const by = `${profile.name} from ${hostname()}`;
      const left = { ...wish, waitMs: Math.max(0, endMs - performance.now()) };
      const { instrumentCheck } = profile;
      return new Crew(bus, task, told, await takeAgents(bus, left, { by, instrumentCheck, signal, tell }));
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

  /** Gives each agent its share of this plan. */
  lease(plan: Plan): LeasedCrew {
    return new LeasedCrew(this.#fleet, this.#assigned(plan.cells).ranges, plan, this.#task);
  }

  /** Gives the agents back, where that has not been done. */
  async close(): Promise<void> {
    await this.#fleet.release();
    await this.#bus.close();
  }

  #assigned(cells: readonly Cell[]): Assignment {
    const assigned = assignWorkers(this.agents, fleetNeed(cells, this.#task.parsed.profile.workers));
    if (assigned instanceof WsurgeError) throw assigned;
    return assigned;
  }
}

/** What follows for agents, in the line that says that the broker is gone. */
const WITHOUT_BROKER = 'agents go on for 10 s, then they stop';

/** Who is told what happens to the broker. */
interface Told {
  tell: (line: string) => void;
}

/** Agents that have their shares of a plan. */
export class LeasedCrew {
  readonly runner: FleetRunner;
  readonly #fleet: Fleet;
  readonly #ranges: readonly Range[];
  readonly #plan: Plan;
  readonly #task: RunTask;

  constructor(fleet: Fleet, ranges: readonly Range[], plan: Plan, task: RunTask) {
    this.#fleet = fleet;
    this.#ranges = ranges;
    this.#plan = plan;
    this.#task = task;
    this.runner = new FleetRunner(fleet, ranges);
  }

  get agents(): readonly AgentInfo[] {
    return this.#fleet.members.map(({ info }) => info);
  }

  /** Every agent judges and resolves the target for itself and sends a canary. Throws with all that refuse. */
  async reach(endpoint: Endpoint, around: Surroundings): Promise<Way & { readonly canary: CanaryReport }> {
    const { profile } = this.#task.parsed;
    const { cells, workers, pacing } = this.#plan;
    const peaks = peaksOf(cells);
    const peakPerSecond = Number.isFinite(peaks.peakMessagesPerSecond) ? peaks.peakMessagesPerSecond : null;
    const target = { target: profile.target, peakConnections: peaks.peakConnections, peakPerSecond };
    const env = envOfLoad(profile, around.env);
    const reaching = this.#fleet.orderAll(0, (member) => {
      const { from, to } = this.#ranges.find(({ agent }) => agent === member.info.id)!;
      const shard = { cell: cells[0]!, from, to, workers, endpoint, env, data: profile.data, pacing };
      return { kind: 'reach', target, cells: canaryCells(cells), shard };
    });
    const answers = await unlessInterrupted(reaching, around.signal, 'agents tried the target');
    this.#fleet.refuseIfAnyIsLost();
    const reached = [...answers.values()] as Reached[];
    const [first] = reached;
    assert(first !== undefined, 'a fleet without agents');
    const addresses = [...new Set(reached.flatMap((each) => each.addresses))];
    const where = urlAddress(endpoint.url);
    const host = where?.kind === 'tcp' ? where.host : endpoint.url;
    const load = { ...peaks, workers, localAddresses: [], allowedTargets: this.#task.settings.allowTargets };
    refuseIfAny(preflight({ ...load, host, addresses }, NO_LIMITS));
    return {
      // For whoever looks for the process of a server on this machine: agents resolve the name themselves.
      endpoint: { ...endpoint, address: addresses[0] ?? null },
      route: { host, addresses, proxy: null, notes: [] },
      canary: first.canary as CanaryReport,
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
