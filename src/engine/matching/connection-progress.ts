/**
 * Fields per connection, stored side by side, so that a message touches only one cache line. One is unused, so that no
 * connection spans two lines.
 */
const FIELDS = 4;
const NEXT = 0;
const HIGHEST = 1;
const HEAD = 2;

/** The progress of each connection of a worker: which messages were planned and which were answered. */
export class ConnectionProgress {
  readonly #fields: Float64Array;
  #most = 0;

  constructor(connections: number) {
    this.#fields = new Float64Array(connections * FIELDS);
    for (let connection = 0; connection < connections; connection++) this.setHighest(connection, -1);
  }

  /** The ordinal of the next message on a connection; also the number of messages planned so far. */
  next(connection: number): number {
    return this.#fields[connection * FIELDS + NEXT]!;
  }

  setNext(connection: number, ordinal: number): void {
    this.#fields[connection * FIELDS + NEXT] = ordinal;
    if (ordinal > this.#most) this.#most = ordinal;
  }

  /** The highest answered ordinal; -1 for none. */
  highest(connection: number): number {
    return this.#fields[connection * FIELDS + HIGHEST]!;
  }

  setHighest(connection: number, ordinal: number): void {
    this.#fields[connection * FIELDS + HIGHEST] = ordinal;
  }

  /** For matching by order: the ordinal that the next reply belongs to, if that message is in flight. */
  head(connection: number): number {
    return this.#fields[connection * FIELDS + HEAD]!;
  }

  setHead(connection: number, ordinal: number): void {
    this.#fields[connection * FIELDS + HEAD] = ordinal;
  }

  /** The highest number of messages planned on any connection. */
  most(): number {
    return this.#most;
  }
}
