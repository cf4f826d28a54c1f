import type { WireRequest } from '../dialect/wire.js';
import { smallestBytes } from '../profile/message-size.js';
import type { MessageSpec, SizeSpec } from '../profile/profile.js';
import { seedOf } from '../stats/rng.js';
import type { SessionValues } from './fill.js';
import type { RowBook, Used } from './hand-out.js';
import type { Mix } from './mix.js';
import { NOWHERE, numberOf, type Outline, outlineWith, writeNumbers } from './outline.js';
import type { Row } from './rows.js';
import { SEQUENCE_DIGITS } from './sequence.js';
import { MixedPayload, TemplatePayload } from './written-payload.js';

/** What a message of a cell is made from. Plain data of the shard. */
export interface PayloadContext {
  readonly message: MessageSpec;
  /** Connections of the whole cell. */
  readonly connections: number;
  readonly seed: number;
  readonly env: Readonly<Record<string, string>>;
  /** Row c is that of connection c, if `rows` is absent. */
  readonly data?: readonly Row[];
  /** What the cells before have used; absent for nothing. */
  readonly used?: Used;
  /** Which row a connection has now; absent for `data`. */
  readonly rows?: RowBook;
  /** The requests of the cell, and which of them a message is; absent if it sends `message`. */
  readonly mixed?: { readonly requests: readonly WireRequest[]; readonly mix: Mix };
  /** The messages that a script builds; absent if none does. */
  readonly built?: BuiltMessages;
  /** Connections are spread over so many rooms; absent for none. */
  readonly rooms?: number | null | undefined;
  /**
   * Requests are binary, and the ids of messages come from a ring of so many slots (`packet-ids.ts`); absent: they are
   * text without ids.
   */
  readonly idSlots?: number;
  /** What was captured on a connection (numbered over the cell); absent if nothing is. */
  readonly session?: (connection: number) => SessionValues | undefined;
}

/** Messages that a script builds. Connections are numbered over the whole cell. */
export interface BuiltMessages {
  /** The outline of a request's messages on a connection; null if each is built alone. */
  outline(connection: number, request: number): Outline | null;
  /** Builds a message alone. Null if that fails. */
  fresh(connection: number, request: number, sequence: number): Buffer | null;
}

/** The bytes of every message of a cell, a pure function of (connection, ordinal). */
export interface PayloadSource {
  /** True if messages go out as text frames. */
  readonly text: boolean;
  /** The payload of message `ordinal` on `connection`; a shared buffer, valid until the next call. */
  bytes(connection: number, ordinal: number): Buffer;
  /**
   * The outline that the message shares with others (one object for all of them); null if each message is built alone.
   */
  outline(connection: number, ordinal: number): Outline | null;
  /** Where the sequence stands (first) in every message of a connection; -1 for nowhere. */
  sequenceAt(connection: number): number;
  /**
   * Makes a message that may fail to be made, before it counts as sent; false if it failed. `bytes` returns it next.
   * Absent if none can fail.
   */
  prepare?(connection: number, ordinal: number): boolean;
}

export function payloadSource(context: PayloadContext): PayloadSource {
  if (context.mixed !== undefined) return new MixedPayload(context, context.mixed);
  const { template, format } = context.message;
  if (template !== null) return new TemplatePayload(context, template, format !== 'binary');
  return context.message.size.kind === 'uniform' ? new UniformPayload(context) : new GeneratedPayload(context);
}

const FILLER = 'x'.charCodeAt(0);

/**
 * How a generated message begins and ends: connection id and sequence at fixed places, filler between.
 * JSON: `{"type":"message","sequence":1000000000,"content":"0017:xxxx"}`; text and binary: `1000000000 0017 xxxx`.
 */
interface Layout {
  readonly prefix: string;
  readonly sequenceAt: number;
  readonly connectionAt: number;
  readonly connectionWidth: number;
  readonly suffix: string;
}

/** Generated messages of one size or a few: one outline a size. */
class GeneratedPayload implements PayloadSource {
  readonly text: boolean;
  readonly #context: PayloadContext;
  readonly #outlines = new Map<number, Outline>();
  /** Where all messages have one size. */
  readonly #only: Outline | null;
  readonly #sequenceAt: number;

  constructor(context: PayloadContext) {
    this.text = context.message.format !== 'binary';
    this.#context = context;
    const layout = layoutOf(context);
    const { size } = context.message;
    const sizes = size.kind === 'weighted' ? size.choices.map((choice) => choice.bytes) : [largestSize(size)];
    const numbered = smallestBytes(size) >= layout.prefix.length + layout.suffix.length;
    for (const bytes of sizes) this.#outlines.set(bytes, numbered ? outlineOf(layout, bytes) : fillerOf(bytes));
    this.#only = size.kind === 'fixed' ? this.#outlines.get(size.bytes)! : null;
    this.#sequenceAt = numbered ? layout.sequenceAt : NOWHERE;
  }

