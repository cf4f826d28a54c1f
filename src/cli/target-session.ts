import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CampaignDeps, type CampaignObserver, runCampaign } from '../campaign/campaign.js';
import { RenewedProbe, serverProbe } from '../campaign/server-probe.js';
import { type CanaryReport, flyCanary } from '../coordinator/canary.js';
import { rowShortage } from '../coordinator/hand-out.js';
import { HostLoad } from '../coordinator/host-load.js';
import { readLimits } from '../coordinator/limits.js';
import { peaksOf, preflight, refuseIfAny } from '../coordinator/preflight.js';
import { resolveTarget } from '../coordinator/resolve-target.js';
import { ThreadRunner } from '../coordinator/thread-runner.js';
import { toolVersion } from '../coordinator/tool-version.js';
import { profileError } from '../errors.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { Endpoint } from '../plan/cell.js';
import type { Plan } from '../plan/plan.js';
import type { ParsedProfile, Profile } from '../profile/profile.js';
import { literalSecrets, redactUrl } from '../profile/redact.js';
import { envTokens } from '../profile/tokens.js';
import { Redactor } from '../report/redact.js';
import { sanitize } from '../report/sanitize.js';
import { restartTarget } from '../target/restart.js';
import type { RunningTarget } from '../target/running-target.js';
import { startTarget, type TargetDeps } from '../target/target.js';
import type { CliIo } from './io.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** The compiled command line, whose `serve` is the embedded server, and the worker file. */
export const CLI_PATH = path.join(HERE, 'bin.js');
const WORKER_PATH = path.join(HERE, '../../workers/load-worker.js');
/** The name of this generator in the lines it writes; one machine today. */
const AGENT = 'local';

interface SessionRequest {
  readonly parsed: ParsedProfile;
  readonly plan: Plan;
  readonly io: CliIo;
  /** Where the profile's command is started; this process's folder where it is absent. */
  readonly folder?: string;
  /** What `permitted` gave. */
  readonly address: string | null;
}

/**
 * Checks that this machine can make the plan's load (file descriptors, ports) and may send it to this target (consent).
 * Returns the target's IP address; null for an embedded server or a unix socket. Throws WsurgeError 104 if not, 103 for an
 * unknown name.
 */
export async function permitted(
  profile: Profile,
  plan: Plan,
  allowedTargets: readonly string[],
): Promise<string | null> {
  const resolved = profile.target.kind === 'embedded' ? null : await resolveTarget(profile.target.url);
  const { data, dataReuse } = profile;
  const asides = [plan.preWarm, plan.idleMemory?.cell ?? null].filter((cell) => cell !== null);
  const cells = [...asides, ...plan.cells];
  const shortage = rowShortage(cells, data.length, dataReuse);
  if (shortage !== null) throw profileError([shortage]);
  refuseIfAny(
    preflight(
      {
        ...peaksOf(plan.cells),
        workers: plan.workers,
        host: resolved?.host ?? '127.0.0.1',
        address: resolved === null ? '127.0.0.1' : resolved.address,
        localAddresses: profile.localAddresses,
        allowedTargets,
      },
      readLimits(),
    ),
  );
  return resolved?.address ?? null;
}

/** The worker threads of a command. The caller disposes of them; they may serve one session after the other. */
export function loadThreads(profile: Profile, plan: Plan): ThreadRunner {
  return new ThreadRunner({
    ...{ workers: plan.workers, workerFile: WORKER_PATH, agent: AGENT },
    instrumentCheck: profile.instrumentCheck,
  });
}

/** A server under test that is up and has answered one message; loads can be run on it until it is closed. */
export class TargetSession {
  readonly endpoint: Endpoint;
  readonly canary: CanaryReport;
  #target: RunningTarget;
  readonly #request: SessionRequest;

  private constructor(request: SessionRequest, target: RunningTarget, endpoint: Endpoint, canary: CanaryReport) {
    this.#target = target;
    this.endpoint = endpoint;
    this.canary = canary;
    this.#request = request;
  }

  /** Starts the server if the profile says so, and sends the canary. Throws WsurgeError 103 or 104 and leaves nothing running. */
  static async open(request: SessionRequest): Promise<TargetSession> {
    const { parsed, address } = request;
    const target = await startTarget(parsed.profile.target, targetDeps(request));
    try {
      const endpoint = endpointFor(parsed.profile, target, address);
      return new TargetSession(request, target, endpoint, await sendCanary(request, target, endpoint));
    } catch (error) {
      await target.stop();
      throw error;
    }
  }

  /** The server as it runs now. It changes when an event of the plan restarts the server. */
  get target(): RunningTarget {
    return this.#target;
  }

  /** Runs the source's cells on this server. */
  run(
    cells: Pick<CampaignDeps, 'runner' | 'source' | 'preWarm' | 'twins' | 'extension'>,
    observer: CampaignObserver,
  ): Promise<RunOutcome> {
    const { parsed, plan, io } = this.#request;
    const { profile } = parsed;
    const server = new RenewedProbe(() => serverProbe(profile.target, this.#target, this.endpoint.address));
    return runCampaign(
      {
        ...cells,
        idleMemory: plan.idleMemory,
        workers: plan.workers,
        planHash: plan.hash,
        pacing: plan.pacing,
        endpoint: this.endpoint,
        env: envTokens(profile, io.env),
        data: profile.data,
        reuse: profile.dataReuse,
        server,
        host: new HostLoad(),
        restart: profile.target.kind === 'url' ? null : () => this.#restart(server),
        thresholds: profile.thresholds,
        interrupt: io.signal,
      },
      observer,
    );
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

function targetDeps({ io, folder }: SessionRequest): TargetDeps {
  return { cliPath: CLI_PATH, signal: io.signal, ...(folder === undefined ? {} : { folder }) };
}

function sendCanary(
  { parsed, plan, io }: SessionRequest,
  target: RunningTarget,
  endpoint: Endpoint,
): Promise<CanaryReport> {
  const { profile, secrets } = parsed;
  const foreign = new Redactor([...secrets, ...literalSecrets(profile)]);
  return flyCanary({
    cell: plan.cells[0]!,
    endpoint,
    env: envTokens(profile, io.env),
    data: profile.data,
    printable: (text, most) => sanitize(foreign.text(text), most),
    shownUrl: new Redactor(secrets).text(redactUrl(target.url)),
    signal: io.signal,
  });
}

/** Where the connections of a command go. `address`: what the target's name resolved to. */
export function endpointFor(profile: Profile, running: RunningTarget, address: string | null): Endpoint {
  const { headers, subprotocols, tls, kind } = profile.target;
  return {
    url: running.url,
    address: kind === 'embedded' ? '127.0.0.1' : address,
    headers,
    subprotocols,
    tls,
    localAddresses: profile.localAddresses,
    userAgent: `wsurge/${toolVersion()}`,
  };
}
