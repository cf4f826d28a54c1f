import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CampaignDeps, runCampaign } from '../campaign/campaign.js';
import type { EventSink } from '../campaign/events.js';
import { RenewedProbe, serverProbe } from '../campaign/server-probe.js';
import {
  CanaryRefused,
  type CanaryReport,
  canaryCells,
  canaryLine,
  type MachineCanary,
  runCanary,
} from '../coordinator/canary.js';
import type { ServerProbe } from '../coordinator/coordinator.js';
import { LocalGroup } from '../coordinator/group-runner.js';
import { refuseRowShortage } from '../coordinator/hand-out.js';
import { peaksOf, preflight, refuseIfAny } from '../coordinator/preflight.js';
import { type Route, routeTo } from '../coordinator/route.js';
import { ThreadRunner } from '../coordinator/thread-runner.js';
import { Redactor } from '../documents/redaction/redact.js';
import { HostLoad } from '../machine/host-load.js';
import { readLimits } from '../machine/limits.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import { LOCAL } from '../metrics/group-end.js';
import type { Endpoint } from '../plan/cell.js';
import type { Plan } from '../plan/plan.js';
import type { ParsedProfile, Profile } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';
import { restartTarget } from '../target/restart.js';
import type { RunningTarget } from '../target/running-target.js';
import { startTarget, type TargetDeps } from '../target/target.js';
import { formatCounted } from '../units.js';
import type { LeasedCrew } from './crew.js';
import type { CanaryEvent } from './events.js';
import { foreignWords, transcribedWords } from './foreign-words.js';
import { envOfLoad, hasScript } from './scripts.js';
import type { Surroundings } from './surroundings.js';
import { placeOf } from './target-place.js';
import { type CheckedWay, endpointFor, followRedirect, type Way } from './way.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** The compiled command line, whose `serve` is the embedded server, and the worker file. */
/** The bundle, which starts in half the processor time; of a module of it and of dist/src/app the path is the same. */
export const CLI_PATH = path.join(HERE, '../../bundle/cli/bin.js');
const WORKER_PATH = path.join(HERE, '../../threads/load-worker.js');

interface SessionRequest {
  readonly parsed: ParsedProfile;
  readonly plan: Plan;
  readonly around: Surroundings;
  /** Where the profile's command is started; this process's folder where it is absent. */
  readonly folder?: string;
  /** What `permitted` gave. */
  readonly route: Route;
  /** Names of `--allow-target`, for an address that the target redirects to. */
  readonly allowedTargets: readonly string[];
  /** The agents that make the load; null: this machine does. */
  readonly crew?: LeasedCrew | null;
  /** Told of redirects that are followed, and of what a user should know of the way there. */
  readonly onRedirect: (notes: readonly string[]) => void;
}

/**
 * Checks that this machine can make the plan's load (file descriptors, ports) and may send it to this target (consent).
 * Returns the way to the target. Throws WsurgeError 104 if not, 103 for an unknown name.
 */
export async function permitted(
  profile: Profile,
  plan: Plan,
  allowedTargets: readonly string[],
  env: Surroundings['env'],
): Promise<Route> {
  const route = await routeTo(profile.target, env);
  refuseRowShortage(profile, plan);
  refuseIfAny(
    preflight(
      {
        ...peaksOf(plan.cells),
        workers: plan.workers,
        ...consentFacts(route),
        localAddresses: profile.localAddresses,
        allowedTargets,
      },
      readLimits(),
    ),
  );
  return route;
}

/** Whom the load concerns, and how many addresses it goes to. A name that only a proxy knows may be anybody's. */
export function consentFacts({ host, addresses, proxy }: Route) {
  return { host, addresses, proxied: proxy !== null, unknown: proxy !== null && addresses.length === 0 };
}

/** The worker threads of a command. The caller disposes of them; they may serve one session after the other. */
export function loadThreads(profile: Profile, plan: Plan): LocalGroup {
  const threads = new ThreadRunner({
    ...{ workers: plan.workers, workerFile: WORKER_PATH, agent: LOCAL },
    instrumentCheck: profile.instrumentCheck,
    hasScript: hasScript(profile),
  });
  return new LocalGroup(threads);
}

/** A server under test that is up and has answered one message; loads can be run on it until it is closed. */
export class TargetSession {
  readonly endpoint: Endpoint;
  /** Of each machine that makes the load. */
  readonly canaries: readonly MachineCanary[];
  /** The way to the endpoint, wherever redirects led. */
  readonly route: Route;
  #target: RunningTarget;
  readonly #request: SessionRequest;

  private constructor(request: SessionRequest, target: RunningTarget, { endpoint, route, canaries }: CheckedWay) {
    this.#target = target;
    this.endpoint = endpoint;
    this.route = route;
    this.canaries = canaries;
    this.#request = request;
  }

  /** Starts the server if the profile says so, and sends the canary. Throws WsurgeError 103 or 104 and leaves nothing running. */
  static async open(request: SessionRequest): Promise<TargetSession> {
    const { parsed, route } = request;
    const target = await startTarget(parsed.profile.target, targetDeps(request));
    try {
      const endpoint = endpointFor(parsed.profile, target, route);
      const { crew = null, plan, around, onRedirect } = request;
      const way =
        crew === null
          ? await reach(request, endpoint)
          : await crew.reach({ parsed, plan }, endpoint, around, onRedirect);
      return new TargetSession(request, target, way);
    } catch (error) {
      await target.stop();
      throw error;
    }
  }

