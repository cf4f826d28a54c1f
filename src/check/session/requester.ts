import { SequenceReader } from '../../engine/matching/read-sequence.js';
import { realClock } from '../../engine/pacing/clock.js';
import { LOOK_FOR_IT } from '../../engine/session/rules.js';
import { sessionNames } from '../../plan/fill.js';
import { NOTHING_USED, RowBook } from '../../plan/hand-out.js';
import { type PayloadSource, payloadSource } from '../../plan/payload.js';
import { allRows } from '../../plan/rows.js';
import { FIRST_SEQUENCE } from '../../plan/sequence.js';
import { CannotJudge } from '../check.js';
import { type Received, shown } from '../received.js';
import type { Talk } from './talk.js';

/** One request that was sent, or is about to be. */
export interface Asked {
  readonly sequence: number;
  /** Its index in the profile. */
  readonly request: number;
  readonly name: string;
  readonly text: string;
}

/** The requests of one connection: makes them by turns, and finds and judges their replies. */
export class Requester {
  readonly #talk: Talk;
  readonly #id: number;
  readonly #connection: number;
  readonly #payload: PayloadSource;
  readonly #reader: SequenceReader;
  readonly #asked = new Map<number, Asked>();
  /** In the order in which they were sent, for servers that answer in order. */
  readonly #unanswered: number[] = [];
  #turn = 0;
  #request = 0;

  /** `id`: among all connections of the run. `connection`: within its check, for `{{connection}}` and `{{data.x}}`. */
  constructor(talk: Talk, id: number, connection: number) {
    this.#talk = talk;
    this.#id = id;
    // A script knows the connections by their ids.
    this.#connection = talk.scripted === null ? connection : id;
    const { wire, message, seed, reply } = talk.cell;
    this.#reader = new SequenceReader(reply.field);
    this.#payload = payloadSource({
      // With one connection the number of a message is its ordinal and the connection's, added to the first number.
      ...{ message, connections: 1, seed, env: talk.env, data: talk.data, rooms: wire.rooms },
      rows: new RowBook(allRows(talk.data), 'cycle', NOTHING_USED, this.#connection + 1),
      mixed: { requests: wire.requests, mix: () => this.#request },
      session: () => talk.captured.of(id),
      ...(talk.scripted === null ? {} : { built: talk.scripted }),
    });
  }

  /** The next request that is answered and whose captured values are known. */
  next(): Asked {
    const { answered } = this.#talk;
    for (let tried = 0; tried < answered.length; tried++) {
      const index = answered[this.#turn++ % answered.length]!;
      if (this.#isReady(index)) return this.ask(index);
    }
    throw new CannotJudge('every request needs a value that another one captures');
  }

  /** True if everything is known that the request needs. */
  #isReady(index: number): boolean {
    const values = this.#talk.captured.of(this.#id) ?? {};
    return sessionNames(this.#talk.cell.wire.requests[index]!.send).every((name) => Object.hasOwn(values, name));
  }

  /** One request by its index. */
  ask(index: number): Asked {
    const sequence = this.#talk.number(this.#id, index);
    this.#request = index;
    const bytes = this.#payload.bytes(this.#connection, sequence - FIRST_SEQUENCE - this.#connection);
    const { name } = this.#talk.cell.wire.requests[index]!;
    const asked = { sequence, request: index, name, text: bytes.toString('utf8') };
    this.#asked.set(sequence, asked);
    this.#unanswered.push(sequence);
    return asked;
  }

  /**
   * The number of the request that a message answers; null if it answers none of this connection. `number`: as the
   * engine's connections tell it.
   */
  answered(data: Buffer, number: number): number | null {
    if (this.#talk.cell.reply.match === 'order') return this.#unanswered.shift() ?? null;
    return this.#numbersIn(data, number).find((each) => this.#asked.has(each)) ?? null;
  }

  /** The message has the number of a request that another connection sent. */
  isAnothers(data: Buffer, number: number): boolean {
    return this.#numbersIn(data, number).some((each) => {
      const asked = this.#talk.askedOn(each);
      return asked !== null && asked !== this.#id;
    });
  }

  /** The message brings one that another connection sent to many. */
  isDelivery(data: Buffer, number: number): boolean {
    return this.#numbersIn(data, number).some((each) => this.#talk.reachesOthers(each));
  }

  #numbersIn(data: Buffer, number: number): readonly number[] {
    if (number !== LOOK_FOR_IT) return [number];
    const named = this.#reader.named(data, 0, data.length);
    return named.length > 0 ? named : this.#reader.all(data, 0, data.length);
  }

  /** What is wrong with the reply to a request, or null. Notes what the request captures. */
  problem(sequence: number, reply: Received): string | null {
    const { request, name } = this.#asked.get(sequence)!;
    const said = shown(reply.data, reply.isBinary);
    if (reply.fails === true) return `request ${name} was answered with a failure: ${said}`;
    const { replies } = this.#talk;
    const answered = { connection: this.#id, ordinal: 0, request, sequence };
    if (replies === null || replies.accepts(answered, reply.data, realClock.nowUs())) return null;
    return `the reply to request ${name} is not what it expects: ${said}`;
  }
}
