import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { EXIT, WsurgeError } from '../errors.js';
import { OutputTail } from './output-tail.js';
import { procOfThisSystem } from './proc-files.js';
import { KILL_WAIT_MS, ProcessGroup } from './process-group.js';
import type { Exit } from './running-target.js';
import { Watchdog } from './watchdog.js';

/** How long the last output may take to arrive once every process is gone (one that hid from us may hold the pipe). */
const LAST_OUTPUT_WAIT_MS = 500;
/** How long it has to end on SIGTERM once wsurge was killed, at most: nobody waits for it any more. */
const ORPHAN_GRACE_MS = 2000;

export interface ChildSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdio: StdioOptions;
  /** Where it starts; the folder of this process where it is absent. */
  readonly folder?: string;
  /** SIGTERM to SIGKILL, ms. */
  readonly stopTimeoutMs: number;
}

/**
 * A server process of ours, leader of its own process group: a Ctrl-C at the terminal reaches wsurge, not the server
 * under test, and stopping it reaches all that it started. Where wsurge is killed, its watchdog stops it.
 */
export class Child {
  readonly process: ChildProcess;
  /** What it printed last, on both streams. */
  readonly output = new OutputTail();
  /** Resolves when it ended; rejects when it could not be started. */
  readonly ended: Promise<Exit>;
  readonly #streams: readonly OutputTail[];
  readonly #group: ProcessGroup | null;
  readonly #watchdog: Watchdog;
  /** Resolves when it ended and its output is read to the end. */
  readonly #closed: Promise<void>;
  readonly #stopTimeoutMs: number;
  #exit: Exit | null = null;
  #wasKilled = false;
  #stopping: Promise<void> | null = null;
  readonly #killAtExit = () => this.#group?.signal('SIGKILL');

  /** Throws WsurgeError 103 where there can be no watchdog; any other failure is told by `ended`. */
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
    // Callers that wait for this promise see the failure; nobody has to wait for it.
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

  /** Resolves when the text was printed on stdout or stderr. */
  printed(text: string): Promise<void> {
    return Promise.race(this.#streams.map((stream) => stream.seen(text)));
  }

  /** Null while it runs. */
  exited(): Exit | null {
    return this.#exit;
  }

  /** Whether SIGTERM was not enough, for it or for what it started. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  /** SIGTERM, then SIGKILL; resolves when it and all it started are gone. */
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
