import { smallestBytes } from '../profile/message-size.js';
import type { MessageSpec, SizeSpec } from '../profile/profile.js';
import { seedOf } from '../stats/rng.js';
import { sequenceOf } from './sequence.js';

/** What a message of a cell is made from. Plain data of the shard. */
export interface PayloadContext {
  readonly message: MessageSpec;
  /** Connections of the whole cell. */
  readonly connections: number;
  readonly seed: number;
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Readonly<Record<string, string>>[];
}

/** The bytes of every message of a cell, a pure function of (connection, ordinal). */
export interface PayloadSource {
  /** True where messages go out as text frames. */
  readonly text: boolean;
  /** The payload of message `ordinal` on `connection`; a shared buffer, valid until the next call. */
  bytes(connection: number, ordinal: number): Buffer;
}

export function payloadSource(context: PayloadContext): PayloadSource {
  return context.message.template === null ? new GeneratedPayload(context) : new TemplatePayload(context);
}

/** Writes a whole number as ASCII digits, padded with zeros to `width`. */
function writeDigits(target: Buffer, value: number, at: number, width: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    target[i] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

const FILLER = 'x'.charCodeAt(0);

interface Layout {
  readonly prefix: string;
  readonly sequenceAt: number;
  readonly connectionAt: number;
  readonly suffix: string;
}

/**
 * A generated message: connection id and sequence at fixed places, filled up to its size. One buffer serves every
 * connection and every size: only the digits and the end are written anew.
 * JSON: `{"type":"message","sequence":1000000000,"content":"0017:xxxx"}`; text and binary: `1000000000 0017 xxxx`.
 */
class GeneratedPayload implements PayloadSource {
  readonly text: boolean;
  readonly #context: PayloadContext;
  readonly #layout: Layout;
  readonly #idWidth: number;
  readonly #suffix: Buffer;
  readonly #scratch: Buffer;
  readonly #numbered: boolean;
  #lastSize: number;

  constructor(context: PayloadContext) {
    const { message, connections } = context;
    this.text = message.format !== 'binary';
    this.#context = context;
    this.#idWidth = String(connections - 1).length;
    this.#layout = layoutOf(message.format, this.#idWidth);
    this.#suffix = Buffer.from(this.#layout.suffix, 'latin1');
    const largest = largestSize(message.size);
    this.#scratch = Buffer.alloc(largest, FILLER);
    this.#numbered = smallestBytes(message.size) >= this.#layout.prefix.length + this.#layout.suffix.length;
    if (this.#numbered) this.#scratch.write(this.#layout.prefix, 0, 'latin1');
    this.#lastSize = 0;
  }

  bytes(connection: number, ordinal: number): Buffer {
    const { size, seed } = { size: this.#context.message.size, seed: this.#context.seed };
    const length = size.kind === 'fixed' ? size.bytes : sizeOf(size, seed, connection, ordinal);
    const scratch = this.#scratch;
    if (!this.#numbered) return scratch.subarray(0, length);
    const sequence = sequenceOf(connection, ordinal, this.#context.connections);
    writeDigits(scratch, sequence, this.#layout.sequenceAt, 10);
    writeDigits(scratch, connection, this.#layout.connectionAt, this.#idWidth);
    if (length !== this.#lastSize) {
      scratch.fill(FILLER, Math.max(this.#layout.prefix.length, this.#lastSize - this.#suffix.length), this.#lastSize);
      this.#suffix.copy(scratch, length - this.#suffix.length);
      this.#lastSize = length;
    }
    return scratch.subarray(0, length);
  }
}

function layoutOf(format: MessageSpec['format'], idWidth: number): Layout {
  const id = '0'.repeat(idWidth);
  const digits = '0000000000';
  if (format === 'json') {
    const head = '{"type":"message","sequence":';
    const middle = ',"content":"';
    const prefix = `${head}${digits}${middle}${id}:`;
    return { prefix, sequenceAt: head.length, connectionAt: head.length + 10 + middle.length, suffix: '"}' };
  }
  return { prefix: `${digits} ${id} `, sequenceAt: 0, connectionAt: 11, suffix: '' };
}

export function largestSize(size: SizeSpec): number {
  if (size.kind === 'fixed') return size.bytes;
  return size.kind === 'uniform' ? size.maxBytes : Math.max(...size.choices.map((choice) => choice.bytes));
}

/** The size of one message, drawn from its own hash so that it is the same on whatever worker sends it. */
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

const TOKEN = /\{\{\s*(sequence|connection|env\.[A-Za-z_]\w*|data\.[^{}\s]+)\s*\}\}/g;
/** Above this, a template is put together per message instead of once per connection. */
const PREPARED_BYTES_MAX = 64 * 1024 * 1024;

/** The per-connection tokens of a text (`{{connection}}`, `{{env.X}}`, `{{data.x}}`) filled in; `{{sequence}}` is left. */
export function fillTokens(
  text: string,
  connection: number,
  env: Readonly<Record<string, string>>,
  data: readonly Readonly<Record<string, string>>[],
): string {
  return text.replace(TOKEN, (token, name: string) => {
    if (name === 'connection') return String(connection);
    if (name.startsWith('env.')) return env[name.slice(4)] ?? token;
    if (name.startsWith('data.')) return data[connection % data.length]?.[name.slice(5)] ?? token;
    return token;
  });
}

interface Prepared {
  readonly buffer: Buffer;
  /** Where the ten digits of the sequence stand. */
  readonly sequenceAt: readonly number[];
}

/** The user's own payload. Connection tokens are filled in once per connection, the sequence per message. */
class TemplatePayload implements PayloadSource {
  readonly text: boolean;
  readonly #context: PayloadContext;
  readonly #shared: Prepared | null;
  readonly #prepared = new Map<number, Prepared>();
  readonly #keep: boolean;

  constructor(context: PayloadContext) {
    this.text = context.message.format !== 'binary';
    this.#context = context;
    const template = context.message.template!;
    const perConnection = /\{\{\s*(connection|data\.)/.test(template);
    this.#shared = perConnection ? null : this.#prepare(0);
    this.#keep = Buffer.byteLength(template) * context.connections <= PREPARED_BYTES_MAX;
  }

  bytes(connection: number, ordinal: number): Buffer {
    const prepared = this.#shared ?? this.#preparedFor(connection);
    const sequence = sequenceOf(connection, ordinal, this.#context.connections);
    for (const at of prepared.sequenceAt) writeDigits(prepared.buffer, sequence, at, 10);
    return prepared.buffer;
  }

  #preparedFor(connection: number): Prepared {
    const known = this.#prepared.get(connection);
    if (known !== undefined) return known;
    const prepared = this.#prepare(connection);
    if (this.#keep) this.#prepared.set(connection, prepared);
    return prepared;
  }

  #prepare(connection: number): Prepared {
    const { message, env, data } = this.#context;
    const filled = fillTokens(message.template!, connection, env, data);
    const parts = filled.split(/\{\{\s*sequence\s*\}\}/);
    const sequenceAt: number[] = [];
    let length = 0;
    for (const part of parts.slice(0, -1)) {
      length += Buffer.byteLength(part);
      sequenceAt.push(length);
      length += 10;
    }
    return { buffer: Buffer.from(parts.join('0000000000')), sequenceAt };
  }
}
