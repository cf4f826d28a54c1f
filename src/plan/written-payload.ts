/** Messages that the user wrote or whose script builds them, and the mix of several kinds. */
import { fill, isPerConnection, sessionNames, type TokenValues } from './fill.js';
import { fillBytes, filledBytes } from './fill-bytes.js';
import { NOTHING_USED, RowBook } from './hand-out.js';
import type { Mix } from './mix.js';
import { NOWHERE, numberOf, type Outline, outlineWith, writeId, writeNumbers } from './outline.js';
import { ID_BYTES } from './packet-ids.js';
import type { BuiltMessages, PayloadContext, PayloadSource } from './payload.js';
import { allRows } from './rows.js';
import { SEQUENCE_DIGITS } from './sequence.js';

/** A longer template is filled in for each message, not once for each connection, to save memory. */
const PREPARED_BYTES_MAX = 64 * 1024 * 1024;

const SEQUENCE = /(\{\{\s*sequence\s*\}\})/;
const ID = '{{id}}';
const SEQUENCE_OR_ID = /(\{\{\s*sequence\s*\}\}|\{\{id\}\})/;

/** What is written for each message has its place. */
const PLACES = { sequence: Buffer.alloc(SEQUENCE_DIGITS, '0'), id: Buffer.alloc(ID_BYTES) };

/** What a template says on every connection alike. */
const ANYWHERE = null;

/** Where a template's values come from on one connection. A worker has only the rows of its own connections. */
function valuesOf(context: PayloadContext, rows: RowBook, connection: number | typeof ANYWHERE): TokenValues {
  const { env, rooms, session } = context;
  if (connection === ANYWHERE) return { connection: 0, env, row: undefined };
  return {
    ...{ connection, env, row: rows.row(connection) },
    room: rooms == null ? undefined : connection % rooms,
    session: session?.(connection),
  };
}

function rowsOf({ rows, data = [], used, connections }: PayloadContext): RowBook {
  return rows ?? new RowBook(allRows(data), 'cycle', used ?? NOTHING_USED, connections);
}

/** The user's own payload. Connection tokens are filled in once per connection and row, the sequence per message. */
export class TemplatePayload implements PayloadSource {
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
    this.#shared = isPerConnection(template) ? null : this.#fillIn(ANYWHERE);
    this.#usesSession = sessionNames(template).length > 0;
    this.#keeps = Buffer.byteLength(template) * context.connections <= PREPARED_BYTES_MAX;
  }

  bytes(connection: number, ordinal: number): Buffer {
    const outline = this.outline(connection) ?? this.#fillIn(connection);
    const { idSlots } = this.#context;
    if (idSlots !== undefined) writeId(outline, ordinal, idSlots);
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

  /**
   * The message in parts; every second one stands for what is written for each message. Split before it is filled in: a value
   * that holds `{{sequence}}` is sent as it is. Of a binary message each character is a byte: values are filled in as the
   * bytes of their UTF-8.
   */
  #parts(connection: number | typeof ANYWHERE): readonly string[] {
    const values = valuesOf(this.#context, this.#rows, connection);
    // There, the lengths of parts go across the numbers.
    if (this.#context.idSlots !== undefined) return fillBytes(this.#template, values).split(SEQUENCE_OR_ID);
    const filled = this.text ? fill : filledBytes;
    return this.#template.split(SEQUENCE).map((part, i) => (i % 2 === 1 ? part : filled(part, values)));
  }

  #fillIn(connection: number | typeof ANYWHERE): Outline {
    const sequenceAt: number[] = [];
    const pieces: Buffer[] = [];
    let idAt = NOWHERE;
    let length = 0;
    for (const [index, part] of this.#parts(connection).entries()) {
      const isNumber = index % 2 === 1;
      if (isNumber && part === ID) idAt = length;
      else if (isNumber) sequenceAt.push(length);
      const bytes = isNumber
        ? PLACES[part === ID ? 'id' : 'sequence']
        : Buffer.from(part, this.text ? 'utf8' : 'latin1');
      pieces.push(bytes);
      length += bytes.length;
    }
    return outlineWith(Buffer.concat(pieces), sequenceAt, 0, 0, idAt);
  }
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
export class MixedPayload implements PayloadSource {
  readonly text: boolean;
  readonly #mix: Mix;
  readonly #kinds: readonly Kind[];
  readonly prepare?: (connection: number, ordinal: number) => boolean;

  constructor(context: PayloadContext, { requests, mix }: NonNullable<PayloadContext['mixed']>) {
    this.#mix = mix;
    this.text = context.idSlots === undefined;
    this.#kinds = requests.map(({ send, built }, request) =>
      built === undefined ? new TemplatePayload(context, send, this.text) : new BuiltPayload(context, request),
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
