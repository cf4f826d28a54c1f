/** A file that grows by lines during a run, and is safe on the disk once it is closed. */
import type { FileHandle } from 'node:fs/promises';
import { DISK, type Durability } from './durability.js';
import { writeFailed } from './store-error.js';

/** Appends lines in order. Callers never wait. A failed write is kept and thrown by `flush` and `close`. */
export class LineLog {
  readonly #file: string;
  readonly #handle: FileHandle;
  #pending: string[] = [];
  #writing: Promise<void> | null = null;
  #failure: Error | null = null;
  #closed = false;

  readonly #disk: Durability;

  /** `handle` is open for appending. The log owns it from here on and closes it. */
  constructor(file: string, handle: FileHandle, disk: Durability = DISK) {
    this.#file = file;
    this.#disk = disk;
    this.#handle = handle;
  }

  /** `line` ends with its line feed. */
  append(line: string): void {
    if (this.#closed) throw new Error(`${this.#file} is closed`);
    // Write nothing after a failure: a file with a gap would look complete.
    if (this.#failure !== null) return;
    this.#pending.push(line);
    this.#writing ??= this.#drain();
  }

  /** Waits until all appended lines are written. Throws WsurgeError if a write failed. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Syncs to the disk and closes. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.flush();
      await this.#disk.file(this.#handle, this.#file);
    } catch (error) {
      throw writeFailed(this.#file, error);
    } finally {
      await this.#handle.close();
    }
  }

  async #drain(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const lines = this.#pending;
        this.#pending = [];
        await this.#handle.appendFile(lines.join(''), 'utf8');
      }
    } catch (error) {
      this.#failure = writeFailed(this.#file, error);
      this.#pending = [];
    } finally {
      this.#writing = null;
    }
  }
}
