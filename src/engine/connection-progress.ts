/**
 * Fields of a connection, side by side so that one message touches one line of the processor's cache; one is left free,
 * so that none lies across two.
 */
const FIELDS = 4;
const NEXT = 0;
const HIGHEST = 1;
const HEAD = 2;

/** The progress of each connection of a worker: which messages were planned and answered on it. */
export class ConnectionProgress {
  readonly #fields: Float64Array;
  #most = 0;

  constructor(connections: number) {
    this.#fields = new Float64Array(connections * FIELDS);
    for (let connection = 0; connection < connections; connection++) this.setHighest(connection, -1);
  }

  /** The next ordinal to be planned on a connection; also how many were. */
  next(connection: number): number {
    return this.#fields[connection * FIELDS + NEXT]!;
  }

  setNext(connection: number, ordinal: number): void {
    this.#fields[connection * FIELDS + NEXT] = ordinal;
    if (ordinal > this.#most) this.#most = ordinal;
  }

  /** The highest ordinal answered, -1 for none. */
  highest(connection: number): number {
    return this.#fields[connection * FIELDS + HIGHEST]!;
  }

  setHighest(connection: number, ordinal: number): void {
    this.#fields[connection * FIELDS + HIGHEST] = ordinal;
  }

  /** Matching by order: the ordinal the next reply belongs to, if it is in flight. */
  head(connection: number): number {
    return this.#fields[connection * FIELDS + HEAD]!;
  }

  setHead(connection: number, ordinal: number): void {
    this.#fields[connection * FIELDS + HEAD] = ordinal;
  }

  /** The most that were planned on any connection. */
  most(): number {
    return this.#most;
  }
}
