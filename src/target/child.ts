import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { EXIT, WsurgeError } from '../errors.js';
import { procOfThisSystem } from '../machine/proc/proc-files.js';
import { OutputTail } from './output-tail.js';
import { KILL_WAIT_MS, ProcessGroup } from './process-group.js';
import type { Exit } from './running-target.js';
import { Watchdog } from './watchdog.js';

/**
 * How long to wait for the last output after every process has ended. (A process that we do not see may hold the pipe
 * open.)
 */
const LAST_OUTPUT_WAIT_MS = 500;
/** If wsurge is killed, how long the server has between SIGTERM and SIGKILL, ms. Nobody waits for it any more. */
const ORPHAN_GRACE_MS = 2000;

export interface ChildSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdio: StdioOptions;
  /** Working directory of the process; that of wsurge if absent. */
  readonly folder?: string;
  /** Time between SIGTERM and SIGKILL, ms. */
  readonly stopTimeoutMs: number;
}

/**
 * A server process that wsurge started. It leads its own process group: Ctrl-C at the terminal reaches wsurge but not
 * the server, and stopping the group reaches every process that the server started. If wsurge is killed, its watchdog
 * stops the server.
 */
export class Child {
  readonly process: ChildProcess;
  /** The last lines printed, stdout and stderr together. */
  readonly output = new OutputTail();
  /** Resolves when the process has ended; rejects if it could not be started. */
  readonly ended: Promise<Exit>;
  readonly #streams: readonly OutputTail[];
  readonly #group: ProcessGroup | null;
  readonly #watchdog: Watchdog;
  /** Resolves when the process has ended and all its output is read. */
  readonly #closed: Promise<void>;
  readonly #stopTimeoutMs: number;
  #exit: Exit | null = null;
  #wasKilled = false;
  #stopping: Promise<void> | null = null;
  readonly #killAtExit = () => this.#group?.signal('SIGKILL');

  /** Throws WsurgeError 103 if the watchdog cannot be started. Any other failure rejects `ended`. */
  constructor(spec: ChildSpec) {
    this.#stopTimeoutMs = spec.stopTimeoutMs;
    this.#watchdog = new Watchdog();
    this.process = spawn(spec.file, spec.args, { stdio: spec.stdio, cwd: spec.folder, detached: true });
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
    // Callers that await `ended` see the failure. Without them it must not count as unhandled.
    this.ended.catch(() => undefined);
    this.#closed = new Promise((resolve) => this.process.once('close', () => resolve()));
    const { pid } = this.process;
    this.#group = pid === undefined ? null : new ProcessGroup(pid, procOfThisSystem());
    if (this.#group !== null && pid !== undefined) {
      const graceMs = Math.min(ORPHAN_GRACE_MS, spec.stopTimeoutMs);
      this.#watchdog.watch({ pid, startTicks: this.#group.startTicks, graceMs });
    }
    this.#streams = [this.#keep(this.process.stdout), this.#keep(this.process.stderr)];
    process.once('exit', this.#killAtExit);
  }

  #keep(stream: NodeJS.ReadableStream | null): OutputTail {
    const own = new OutputTail();
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      this.output.push(chunk);
      own.push(chunk);
    });
    return own;
  }

  /** Resolves when the text has been printed on stdout or stderr. */
  printed(text: string): Promise<void> {
    return Promise.race(this.#streams.map((stream) => stream.seen(text)));
  }

  /** Null while it runs. */
  exited(): Exit | null {
    return this.#exit;
  }

  /** True if SIGTERM did not end the process or one that it started. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  /** Sends SIGTERM, then SIGKILL. Resolves when the process and all that it started are gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    if (this.#group !== null) {
      this.#group.signal('SIGTERM');
      if (!(await this.#group.gone(this.#stopTimeoutMs))) {
        this.#wasKilled = true;
        this.#group.signal('SIGKILL');
        if (!(await this.#group.gone(KILL_WAIT_MS))) throw stuckError(this.process.pid);
      }
      await this.ended;
      await Promise.race([this.#closed, delay(LAST_OUTPUT_WAIT_MS, undefined, { ref: false })]);
    }
    await this.#watchdog.dismiss();
    process.off('exit', this.#killAtExit);
    this.process.stdout?.destroy();
    this.process.stderr?.destroy();
  }
}

function stuckError(pid: number | undefined): WsurgeError {
  return new WsurgeError(EXIT.internal, 'target_stuck', `the target (pid ${pid}) still runs after SIGKILL`, {
    next: `end it by hand: kill -9 -${pid}`,
  });
}
