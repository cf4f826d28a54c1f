/**
 * intervals.ndjson: one line for each interval and for each sample of the server, each with a checksum. Appended during
 * a run.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Interval } from '../metrics/interval.js';
import type { ServerSecond } from '../metrics/seconds/server-second.js';
import { DISK, type Durability } from './durability.js';
import { writeFailed } from './store-error.js';

/** `{"crc":"<CRC-32 of the interval's JSON, 8 hex digits>","interval":{...}}` and a line feed. */
export function intervalLine(interval: Interval): string {
  return lineOf('interval', interval);
}

/** As `intervalLine`, with `server` in place of `interval`. */
export function serverLine(second: ServerSecond): string {
  return lineOf('server', second);
}

function lineOf(kind: 'interval' | 'server', value: Interval | ServerSecond): string {
  const json = JSON.stringify(value);
  return `{"crc":"${checksum(json)}","${kind}":${json}}\n`;
}

const LINE = /^\{"crc":"([0-9a-f]{8})","(interval|server)":(\{.*\})\}$/s;

export type ParsedLine =
  | { readonly ok: true; readonly interval: Interval }
  | { readonly ok: true; readonly server: ServerSecond }
  | { readonly ok: false; readonly problem: string };

/** One line without its line feed. */
export function parseIntervalLine(line: string): ParsedLine {
  const match = LINE.exec(line);
  if (match === null) return { ok: false, problem: 'not an interval line' };
  const [, crc, kind, json] = match as unknown as [string, string, 'interval' | 'server', string];
  if (checksum(json) !== crc) return { ok: false, problem: `checksum is ${checksum(json)}, the line says ${crc}` };
  const value = jsonOf(json);
  if (value === null) return { ok: false, problem: 'no JSON' };
  if (kind === 'server') return { ok: true, server: value as ServerSecond };
  return { ok: true, interval: value as Interval };
}

/** Null if the text is not JSON, although its checksum is right. */
function jsonOf(text: string): object | null {
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}

/** Appends lines in order. Callers never wait. A failed write is kept and thrown by `flush` and `close`. */
export class IntervalLog {
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
