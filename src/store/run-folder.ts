import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, EXIT, messageOf, usageError, WsurgeError } from '../errors.js';
import type { Interval } from '../metrics/interval.js';
import { writeAtomically } from './atomic-write.js';
import { crc32 } from './crc32.js';

export const RUN_FILE = 'run.json';
export const INTERVALS_FILE = 'intervals.ndjson';
export const RESULT_FILE = 'result.json';

/** `2026-11-24T10-15-30Z-report`: sorts by time, fits every file system. */
export function runIdOf(name: string, startedAt: Date): string {
  const time = startedAt.toISOString().replace(/\.\d+Z$/, 'Z').replaceAll(':', '-');
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);
  return slug === '' ? time : `${time}-${slug}`;
}

/** Makes the folder of one run. Throws 104 where it cannot, before any load has been sent. */
export async function createRunFolder(root: string, name: string, startedAt: Date): Promise<RunFolder> {
  try {
    await mkdir(root, { recursive: true });
    const base = runIdOf(name, startedAt);
    for (let attempt = 1; ; attempt++) {
      const runId = attempt === 1 ? base : `${base}-${attempt}`;
      const folder = path.join(root, runId);
      const made = await mkdir(folder).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        },
      );
      if (made) return await RunFolder.open(runId, folder);
    }
  } catch (error) {
    throw usageError(
      'results_not_writable',
      `cannot write results to ${root}: ${messageOf(error)}`,
      'choose another folder with -o DIR',
    );
  }
}

/** What one run leaves on disk: run.json, intervals.ndjson, result.json and the reports. */
export class RunFolder {
  readonly runId: string;
  readonly path: string;
  readonly #intervals: WriteStream;
  #failure: Error | null = null;
  #closed = false;

  private constructor(runId: string, folder: string, intervals: WriteStream) {
    this.runId = runId;
    this.path = folder;
    this.#intervals = intervals;
    intervals.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  static async open(runId: string, folder: string): Promise<RunFolder> {
    const intervals = createWriteStream(path.join(folder, INTERVALS_FILE), { flags: 'a' });
    await new Promise<void>((resolve, reject) => {
      intervals.once('open', () => resolve());
      intervals.once('error', reject);
    });
    return new RunFolder(runId, folder, intervals);
  }

  async writeRun(data: unknown): Promise<void> {
    await this.#write(RUN_FILE, `${JSON.stringify(data, null, 2)}\n`);
  }

  /** Adds one line, guarded by a CRC. What fails to be written is reported by the next write of a file. */
  appendInterval(interval: Interval): void {
    const text = JSON.stringify(interval);
    this.#intervals.write(`{"crc":"${crc32(text)}","interval":${text}}\n`);
  }

  async writeResult(document: unknown): Promise<void> {
    await this.#write(RESULT_FILE, `${JSON.stringify(document, null, 2)}\n`);
  }

  async writeReport(name: string, text: string): Promise<void> {
    await this.#write(name, text);
  }

  /** Flushes the lines and closes the file; a second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await new Promise<void>((resolve) => {
      if (this.#failure !== null) return resolve();
      this.#intervals.once('close', () => resolve());
      this.#intervals.end();
    });
  }

  /** Takes the folder away again: for a run that never began. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async #write(name: string, text: string): Promise<void> {
    const file = path.join(this.path, name);
    try {
      if (this.#failure !== null) throw this.#failure;
      await writeAtomically(file, text);
    } catch (error) {
      throw new WsurgeError(EXIT.internal, 'results_not_written', `cannot write ${file}: ${messageOf(error)}`, {
        next: 'free some space, or choose another folder with -o DIR',
        cause: error,
      });
    }
  }
}
