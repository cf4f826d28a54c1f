import type { Wire } from '../../dialect/wire.js';
import { realClock } from '../../engine/pacing/clock.js';
import { Captured } from '../../engine/session/captured.js';
import { requestReplies } from '../../engine/session/request-replies.js';
import { type Scripted, scriptedOf } from '../../engine/session/scripted.js';
import type { Cell } from '../../plan/cell.js';
import { cellsOf } from '../../plan/cells.js';
import type { Row } from '../../plan/rows.js';
import { FIRST_SEQUENCE } from '../../plan/sequence.js';
import type { Profile } from '../../profile/profile.js';
import type { AnyScript } from '../../script/life.js';

/** A cell whose connections have a session, rules or requests. */
export type TalkingCell = Cell & { readonly wire: Wire };

/** What the connections of all checks say by the profile, and what they share. */
export class Talk {
  readonly cell: TalkingCell;
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Row[];
  /** By the id of each connection. */
  readonly captured = new Captured();
  /** The requests that are answered, by index. */
  readonly answered: readonly number[];
  readonly replies: ReturnType<typeof requestReplies>;
  /** Null if the profile has no script. */
  readonly scripted: Scripted | null;
  /** What ends each connection whose script failed, by its id. */
  readonly #ends = new Map<number, (why: string) => void>();
  /** What the script did wrong last. */
  #scriptSaid = '';
  /** By the number of each message: its connection, and the index of its request. */
  readonly #asked = new Map<number, { readonly connection: number; readonly request: number }>();
  #connections = 0;

  /** `script`: of the cell, loaded; absent if it has none. */
  constructor(cell: TalkingCell, env: Readonly<Record<string, string>>, data: readonly Row[], script?: AnyScript) {
    this.cell = cell;
    this.env = env;
    this.data = data;
    const { requests, binary } = cell.wire;
    const isMatched = binary === undefined && cell.reply.match !== 'none';
    this.answered = [...requests.keys()].filter((index) => isMatched && requests[index]!.silent !== true);
    this.replies = requestReplies(cell, this.captured, null);
    const shard = { cell, env, worker: 0, workers: 1 };
    const notes = {
      script: { asked: () => {}, heard: () => {} },
      error: (_phase: string, code: string, said: string | null = null) => {
        this.#scriptSaid = said ?? code;
      },
    };
    const end = (id: number) => this.#ends.get(id)?.(this.#scriptSaid);
    this.scripted = scriptedOf({ shard, script, clock: realClock }, notes, end);
  }

  /** The first load that has a session, rules, requests or a protocol; null if none has. */
  static of(profile: Profile, env: Readonly<Record<string, string>>, script?: AnyScript): Talk | null {
    const cell = cellsOf(profile).find((each): each is TalkingCell => each.wire !== undefined);
    return cell === undefined ? null : new Talk(cell, env, profile.data, script);
  }

  /**
   * True if the profile has requests that are answered: they stand for the echo of other servers. What confirms a message
   * of bytes holds nothing, so it stands for no echo.
   */
  get asks(): boolean {
    return this.answered.length > 0;
  }

  /** Names of the requests that are answered; null if there are none. */
  get names(): readonly string[] | null {
    return this.asks ? this.answered.map((index) => this.cell.wire.requests[index]!.name) : null;
  }

  /** True if messages of wsurge's own mean nothing to the server. */
  get isClosed(): boolean {
    return this.cell.wire.protocol !== 'none' || this.cell.wire.requests.length > 0;
  }

  /** The id of a new connection. */
  connect(): number {
    return this.#connections++;
  }

  /** `end` is called when the script of this connection failed. */
  endsBy(connection: number, end: (why: string) => void): void {
    this.#ends.set(connection, end);
  }

  /** A number that no message had before. */
  number(connection: number, request: number): number {
    const sequence = FIRST_SEQUENCE + this.#asked.size;
    this.#asked.set(sequence, { connection, request });
    return sequence;
  }

  /** The connection on which the message with this number was sent; null if none was. */
  askedOn(sequence: number): number | null {
    return this.#asked.get(sequence)?.connection ?? null;
  }

  /** True if the message with this number was sent to many. */
  reachesOthers(sequence: number): boolean {
    const asked = this.#asked.get(sequence);
    return asked !== undefined && this.cell.wire.requests[asked.request]!.reaches !== undefined;
  }
}
