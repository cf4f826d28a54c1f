import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { unreachableError } from '../errors.js';

const PROGRAM = fileURLToPath(new URL('watchdog-process.js', import.meta.url));

/** What the watchdog has to end, and how. It reads this on its stdin, as JSON. */
export interface Watched {
  /** The leader of a process group. */
  readonly pid: number;
  /**
   * Clock ticks from boot to its start, so that a later process with the same pid is left alone; null without /proc.
   */
  readonly startTicks: number | null;
  /** Time between SIGTERM and SIGKILL, ms. */
  readonly graceMs: number;
}

/**
 * A process that ends the server under test if wsurge is killed and cannot do so itself. Its stdin is a pipe that only
 * this process holds, and the kernel closes that pipe however this process ends. It does not affect the measurement: it
 * sleeps, and it is not a descendant of the server.
 */
export class Watchdog {
  readonly #process: ChildProcess;

  /**
   * Must be made before the server is started, because a later watchdog would leave a gap. Throws WsurgeError 103 if it
   * cannot start.
   */
  constructor(node: string = process.execPath) {
    // It has its own process group: Ctrl-C and a closed terminal reach wsurge, and the watchdog must outlive it. It
    // gets no folder, output or Node options of ours, so that it keeps nothing open and nothing disturbs it.
    const env = { ...process.env, NODE_OPTIONS: undefined };
    this.#process = spawn(node, [PROGRAM], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/', env });
    // A failed start is reported below. If somebody ends the watchdog later, that is no reason to end the run.
    this.#process.on('error', () => undefined);
    this.#process.stdin!.on('error', () => undefined);
    if (this.#process.pid === undefined) {
      throw unreachableError(
        'watchdog_not_started',
        'cannot start the watchdog, which ends the target if wsurge is killed',
        'check whether this user may start more processes: ulimit -u',
      );
    }
    // Nobody waits for the watchdog, so it must not keep the event loop alive.
    this.#process.unref();
  }

  get pid(): number {
    return this.#process.pid!;
  }

  watch(watched: Watched): void {
    this.#process.stdin!.write(JSON.stringify(watched));
  }

  /** Ends the watchdog, because there is nothing left to watch. Resolves when it is gone. */
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
