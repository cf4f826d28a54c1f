import type { Shard } from '../../plan/cell.js';

/**
 * Where a connection of the plan stands. A connection keeps its number over all the sockets that it has one after the
 * other.
 *
 *           lifetime over               last reply has come
 *     open ---------------> retiring ------------------------> replacing ----> open          successor opened
 *      |                       |                                 |    |
 *      +-------- event --------+------------- event -------------+----|----> cutByEvent ---> open      opened again
 *      |                                                              |
 *      +--> handedOver ---> open                                      |
 *      |         |           opened again                             |
 *      |         | connect failed                                     | connect failed
 *      |         v                                                    |
 *      +-----> missing <----------------------------------------------+
 *       lost     |
 *                +---> open      opened again
 *
 * - `missing`: not open, although the plan wants it open.
 * - `retiring`: its lifetime is over. It sends nothing more, and waits for its last replies before it closes.
 * - `replacing`: it closes, or its successor connects.
 * - `cutByEvent`: an event of the plan cut it, or a restart in the plan closed or refused it.
 * - `handedOver`: the server ended the session on purpose, and a reconnect follows.
 */
export const PLACE = { missing: 0, open: 1, retiring: 2, replacing: 3, cutByEvent: 4, handedOver: 5 } as const;
export type Place = (typeof PLACE)[keyof typeof PLACE];

/** For each place: the places that may follow. */
const NEXT: Readonly<Record<Place, readonly Place[]>> = {
  [PLACE.missing]: [PLACE.open],
  [PLACE.open]: [PLACE.missing, PLACE.retiring, PLACE.cutByEvent, PLACE.handedOver],
  [PLACE.retiring]: [PLACE.replacing, PLACE.cutByEvent],
  [PLACE.replacing]: [PLACE.open, PLACE.missing, PLACE.cutByEvent],
  [PLACE.cutByEvent]: [PLACE.open],
  [PLACE.handedOver]: [PLACE.open, PLACE.missing],
};

/** True if the connection is not open, or will soon not be, for a reason other than an error. */
export function inPlansHands(place: Place): boolean {
  return place !== PLACE.missing && place !== PLACE.open;
}

/** True if the connection counts in `present`: open, or between two lifetimes. */
function isPresent(place: Place): boolean {
  return place === PLACE.open || place === PLACE.retiring || place === PLACE.replacing;
}

/** The places of a worker's connections, which are numbered within the worker. Refuses a move that makes no sense. */
export class Places {
  readonly #shard: Shard;
  readonly #places: Uint8Array;
  /** 1 while no connect may begin: one waits or is under way, or the old socket is being cut. */
  readonly #isBusy: Uint8Array;
  readonly #onPresent: (change: number) => void;
  /** Connections that are open, or in the plan's hands. */
  #held = 0;
  /** The lowest `#held` since the last `takeFewest`. */
  #fewest = 0;
  /** `#held` without the connections that an event cut or that the server handed over. */
  #present = 0;

  /** `onPresent` is called with each change of `present`. */
  constructor(shard: Shard, owned: number, onPresent: (change: number) => void) {
    this.#shard = shard;
    this.#onPresent = onPresent;
    this.#places = new Uint8Array(owned).fill(PLACE.missing);
    this.#isBusy = new Uint8Array(owned);
  }

  /** t0 is reached, with these connections open. The others are missing. */
  start(openConnections: readonly number[]): void {
    for (const connection of openConnections) this.#places[connection] = PLACE.open;
    this.#held = openConnections.length;
    this.#fewest = this.#held;
    this.#present = this.#held;
  }

  of(connection: number): Place {
    return this.#places[connection] as Place;
  }

  /** Connections that are open or between two lifetimes. An event of the plan must bring this number back. */
  get present(): number {
    return this.#present;
  }

  /** Connections that the plan itself closed and that are not open again. */
  get inPlansHands(): number {
    return this.#places.filter((place) => inPlansHands(place as Place)).length;
  }

  /** The lowest number of connections that were open or in the plan's hands, since the last call. */
  takeFewest(): number {
    const fewest = this.#fewest;
    this.#fewest = this.#held;
    return fewest;
  }

  /**
   * Moves a connection to another place. Throws if that place cannot follow: the counters would be wrong from then on.
   */
  move(connection: number, to: Place): void {
    const from = this.of(connection);
    if (!NEXT[from].includes(to)) throw this.#wrong(connection, `cannot go from ${nameOf(from)} to ${nameOf(to)}`);
    this.#places[connection] = to;
    if (from === PLACE.missing) this.#held++;
    if (to === PLACE.missing) this.#held--;
    this.#fewest = Math.min(this.#fewest, this.#held);
    const change = Number(isPresent(to)) - Number(isPresent(from));
    this.#present += change;
    if (change !== 0) this.#onPresent(change);
  }

  /** True if a connect may begin: none waits or is under way, and no old socket is being cut. */
  isFree(connection: number): boolean {
    return this.#isBusy[connection] === 0;
  }

  /** Lets no connect begin until `release`. */
  reserve(connection: number): void {
    this.#isBusy[connection] = 1;
  }

  release(connection: number): void {
    this.#isBusy[connection] = 0;
  }

  /** A connect begins. Throws if the connection is still open: two sockets would share one place. */
  connecting(connection: number): void {
    const place = this.of(connection);
    if (place === PLACE.open || place === PLACE.retiring) {
      throw this.#wrong(connection, `cannot connect while it is ${nameOf(place)}`);
    }
    this.reserve(connection);
  }

  #wrong(connection: number, what: string): Error {
    const { cell, worker, workers } = this.#shard;
    return new Error(`${cell.id}: connection ${worker + connection * workers} of worker ${worker} ${what}`);
  }
}

function nameOf(place: Place): string {
  return Object.entries(PLACE).find(([, value]) => value === place)![0];
}