  bytes(connection: number, ordinal: number): Buffer {
    return writeNumbers(this.outline(connection, ordinal), connection, numberOf(this.#context, connection, ordinal));
  }

  outline(connection: number, ordinal: number): Outline {
    if (this.#only !== null) return this.#only;
    const { message, seed } = this.#context;
    return this.#outlines.get(sizeOf(message.size, seed, connection, ordinal))!;
  }

  sequenceAt(): number {
    return this.#sequenceAt;
  }
}

function outlineOf({ prefix, suffix, sequenceAt, connectionAt, connectionWidth }: Layout, size: number): Outline {
  const bytes = Buffer.alloc(size, FILLER);
  bytes.write(prefix, 0, 'latin1');
  bytes.write(suffix, size - suffix.length, 'latin1');
  return outlineWith(bytes, [sequenceAt], connectionAt, connectionWidth);
}

/** A message too small for any digits. */
function fillerOf(size: number): Outline {
  return outlineWith(Buffer.alloc(size, FILLER), [], 0, 0);
}

/** Generated messages of any size within bounds. They share one buffer; only the digits and the end are rewritten. */
class UniformPayload implements PayloadSource {
  readonly text: boolean;
  readonly #context: PayloadContext;
  readonly #layout: Layout;
  readonly #largest: Outline;
  readonly #suffix: Buffer;
  readonly #numbered: boolean;
  #lastSize: number;

  constructor(context: PayloadContext) {
    const { size, format } = context.message;
    this.text = format !== 'binary';
    this.#context = context;
    this.#layout = layoutOf(context);
    this.#suffix = Buffer.from(this.#layout.suffix, 'latin1');
    this.#numbered = smallestBytes(size) >= this.#layout.prefix.length + this.#suffix.length;
    this.#lastSize = largestSize(size);
    this.#largest = this.#numbered ? outlineOf(this.#layout, this.#lastSize) : fillerOf(this.#lastSize);
  }

  bytes(connection: number, ordinal: number): Buffer {
    const { message, seed } = this.#context;
    const length = sizeOf(message.size, seed, connection, ordinal);
    const scratch = writeNumbers(this.#largest, connection, numberOf(this.#context, connection, ordinal));
    if (this.#numbered && length !== this.#lastSize) this.#moveEnd(scratch, length);
    return scratch.subarray(0, length);
  }

  outline(): null {
    return null;
  }

  sequenceAt(): number {
    return this.#numbered ? this.#layout.sequenceAt : NOWHERE;
  }

  #moveEnd(scratch: Buffer, length: number): void {
    scratch.fill(FILLER, Math.max(this.#layout.prefix.length, this.#lastSize - this.#suffix.length), this.#lastSize);
    this.#suffix.copy(scratch, length - this.#suffix.length);
    this.#lastSize = length;
  }
}

function layoutOf({ message, connections }: PayloadContext): Layout {
  const connectionWidth = String(connections - 1).length;
  const id = '0'.repeat(connectionWidth);
  const digits = '0'.repeat(SEQUENCE_DIGITS);
  const head = message.format === 'json' ? '{"type":"message","sequence":' : '';
  const middle = message.format === 'json' ? ',"content":"' : ' ';
  const prefix = `${head}${digits}${middle}${id}`;
  return {
    prefix: message.format === 'json' ? `${prefix}:` : `${prefix} `,
    sequenceAt: head.length,
    connectionAt: head.length + SEQUENCE_DIGITS + middle.length,
    connectionWidth,
    suffix: message.format === 'json' ? '"}' : '',
  };
}

/** The fewest and the most bytes of a message; null if they depend on the values of a template. */
export function payloadRange({ template, size, format }: MessageSpec): readonly [least: number, most: number] | null {
  if (template === null) return [smallestBytes(size), largestSize(size)];
  if (template.includes('{{')) return null;
  const bytes = Buffer.byteLength(template, format === 'binary' ? 'latin1' : 'utf8');
  return [bytes, bytes];
}

export function largestSize(size: SizeSpec): number {
  if (size.kind === 'fixed') return size.bytes;
  return size.kind === 'uniform' ? size.maxBytes : Math.max(...size.choices.map((choice) => choice.bytes));
}

/** The size of one message, drawn from a hash of its number, so that it does not depend on the worker. */
function sizeOf(size: SizeSpec, seed: number, connection: number, ordinal: number): number {
  if (size.kind === 'fixed') return size.bytes;
  const share = seedOf(seed, connection, ordinal) / 2 ** 32;
  if (size.kind === 'uniform') return size.minBytes + Math.floor(share * (size.maxBytes - size.minBytes + 1));
  const total = size.choices.reduce((sum, choice) => sum + choice.weight, 0);
  let left = share * total;
  for (const choice of size.choices) {
    left -= choice.weight;
    if (left < 0) return choice.bytes;
  }
  return size.choices[size.choices.length - 1]!.bytes;
}
