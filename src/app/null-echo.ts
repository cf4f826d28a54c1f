/** The server of `--null-twin`. */

import type { TwinServer } from '../campaign/null-twins.js';
import { serverProbe } from '../campaign/server-probe.js';
import { usageError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import { twinOf, twinPreWarm } from '../plan/null-twin.js';
import type { Plan } from '../plan/plan.js';
import type { Profile, Target } from '../profile/profile.js';
import type { RunningTarget } from '../target/running-target.js';
import { startTarget } from '../target/target.js';
import type { Surroundings } from './surroundings.js';
import { CLI_PATH } from './target-session.js';

const HOST = '127.0.0.1';
const TARGET: Target = {
  ...{
    kind: 'embedded',
    engine: 'auto',
    headers: {},
    subprotocols: [],
    pid: 'auto',
    resolve: 'all',
    proxy: null,
    followRedirects: false,
  },
  tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
};
/** Messages come back as they were sent; nothing else is sent over these connections. */
const SERVE_FLAGS = ['--plain-echo', '--ping-interval', '0s'];

/**
 * Runs `wsurge serve --plain-echo` in its own process: the load's threads share only the machine with it, as with a
 * target on this machine. The echo idles while cells run. It speaks neither TLS nor the target's headers and
 * sub-protocols.
 */
export class NullEcho {
  readonly #running: RunningTarget;
  readonly twins: TwinServer;

  private constructor(running: RunningTarget, twins: TwinServer) {
    this.#running = running;
    this.twins = twins;
  }

  /** Throws WsurgeError 103 where it does not start. */
  static async start(profile: Profile, plan: Plan, { signal }: Pick<Surroundings, 'signal'>): Promise<NullEcho> {
    const running = await startTarget(TARGET, { cliPath: CLI_PATH, signal, serveFlags: SERVE_FLAGS });
    const endpoint = {
      ...{ url: running.url, address: HOST, headers: {}, subprotocols: [], tls: TARGET.tls },
      localAddresses: profile.localAddresses,
      userAgent: `wsurge/${toolVersion()}`,
    };
    const server = serverProbe(TARGET, running, HOST);
    return new NullEcho(running, { endpoint, server, preWarm: twinPreWarm(plan.cells) });
  }

  async stop(): Promise<void> {
    await this.#running.stop();
  }
}

/** Throws WsurgeError 104 where no cell of the plan has a null twin. */
export function refuseWithoutTwins({ cells }: Plan): void {
  const plans = cells.map((cell) => ({ id: cell.id, ...twinOf(cell) }));
  if (plans.some(({ cell }) => cell !== null)) return;
  const [first] = plans;
  throw usageError(
    'no_null_twin',
    `--null-twin: no cell of this profile can be run again against a null echo; ${first!.id}: ${first!.reason}`,
    'it needs a steady load of the open model whose replies are matched',
  );
}
