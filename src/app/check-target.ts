import type { ServerProcess } from '../check/context.js';
import { OWN_PATH, type OwnServer } from '../check/expectations.js';
import type { Target } from '../profile/profile.js';
import { chooseSampler } from '../target/choose-sampler.js';
import { restartTarget } from '../target/restart.js';
import type { RunningTarget } from '../target/running-target.js';
import { startTarget, type TargetDeps } from '../target/target.js';
import { CLI_PATH } from './target-session.js';

/**
 * How often the embedded server pings. A new connection is pinged within two intervals, before the check of idle
 * connections gives up; a dead one is dropped within three, which a check waits for.
 */
const PING_MS = { full: 4000, quick: 1000 } as const;

/** The server under test, which checks may watch and restart. */
export class CheckTarget {
  readonly own: OwnServer | null;
  readonly #target: Target;
  readonly #quick: boolean;
  readonly #address: string | null;
  readonly #signal: AbortSignal;
  #running: RunningTarget;

  private constructor(
    target: Target,
    quick: boolean,
    address: string | null,
    signal: AbortSignal,
    running: RunningTarget,
  ) {
    this.#target = target;
    this.#quick = quick;
    this.#address = address;
    this.#signal = signal;
    this.#running = running;
    this.own = target.kind === 'embedded' ? { pingIntervalMs: pingMs(quick) } : null;
  }

  /** `address`: what the target's name resolved to; null for an embedded server. */
  static async start(
    target: Target,
    quick: boolean,
    address: string | null,
    signal: AbortSignal,
  ): Promise<CheckTarget> {
    return new CheckTarget(target, quick, address, signal, await startTarget(target, depsOf(quick, signal)));
  }

  get running(): RunningTarget {
    return this.#running;
  }

  /** The server's process for checks to watch; null if it cannot be watched. */
  process(): ServerProcess | null {
    const choose = () => chooseSampler(this.#target, this.#running, this.#address);
    let choice = choose();
    if (choice.status === 'unavailable') return null;
    let { pid } = choice.sampler;
    // A supervisor may have started another process since.
    const sample = () => {
      const now = choice.status === 'ready' ? choice.sampler.sample() : null;
      if (now !== null) return now;
      choice = choose();
      if (choice.status === 'unavailable') return null;
      pid = choice.sampler.pid;
      return choice.sampler.sample();
    };
    const target = this;
    if (this.#target.kind === 'url') {
      return {
        get pid() {
          return pid;
        },
        ...{ sample, exited: () => null, log: null, restart: null },
      };
    }
    return {
      get pid() {
        return target.#running.pid ?? 0;
      },
      sample,
      exited: () => exitText(target.#running),
      get log() {
        return target.#running.output;
      },
      restart: async () => {
        await target.#restart();
        choice = choose();
      },
    };
  }

  async close(): Promise<void> {
    await this.#running.stop();
  }

  async #restart(): Promise<void> {
    this.#running = await restartTarget(this.#target, this.#running, depsOf(this.#quick, this.#signal));
  }
}

function pingMs(quick: boolean): number {
  return quick ? PING_MS.quick : PING_MS.full;
}

function depsOf(quick: boolean, signal: AbortSignal): TargetDeps {
  return { cliPath: CLI_PATH, serveFlags: ['--path', OWN_PATH, '--ping-interval', `${pingMs(quick)}ms`], signal };
}

function exitText(running: RunningTarget): string | null {
  const exit = running.exited();
  if (exit === null) return null;
  return exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
}
