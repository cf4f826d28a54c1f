import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TruthOptions } from './truth-server-child.js';

export interface TruthServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Every message so far, by connection in order of opening. */
  log(): Promise<string[][]>;
  stop(): Promise<void>;
}

/** Starts a server of known behaviour in a process of its own. Stop it in a `finally` or an `after` hook. */
export async function truthServer(options: TruthOptions = {}): Promise<TruthServer> {
  const file = fileURLToPath(new URL('./truth-server-child.js', import.meta.url));
  const child: ChildProcess = fork(file, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    url: `ws://127.0.0.1:${port}/`,
    port,
    pid: child.pid!,
    log: async () => {
      child.send('log');
      const [log] = (await once(child, 'message')) as [string[][]];
      return log;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
