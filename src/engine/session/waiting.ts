import { C } from '../../metrics/counters.js';
import type { Recorder } from '../../metrics/recorder.js';
import type { Needs } from '../../plan/needs.js';
import type { InFlightTable } from '../matching/in-flight.js';
import type { Captured } from './captured.js';

/** A message that is due and has no value yet for one of its tokens. */
export interface WaitingMessage {
  readonly connection: number;
  readonly ordinal: number;
  readonly request: number;
  /** Its intended instant, us from t0. */
  readonly dueUs: number;
  readonly slot: number;
  /** By value that it needs: the message whose reply must bring it, or a later one. */
  readonly since: readonly number[];
  /** When the last value came, us from t0; Infinity if it has not. */
  readyUs: number;
}

export interface WaitingOptions {
  readonly needs: Needs;
  /** Connections of this worker. */
  readonly owned: number;
  /** Which values the session of a connection has captured. */
  readonly captured: Captured;
  readonly table: InFlightTable;
  readonly recorder: Recorder;
  readonly timeoutMs: number;
  readonly t0Us: () => number;
  /** A message was given up without being sent. */
  readonly settled: (connection: number, nowUs: number) => void;
}

/** No message of this life of the connection has brought the value; its session has. */
const BY_SESSION = -1;
/** Nobody has brought it. */
const BY_NOBODY = -2;
const ALWAYS = Number.NEGATIVE_INFINITY;
const NOT_YET = Number.POSITIVE_INFINITY;

/**
 * Messages that need a value which the reply to an earlier message brings. A value is void from the instant at which a
 * message that brings it is due until its reply came. So a message needs the reply to the last such message in front
 * of it on its connection, or to a later one:
 *
 *     create is due     use is due       reply to create        use is sent
 *          |                 |<----- wait ----->|<----- lag ----->|
 *          |<- the value of before is void ---->|
 *
 * The intended instant never moves: response = wait + lag + service. A message that has waited for the time-out of
 * replies is `blocked`. Other messages of the connection are not held up. Made only where a request needs this.
 */
export class Waiting {
  readonly #o: WaitingOptions;
  readonly #timeoutUs: number;
  readonly #values: number;
  /** By connection and value: the last message that was due and brings it. */
  readonly #due: Float64Array;
  /** By connection and value: the message that brought the one there is, and when, us from t0. */
  readonly #broughtBy: Float64Array;
  readonly #broughtUs: Float64Array;
  /** By slot of the table: when the message had all it needs, us from t0; `ALWAYS` if it needs nothing. */
  readonly #readyUs: Float64Array;
  readonly #of: (Set<WaitingMessage> | undefined)[] = [];
  #ready: WaitingMessage[] = [];
  #count = 0;

  constructor(options: WaitingOptions) {
    const { needs, owned, table, timeoutMs } = options;
    this.#o = options;
    this.#timeoutUs = timeoutMs * 1000;
    this.#values = needs.names.length;
    this.#due = new Float64Array(owned * this.#values).fill(BY_SESSION);
    this.#broughtBy = new Float64Array(owned * this.#values).fill(BY_NOBODY);
    this.#broughtUs = new Float64Array(owned * this.#values).fill(ALWAYS);
    this.#readyUs = new Float64Array(owned * table.slotsPerConnection).fill(ALWAYS);
  }

  /** Messages that wait now. */
  get count(): number {
    return this.#count;
  }

  /** True if messages of this request may have to wait. */
  mayWait(request: number): boolean {
    return this.#o.needs.needs[request]!.length > 0;
  }

  /** When the message in a slot had all that it needs, us from t0; -Infinity if it needs nothing. */
  readyUs(slot: number): number {
    return this.#readyUs[slot]!;
  }

  /** A connection is open: only what its session captured is there. */
  onOpen(connection: number): void {
    const { needs, captured } = this.#o;
    const values = captured.of(connection);
    for (let value = 0; value < this.#values; value++) {
      const at = connection * this.#values + value;
      const isThere = values !== undefined && Object.hasOwn(values, needs.names[value]!);
      this.#due[at] = BY_SESSION;
      this.#broughtBy[at] = isThere ? BY_SESSION : BY_NOBODY;
      this.#broughtUs[at] = ALWAYS;
    }
  }

