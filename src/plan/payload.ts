import type { WireRequest } from '../dialect/wire.js';
import { smallestBytes } from '../profile/message-size.js';
import type { MessageSpec, SizeSpec } from '../profile/profile.js';
import { seedOf } from '../stats/rng.js';
import { writeDigits } from './digits.js';
import { fill, isPerConnection, type SessionValues, sessionNames, type TokenValues } from './fill.js';
import { NOTHING_USED, type Row, RowBook, type Used } from './hand-out.js';
import type { Mix } from './mix.js';
import { SEQUENCE_DIGITS, sequenceOf } from './sequence.js';

/** What a message of a cell is made from. Plain data of the shard. */
export interface PayloadContext {
  readonly message: MessageSpec;
  /** Connections of the whole cell. */
  readonly connections: number;
  readonly seed: number;
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Row[];
  /** What the cells before have used; absent for nothing. */
  readonly used?: Used;
  /** Which row a connection has now; absent if connection c keeps row c. */
  readonly rows?: RowBook;
  /** The requests of the cell, and which of them a message is; absent if it sends `message`. */
  readonly mixed?: { readonly requests: readonly WireRequest[]; readonly mix: Mix };
  /** The messages that a script builds; absent if none does. */
  readonly built?: BuiltMessages;
  /** Connections are spread over so many rooms; absent for none. */
  readonly rooms?: number | null | undefined;
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

/**
 * Messages that differ only in their digits. The sender prepares one frame and rewrites only the digits.
 */
export interface Outline {
  /** One such message, with the digits that were written last, and a view of it. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Where the sequence stands: `SEQUENCE_DIGITS` digits each. */
  readonly sequenceAt: readonly number[];
  /** Where the connection's number stands; a width of 0 for nowhere. */
  readonly connectionAt: number;
  readonly connectionWidth: number;
  /** The fixed parts between the digits: the offset where each begins, and the offset behind its end. */
  readonly fixed: readonly (readonly [from: number, to: number])[];
}

export function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** `sequenceAt`: where the sequence stands in the bytes. The connection's number stands nowhere unless it is said. */
export function outlineWith(
  bytes: Buffer,
  sequenceAt: readonly number[],
  connectionAt = 0,
  connectionWidth = 0,
): Outline {
  const digits = sequenceAt.map((at) => [at, at + SEQUENCE_DIGITS] as const);
  if (connectionWidth > 0) digits.push([connectionAt, connectionAt + connectionWidth]);
  digits.sort(([a], [b]) => a - b);
  const edges = [0, ...digits.flat(), bytes.length];
  const fixed = digits.concat([[0, 0]]).map((_, i) => [edges[2 * i]!, edges[2 * i + 1]!] as const);
  return {
    ...{ bytes, view: viewOf(bytes), sequenceAt, connectionAt, connectionWidth },
    fixed: fixed.filter(([from, to]) => from < to),
  };
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

function numberOf({ connections, used }: PayloadContext, connection: number, ordinal: number): number {
  return sequenceOf(connection, ordinal, connections, used?.numbers);
}

function writeNumbers(outline: Outline, connection: number, sequence: number): Buffer {
  const { bytes, sequenceAt, connectionAt, connectionWidth } = outline;
  for (let i = 0; i < sequenceAt.length; i++) writeDigits(bytes, sequence, sequenceAt[i]!, SEQUENCE_DIGITS);
  writeDigits(bytes, connection, connectionAt, connectionWidth);
  return bytes;
}

const FILLER = 'x'.charCodeAt(0);
const NOWHERE = -1;

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

/** A longer template is filled in for each message, not once for each connection, to save memory. */
const PREPARED_BYTES_MAX = 64 * 1024 * 1024;

/** Where a template's values come from on one connection. */
function valuesOf(context: PayloadContext, rows: RowBook, connection: number): TokenValues {
  const { env, rooms, session } = context;
  return {
    ...{ connection, env, row: rows.row(connection) },
    room: rooms == null ? undefined : connection % rooms,
    session: session?.(connection),
  };
}

function rowsOf({ rows, data, used, connections }: PayloadContext): RowBook {
  return rows ?? new RowBook(data, 'cycle', used ?? NOTHING_USED, connections);
}

/** The user's own payload. Connection tokens are filled in once per connection and row, the sequence per message. */
class TemplatePayload implements PayloadSource {
  readonly text: boolean;
  readonly #context: PayloadContext;
  readonly #template: string;
  readonly #rows: RowBook;
  readonly #shared: Outline | null;
  /** By connection: the outline, and what it was made with. */
  readonly #kept = new Map<number, { readonly outline: Outline; readonly row: number; session: unknown }>();
  readonly #keeps: boolean;
  /** If false, new captured values change nothing. */
  readonly #usesSession: boolean;

  constructor(context: PayloadContext, template: string, text: boolean) {
    this.text = text;
    this.#context = context;
    this.#template = template;
    this.#rows = rowsOf(context);
    this.#shared = isPerConnection(template) ? null : this.#fillIn(0);
    this.#usesSession = sessionNames(template).length > 0;
    this.#keeps = Buffer.byteLength(template) * context.connections <= PREPARED_BYTES_MAX;
  }

  bytes(connection: number, ordinal: number): Buffer {
    const outline = this.outline(connection) ?? this.#fillIn(connection);
    return writeNumbers(outline, connection, numberOf(this.#context, connection, ordinal));
  }

  outline(connection: number): Outline | null {
    if (this.#shared !== null || !this.#keeps) return this.#shared;
    const row = this.#rows.at(connection);
    const session = this.#usesSession ? this.#context.session?.(connection) : undefined;
    const kept = this.#kept.get(connection);
    if (kept !== undefined && kept.row === row && kept.session === session) return kept.outline;
    const outline = this.#fillIn(connection);
    this.#kept.set(connection, { outline, row, session });
    return outline;
  }

  sequenceAt(connection: number): number {
    return this.outline(connection)?.sequenceAt[0] ?? NOWHERE;
  }

  /** Of a binary message each character is a byte: values are filled in as the bytes of their UTF-8. */
  #filled(connection: number): string {
    const values = valuesOf(this.#context, this.#rows, connection);
    return this.text ? fill(this.#template, values) : filledBytes(this.#template, values);
  }

  #fillIn(connection: number): Outline {
    const parts = this.#filled(connection).split(/\{\{\s*sequence\s*\}\}/);
    const digits = Buffer.alloc(SEQUENCE_DIGITS, '0');
    const sequenceAt: number[] = [];
    const pieces: Buffer[] = [];
    let length = 0;
    for (const [index, part] of parts.entries()) {
      if (index > 0) {
        sequenceAt.push(length);
        pieces.push(digits);
        length += SEQUENCE_DIGITS;
      }
      const bytes = Buffer.from(part, this.text ? 'utf8' : 'latin1');
      pieces.push(bytes);
      length += bytes.length;
    }
    return outlineWith(Buffer.concat(pieces), sequenceAt, 0, 0);
  }
}

const BRACES = /\{\{[^{}]*\}\}/g;

function filledBytes(template: string, values: TokenValues): string {
  return template.replace(BRACES, (token) => {
    const name = Buffer.from(token, 'latin1').toString('utf8');
    const value = fill(name, values);
    return value === name ? token : Buffer.from(value, 'utf8').toString('latin1');
  });
}

/** Messages of one kind. */
type Kind = Pick<PayloadSource, 'bytes' | 'outline' | 'prepare'>;

/** The messages of one request that a script builds. */
class BuiltPayload implements Kind {
  readonly #context: PayloadContext;
  readonly #built: BuiltMessages;
  readonly #request: number;
  /** The message that was made last, and of what number. */
  #last: Buffer = Buffer.alloc(0);
  #lastNumber = NOWHERE;

  constructor(context: PayloadContext, request: number) {
    if (context.built === undefined) throw new Error('a script builds these messages, and there is no script');
    this.#context = context;
    this.#built = context.built;
    this.#request = request;
  }

  bytes(connection: number, ordinal: number): Buffer {
    const outline = this.#built.outline(connection, this.#request);
    const number = numberOf(this.#context, connection, ordinal);
    if (outline !== null) return writeNumbers(outline, connection, number);
    return number === this.#lastNumber || this.prepare(connection, ordinal) ? this.#last : Buffer.alloc(0);
  }

  outline(connection: number): Outline | null {
    return this.#built.outline(connection, this.#request);
  }

  prepare(connection: number, ordinal: number): boolean {
    if (this.outline(connection) !== null) return true;
    const number = numberOf(this.#context, connection, ordinal);
    const message = this.#built.fresh(connection, this.#request, number);
    if (message === null) return false;
    this.#last = message;
    this.#lastNumber = number;
    return true;
  }
}

/** Several kinds of message, each made in its own way; the mix says which of them a message is. */
class MixedPayload implements PayloadSource {
  readonly text = true;
  readonly #mix: Mix;
  readonly #kinds: readonly Kind[];
  readonly prepare?: (connection: number, ordinal: number) => boolean;

  constructor(context: PayloadContext, { requests, mix }: NonNullable<PayloadContext['mixed']>) {
    this.#mix = mix;
    this.#kinds = requests.map(({ send, built }, request) =>
      built === undefined ? new TemplatePayload(context, send, true) : new BuiltPayload(context, request),
    );
    if (requests.some(({ built }) => built?.fresh === true)) {
      this.prepare = (connection, ordinal) =>
        this.#kinds[mix(connection, ordinal)]!.prepare?.(connection, ordinal) ?? true;
    }
  }

  bytes(connection: number, ordinal: number): Buffer {
    return this.#kinds[this.#mix(connection, ordinal)]!.bytes(connection, ordinal);
  }

  outline(connection: number, ordinal: number): Outline | null {
    return this.#kinds[this.#mix(connection, ordinal)]!.outline(connection, ordinal);
  }

  /** Different kinds have it at different places. Replies are matched by what they say, not by being an echo. */
  sequenceAt(): number {
    return NOWHERE;
  }
}
