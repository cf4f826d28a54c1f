/**
 * Bodies that are too large for one message. They are cut into parts, and put together again where all of them have
 * come. A body is known by its SHA-256, so parts may come in any order and more than once.
 */
import { createHash } from 'node:crypto';
import { MAX_BODY_BYTES } from './codec.js';

/** What is left of a message for its headers, bytes. */
const HEADERS_BYTES = 4 * 1024;
const MESSAGE_BYTES_MAX = 1024 * 1024;
const PART_BYTES_MAX = 512 * 1024;

/** The smallest message that the exchange can work with, bytes. */
export const SMALLEST_MESSAGE_BYTES = 4 * HEADERS_BYTES;

/** The most parts that one body may have: all of them as small as the smallest message makes them. */
const PARTS_MAX = Math.ceil(MAX_BODY_BYTES / (SMALLEST_MESSAGE_BYTES - HEADERS_BYTES));

/** What a body is, without its bytes. */
export interface Outline {
  /** Of the whole, hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly parts: number;
}

/** The largest body of one message, bytes. */
export function wholeBytesMax(maxPayloadBytes: number): number {
  return Math.min(maxPayloadBytes, MESSAGE_BYTES_MAX) - HEADERS_BYTES;
}

/** The size of every part but the last one, bytes. */
export function partBytes(maxPayloadBytes: number): number {
  return Math.min(wholeBytesMax(maxPayloadBytes), PART_BYTES_MAX);
}

function sha256Of(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

export function outlineOf(body: Uint8Array, size: number): Outline {
  return { sha256: sha256Of(body), bytes: body.length, parts: Math.ceil(body.length / size) };
}

/** Part `index` of a body, from 0. */
export function partOf(body: Uint8Array, index: number, size: number): Uint8Array {
  return body.subarray(index * size, (index + 1) * size);
}

/** Why no body can be like this, or null. */
export function outlineProblem({ sha256, bytes, parts }: Outline): string | null {
  if (!/^[0-9a-f]{64}$/.test(sha256)) return 'its SHA-256 is none';
  if (!(Number.isSafeInteger(bytes) && bytes > 0)) return 'its size is no positive number';
  // JSON that cannot be deflated grows by a few bytes in each block.
  if (bytes > MAX_BODY_BYTES + MESSAGE_BYTES_MAX) return `its ${bytes} bytes are more than a body may have`;
  if (!(Number.isSafeInteger(parts) && parts > 0 && parts <= PARTS_MAX && parts <= bytes)) {
    return 'it cannot have that number of parts';
  }
  return null;
}

/** One body on its way. */
export class Assembly {
  readonly outline: Outline;
  readonly #parts = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor(outline: Outline) {
    this.outline = outline;
  }

  /** Bytes that have come. */
  get bytes(): number {
    return this.#bytes;
  }

  get missing(): number[] {
    const all = Array.from({ length: this.outline.parts }, (_, index) => index);
    return all.filter((index) => !this.#parts.has(index));
  }

  /** Takes a part; one that is there already is left as it is. False where it does not belong to this body. */
  add(index: number, part: Uint8Array): boolean {
    if (!(Number.isSafeInteger(index) && index >= 0 && index < this.outline.parts)) return false;
    if (this.#parts.has(index)) return true;
    if (part.length === 0 || this.#bytes + part.length > this.outline.bytes) return false;
    // A copy: the bus may use its buffer again, and a view would keep the whole buffer alive.
    this.#parts.set(index, Uint8Array.from(part));
    this.#bytes += part.length;
    return true;
  }

  /** The whole body, or null where it is not what the outline says. Only when nothing is missing. */
  whole(): Buffer | null {
    const body = Buffer.concat(Array.from({ length: this.outline.parts }, (_, index) => this.#parts.get(index)!));
    return body.length === this.outline.bytes && sha256Of(body) === this.outline.sha256 ? body : null;
  }
}

/** Bodies on their way. Bounded: the one whose last part is the oldest goes first. */
export class Assemblies {
  readonly #open = new Map<string, Assembly>();
  readonly #most: number;
  readonly #mostBytes: number;

  constructor(most = 1024, mostBytes = 256 * 1024 * 1024) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The body of this outline, begun if there is none. */
  of(outline: Outline): Assembly {
    const { sha256, bytes, parts } = outline;
    const key = `${sha256} ${bytes} ${parts}`;
    const assembly = this.#open.get(key) ?? new Assembly(outline);
    this.#open.delete(key);
    this.#open.set(key, assembly);
    return assembly;
  }

  drop({ sha256, bytes, parts }: Outline): void {
    this.#open.delete(`${sha256} ${bytes} ${parts}`);
  }

  /** To be called after a part has come. */
  trim(): void {
    let bytes = 0;
    for (const assembly of this.#open.values()) bytes += assembly.bytes;
    for (const [key, assembly] of this.#open) {
      if (this.#open.size <= this.#most && bytes <= this.#mostBytes) return;
      this.#open.delete(key);
      bytes -= assembly.bytes;
    }
  }
}
