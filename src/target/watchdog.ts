import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { unreachableError } from '../errors.js';

const PROGRAM = fileURLToPath(new URL('watchdog-process.js', import.meta.url));

/** Whom the watchdog ends, and how; what it reads on its stdin, as JSON. */
export interface Watched {
  /** The leader of a process group. */
  readonly pid: number;
  /** Ticks from boot to its start, so that nobody is ended who has its pid later; null where there is no /proc. */
  readonly startTicks: number | null;
  /** SIGTERM to SIGKILL, ms. */
  readonly graceMs: number;
}

/**
 * A process that ends the server under test where wsurge itself is killed and can do nothing more. Its stdin is a pipe
 * that only this process holds: the kernel closes it, however this process ends. It has no part in the measurement: it
 * sleeps, and is no descendant of the server.
 */
export class Watchdog {
  readonly #process: ChildProcess;

  /** To be made before the server is started: afterwards would leave a gap. Throws WsurgeError 103 where it cannot start. */
  constructor(node: string = process.execPath) {
    // A process group of its own: Ctrl-C and a closed terminal reach wsurge, which is then still to be watched.
    // No folder, no output and no Node options of ours: none is held open by it, none disturbs it.
    const env = { ...process.env, NODE_OPTIONS: undefined };
    this.#process = spawn(node, [PROGRAM], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/', env });
    // Why it did not start is told below; that it was ended by somebody is no reason to end a run.
    this.#process.on('error', () => undefined);
    this.#process.stdin!.on('error', () => undefined);
    if (this.#process.pid === undefined) {
      throw unreachableError(
        'watchdog_not_started',
        'cannot start the process that ends the target should wsurge be killed',
        'look whether this user may start more processes: ulimit -u',
      );
    }
    // Nobody waits for it, so that it keeps no event loop alive.
    this.#process.unref();
  }

  get pid(): number {
    return this.#process.pid!;
  }

  watch(watched: Watched): void {
    this.#process.stdin!.write(JSON.stringify(watched));
  }

  /** There is nothing more to watch. Resolves when it is gone. */
  async dismiss(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.ref();
    this.#process.kill('SIGKILL');
    await gone;
    this.#process.stdin!.destroy();
  }
}
