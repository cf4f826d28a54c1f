import type { Target } from '../profile/profile.js';
import { startCommand } from './command.js';
import { startEmbedded } from './embedded.js';
import type { RunningTarget } from './running-target.js';

export interface TargetDeps {
  /** The compiled command line of wsurge, whose `serve` is the embedded server. */
  readonly cliPath: string;
  /** Port of the embedded server; a free one where it is absent. */
  readonly port?: number;
  /** More flags of `serve` for the embedded server. */
  readonly serveFlags?: readonly string[];
  /** Where `command` is started; the folder of this process where it is absent. */
  readonly folder?: string;
  /** From the start of the embedded server to ready, ms. Default 30,000. */
  readonly readyTimeoutMs?: number;
  /** Gives up a start that has not finished: the process is stopped and the start rejects. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the server under test and waits until it takes connections; for a `url` target there is nothing to do.
 * Whatever goes wrong, nothing is left running. Rejects with a `WsurgeError`: 104 where the command cannot be started
 * or its port is taken, 103 where it never gets ready, 105 where `signal` ended it.
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