  /** A message is due, and will not be sent: what its reply would bring is void all the same. */
  void(connection: number, ordinal: number, request: number): void {
    for (const value of this.#o.needs.brings[request]!) this.#due[connection * this.#values + value] = ordinal;
  }

  /** A message is due and could be sent now. True if it has to wait: it then has its slot of the table. */
  holds(connection: number, ordinal: number, request: number, dueUs: number): boolean {
    const { table, needs } = this.#o;
    const since = needs.needs[request]!.map((value) => this.#due[connection * this.#values + value]!);
    // Only now, because a message may need the value that it brings anew.
    this.void(connection, ordinal, request);
    const slot = table.slotOf(connection, ordinal);
    const readyUs = this.#readyAt(connection, request, since);
    this.#readyUs[slot] = readyUs;
    if (readyUs !== NOT_YET) return false;
    table.reserve(connection, ordinal, dueUs);
    this.#count++;
    this.#of[connection] ??= new Set();
    this.#of[connection].add({ connection, ordinal, request, dueUs, slot, since, readyUs });
    return true;
  }

  /** The reply to a message came at `nowUs` of the clock and has the values. False if newer ones are there. */
  bring(connection: number, ordinal: number, request: number, nowUs: number): boolean {
    let isNewest = true;
    for (const value of this.#o.needs.brings[request]!) {
      const at = connection * this.#values + value;
      if (this.#broughtBy[at]! > ordinal) {
        isNewest = false;
        continue;
      }
      this.#broughtBy[at] = ordinal;
      this.#broughtUs[at] = nowUs - this.#o.t0Us();
    }
    this.#release(connection, nowUs - this.#o.t0Us());
    return isNewest;
  }

  /** The messages that have become ready, in the order in which they were due. They must be sent or given up at once. */
  takeReady(): readonly WaitingMessage[] {
    const ready = this.#ready;
    if (ready.length > 0) this.#ready = [];
    return ready;
  }

  /** A message is sent now. `isAwaited`: it has a reply of its own, so it is then in flight. */
  start(message: WaitingMessage, isAwaited: boolean): void {
    this.#leave(message);
    this.#readyUs[message.slot] = message.readyUs;
    if (isAwaited) this.#o.table.start(message.slot);
    else this.#o.table.cancel(message.slot);
  }

  /** A message is not sent. `counter`: why. */
  drop(message: WaitingMessage, counter: number): void {
    const { table, recorder } = this.#o;
    this.#leave(message);
    table.cancel(message.slot);
    recorder.at(message.dueUs, message.request).counters[counter]!++;
  }

  /** Blocks the messages that have waited too long. The result depends on their instants only, not on when this runs. */
  expire(nowUs: number): void {
    if (this.#count === 0) return;
    const atUs = nowUs - this.#o.t0Us();
    this.#each((message) => {
      if (!this.#isTooLate(message, atUs)) return;
      this.drop(message, C.blocked);
      this.#o.settled(message.connection, nowUs);
    });
  }

  /** The connection closed: what waits on it cannot be sent. */
  onClose(connection: number): void {
    for (const message of this.#of[connection] ?? []) this.drop(message, C.notConnected);
    this.#ready = this.#ready.filter((message) => message.connection !== connection);
  }

  /** Nothing more is sent. */
  giveUp(): void {
    this.#each((message) => this.drop(message, C.unsentAtStop));
    this.#ready = [];
  }

  #readyAt(connection: number, request: number, since: readonly number[]): number {
    let readyUs = ALWAYS;
    for (const [i, value] of this.#o.needs.needs[request]!.entries()) {
      const at = connection * this.#values + value;
      if (this.#broughtBy[at]! < since[i]!) return NOT_YET;
      readyUs = Math.max(readyUs, this.#broughtUs[at]!);
    }
    return readyUs;
  }

  #release(connection: number, atUs: number): void {
    for (const message of this.#of[connection] ?? []) {
      if (message.readyUs !== NOT_YET || this.#isTooLate(message, atUs)) continue;
      if (this.#readyAt(connection, message.request, message.since) === NOT_YET) continue;
      message.readyUs = atUs;
      this.#ready.push(message);
    }
  }

  #isTooLate({ dueUs, readyUs }: WaitingMessage, atUs: number): boolean {
    return readyUs === NOT_YET && atUs - dueUs > this.#timeoutUs;
  }

  #each(of: (message: WaitingMessage) => void): void {
    for (const messages of this.#of) for (const message of messages ?? []) of(message);
  }

  #leave(message: WaitingMessage): void {
    this.#of[message.connection]!.delete(message);
    this.#count--;
  }
}