  /** The URL that redirects led to, or null where there were none. */
  get redirectedTo(): string | null {
    const { url } = this.endpoint;
    return url === this.#target.url ? null : url;
  }

  /** The server as it runs now. It changes when an event of the plan restarts the server. */
  get target(): RunningTarget {
    return this.#target;
  }

  /** Runs the source's cells on this server, and tells `sink` what happens. */
  run(
    cells: Pick<CampaignDeps, 'runner' | 'source' | 'preWarm' | 'twins' | 'extension'>,
    sink: EventSink,
  ): Promise<RunOutcome> {
    const { parsed, plan, around, crew = null } = this.#request;
    const { profile } = parsed;
    const words = foreignWords(parsed);
    const server = new RenewedProbe(() => this.#probe());
    return runCampaign(
      {
        ...cells,
        idleMemory: plan.idleMemory,
        ...(seesSockets(crew) ? {} : { socketBytes: () => null }),
        workers: plan.workers,
        pacing: plan.pacing,
        endpoint: this.endpoint,
        env: envOfLoad(profile, around.env),
        folder: around.cwd,
        data: profile.data,
        reuse: profile.dataReuse,
        server,
        printable: (text) => words(text, SAID_MAX),
        host: new HostLoad(),
        restart: profile.target.kind === 'url' ? null : () => this.#restart(server),
        thresholds: profile.thresholds,
        interrupt: around.signal,
      },
      sink,
    );
  }

  #probe(): ServerProbe {
    const { engine, pid } = this.#target;
    const { url, address } = this.endpoint;
    return serverProbe(this.#request.parsed.profile.target, { url, engine, pid }, address);
  }

  async close(): Promise<void> {
    await this.#target.stop();
  }

  async #restart(server: RenewedProbe): Promise<void> {
    const { target } = this.#request.parsed.profile;
    this.#target = await restartTarget(target, this.#target, targetDeps(this.#request));
    server.renew();
  }
}

/** Whether the kernel of this machine has both ends of the connections to a server that runs here. */
export function seesSockets(crew: Pick<LeasedCrew, 'isHere'> | null): boolean {
  return crew === null || crew.isHere;
}

/** A server that has answered one message. */
export type Reached = Pick<TargetSession, 'target' | 'endpoint' | 'canaries'>;

/** What the canary found, in one line; those of agents in a line each, the slowest first. */
export function canaryText({ endpoint, target, canaries }: Reached): string {
  const place = placeOf(endpoint.url, endpoint);
  const lines = [...canaries]
    .sort((a, b) => tookUs(b) - tookUs(a))
    .map(({ agent, report }) => canaryLine(report, agent === null ? place : `  agent ${agent}`, target.engine));
  if (canaries.every(({ agent }) => agent === null)) return lines.join('\n');
  const more = lines.length - MOST_LINES;
  const rest = more > 0 ? [`  and ${formatCounted(more, 'more agent')}`] : [];
  return [`${place}, by ${formatCounted(lines.length, 'agent')}`, ...lines.slice(0, MOST_LINES), ...rest].join('\n');
}

/** So many agents have a line. */
const MOST_LINES = 10;

function tookUs({ report }: MachineCanary): number {
  const { tcpUs, tlsUs, upgradeUs, sessionUs, replyUs } = report;
  return [tcpUs, tlsUs, upgradeUs, sessionUs, replyUs].reduce<number>((sum, us) => sum + (us ?? 0), 0);
}

/** What the canary found, as it is told. */
export function canaryEvent({ endpoint, target, canaries }: Reached): CanaryEvent {
  return { type: 'canary', url: endpoint.url, engine: target.engine, canaries };
}

function targetDeps({ around, folder, crew = null }: SessionRequest): TargetDeps {
  const host = crew?.targetHost ?? null;
  return {
    ...{ cliPath: CLI_PATH, signal: around.signal },
    ...(folder === undefined ? {} : { folder }),
    ...(host === null ? {} : { host }),
  };
}

/** The canary, followed to where redirects lead if the profile says so. Every new host is judged as the first was. */
async function reach(request: SessionRequest, first: Endpoint): Promise<CheckedWay> {
  const { parsed, plan, around, allowedTargets, onRedirect } = request;
  const { profile } = parsed;
  const asked = [first.url];
  const permit = (target: Profile['target']) => permitted({ ...profile, target }, plan, allowedTargets, around.env);
  let way: Way = { endpoint: first, route: request.route };
  for (;;) {
    try {
      return { ...way, canaries: [{ agent: null, report: await sendCanary(request, way.endpoint) }] };
    } catch (error) {
      if (!profile.target.followRedirects || !(error instanceof CanaryRefused) || error.location === null) throw error;
      const { location, message, next } = error;
      const from = { endpoint: way.endpoint, asked };
      way = await followRedirect({ location, message, next }, from, permit, { profile, onRedirect });
    }
  }
}

/** Of what a refusal said. */
const SAID_MAX = 300;

function sendCanary({ parsed, plan, around }: SessionRequest, endpoint: Endpoint): Promise<CanaryReport> {
  const { profile, secrets } = parsed;
  return runCanary({
    cells: canaryCells(plan.cells),
    endpoint,
    env: envOfLoad(profile, around.env),
    folder: around.cwd,
    data: profile.data,
    printable: foreignWords(parsed),
    transcribed: transcribedWords(parsed),
    shownUrl: new Redactor(secrets).text(redactUrl(endpoint.url)),
    signal: around.signal,
  });
}
