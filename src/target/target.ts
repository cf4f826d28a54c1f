import type { Target } from '../profile/profile.js';
import { startCommand } from './command.js';
import { startEmbedded } from './embedded.js';
import type { RunningTarget } from './running-target.js';

export interface TargetDeps {
  /** The compiled command line of wsurge: its `serve` is the embedded server. */
  readonly cliPath: string;
  /** Port of the embedded server; a free port if absent. */
  readonly port?: number;
  /** Address that the embedded server listens on; loopback if absent. */
  readonly host?: string;
  /** Further flags of `serve` for the embedded server. */
  readonly serveFlags?: readonly string[];
  /** Working directory of `command`; that of this process if absent. */
  readonly folder?: string;
  /** How long the embedded server may take to become ready, ms. Default 30,000. */
  readonly readyTimeoutMs?: number;
  /** Aborts a start that has not finished: the process is stopped and the start rejects. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the server under test and waits until it accepts connections. Does nothing for a `url` target. After a failure
 * nothing is left running. Rejects with a `WsurgeError`: 104 if the command cannot be started or its port is taken, 103
 * if the server never becomes ready, 105 if `signal` aborted.
 */
export async function startTarget(target: Target, deps: TargetDeps): Promise<RunningTarget> {
  switch (target.kind) {
    case 'url':
      return {
        url: target.url,
        engine: null,
        hint: null,
        pid: null,
        exited: () => null,
        lastLines: () => '',
        output: null,
        wasKilled: () => false,
        stop: () => Promise.resolve(),
      };
    case 'embedded':
      return startEmbedded(target, deps);
    case 'command':
      return startCommand(target, deps);
  }
}
