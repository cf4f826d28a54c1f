import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { messageOf, usageError, type WsurgeError } from '../../errors.js';
import type { TruthEntry } from './truth-entry.js';

/** Lines wait in memory up to this size or this long, so that the hot path does not write. */
const CHUNK_CHARACTERS = 64 * 1024;
const LONGEST_WAIT_MS = 100;

/** A truth log on disk: one JSON object a line. */
export class TruthFile {
  /** Resolves if the file becomes unwritable; else stays pending. */
  readonly failure: Promise<WsurgeError>;
  readonly #stream: WriteStream;
  #waiting = '';
  #timer: NodeJS.Timeout | null = null;
  #error: WsurgeError | null = null;

  /** Empties the file or creates it. Throws a WsurgeError (104, `truth_log`) if it is not writable. */
  constructor(path: string) {
    try {
      this.#stream = createWriteStream(path, { fd: openSync(path, 'w') });
    } catch (error) {
      throw unwritable(path, error);
    }
    this.failure = new Promise((resolve) => {
      this.#stream.on('error', (error) => {
        this.#error = unwritable(path, error);
        resolve(this.#error);
      });
    });
  }

  write(entry: TruthEntry): void {
    this.#waiting += lineOf(entry);
    if (this.#waiting.length >= CHUNK_CHARACTERS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), LONGEST_WAIT_MS);
  }

  /** Resolves when every line is in the file. Rejects if a line could not be written. */
  async close(): Promise<void> {
    this.#flush();
    await new Promise<void>((resolve) => {
      if (this.#stream.closed) return resolve();
      this.#stream.once('close', resolve);
      this.#stream.end();
    });
    if (this.#error !== null) throw this.#error;
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting !== '' && this.#error === null) this.#stream.write(this.#waiting);
    this.#waiting = '';
  }
}

function lineOf(entry: TruthEntry): string {
  return `${JSON.stringify(entry, (_, value: unknown) => (typeof value === 'number' ? Math.round(value) : value))}\n`;
}

function unwritable(path: string, error: unknown): WsurgeError {
  const message = `the truth log ${path} cannot be written: ${messageOf(error)}`;
  return usageError('truth_log', message, 'give --truth-log a writable path on a disk with free space');
}
