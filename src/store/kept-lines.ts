/** What an agent keeps for its owner: the lines of its own workers, a file for each run. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../errors.js';
import type { Interval } from '../metrics/interval.js';
import { intervalLine } from './interval-log.js';
import { LineLog } from './line-log.js';
import { reasonOf } from './store-error.js';

/** Only a new file, never a link: see `atomic-file.ts`. */
const NEW_FILE =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
/** As much as a large line has. */
const PROBE_BYTES = 64 * 1024;
/** What a run may be called, as others say: nothing that leads out of the folder. */
const IS_NAME = /^[A-Za-z0-9_-]{1,64}$/;

type Open = (file: string, flags: number) => Promise<FileHandle>;

export interface KeepOptions {
  /** An existing folder. */
  readonly folder: string;
  /** The agent: several may keep their lines in one folder. */
  readonly agent: string;
  /** Told once for each run of which not all lines could be kept. */
  readonly warn: (line: string) => void;
  /** For tests. */
  readonly open?: Open;
}

export class KeptLines {
  readonly #o: KeepOptions;

  private constructor(options: KeepOptions) {
    this.#o = options;
  }

  /** Throws WsurgeError (104) if a file of some size cannot be written there now. */
  static async in(options: KeepOptions): Promise<KeptLines> {
    const probe = path.join(options.folder, `.wsurge-${randomBytes(8).toString('hex')}.tmp`);
    try {
      const handle = await (options.open ?? open)(probe, NEW_FILE);
      try {
        await handle.writeFile(Buffer.alloc(PROBE_BYTES));
      } finally {
        await handle.close();
        await rm(probe, { force: true });
      }
    } catch (error) {
      throw usageError(
        'keep_not_writable',
        `--keep: cannot write to ${options.folder}: ${reasonOf(error)}`,
        'name a folder that exists, with room on its disk, or leave out --keep',
      );
    }
    return new KeptLines(options);
  }

  /** The file of a run, `RUN-AGENT.ndjson`, in the form of intervals.ndjson. It is made with the first line. */
  begin(run: string): KeptRun {
    return new KeptRun(this.#o, run);
  }
}

/** The lines of one run. What cannot be written is told once, and changes nothing else. */
export class KeptRun {
  readonly #o: KeepOptions;
  readonly #file: string;
  /** Null where there is none, or none any more. */
  #log: Promise<LineLog | null> | null = null;
  #isBroken = false;

  constructor(options: KeepOptions, run: string) {
    this.#o = options;
    this.#file = path.join(options.folder, `${run}-${options.agent}.ndjson`);
    if (!IS_NAME.test(run)) this.#fail(new Error('the name of the run is none'));
  }

  /** Returns at once. What the server said is left out: it may repeat secrets of the run. */
  add(line: Interval): void {
    if (this.#isBroken) return;
    this.#log ??= this.#opened();
    const errors = line.errors.map(({ said: _, ...error }) => error);
    const text = intervalLine({ ...line, errors });
    void this.#log.then(async (log) => {
      if (log === null || this.#isBroken) return;
      log.append(text);
      await log.flush().catch((error: unknown) => this.#fail(error));
    });
  }

  /** Resolves when all of it is on the disk, or was told not to be. Never rejects. */
  async close(): Promise<void> {
    const log = await this.#log;
    await log?.close().catch((error: unknown) => this.#fail(error));
  }

  async #opened(): Promise<LineLog | null> {
    try {
      return new LineLog(this.#file, await (this.#o.open ?? open)(this.#file, NEW_FILE));
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  #fail(error: unknown): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const why = `cannot write ${JSON.stringify(this.#file)}: ${reasonOf(cause)}`;
    this.#o.warn(`--keep: ${why}; the run goes on, and its lines are kept no more`);
  }
}
