/**
 * Words of the shared memory: a counter that changes when a worker has a new request, and the time that the helper
 * waits for.
 */
const BELL = 0;
const STOPPED = 1;
const HAS_TARGET = 2;
const TARGET = 3;
const FIRST_SEAT = 4;
/** Words of a worker's place: whether it waits for a time, and for which. */
const SEAT_CELLS = 2;

/** Times are stored as the low 32 bits of microseconds, so nothing may be planned further ahead than this. */
const AHEAD_US_MAX = 60e6;

/**
 * Memory that workers and the helper thread share. A worker writes here when it wants to be woken; the helper sleeps
 * until the earliest of these times. Only the helper blocks here, never a thread with sockets.
 */
export class MetronomeBoard {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #seats: number;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
    this.#seats = (this.#cells.length - FIRST_SEAT) / SEAT_CELLS;
  }

  static forSeats(seats: number): MetronomeBoard {
    return new MetronomeBoard(new SharedArrayBuffer(4 * (FIRST_SEAT + SEAT_CELLS * seats)));
  }

  /** Requests a wake-up at a time. A distant time is reached in steps. */
  ask(seat: number, dueUs: number, nowUs: number): void {
    const due = low32(Math.min(dueUs, nowUs + AHEAD_US_MAX));
    const at = FIRST_SEAT + seat * SEAT_CELLS;
    Atomics.store(this.#cells, at + 1, due);
    Atomics.store(this.#cells, at, 1);
    const isSeen = Atomics.load(this.#cells, HAS_TARGET) === 1 && isBefore(Atomics.load(this.#cells, TARGET), due);
    if (!isSeen) this.#ring();
  }

  /** Cancels the request. A wake-up that is already under way still comes. */
  leave(seat: number): void {
    Atomics.store(this.#cells, FIRST_SEAT + seat * SEAT_CELLS, 0);
  }

  stop(): void {
    Atomics.store(this.#cells, STOPPED, 1);
    this.#ring();
  }

  /**
   * Called by the helper. Calls back for each worker whose time has come. Returns the time until the next one,
   * microseconds; Infinity for none. Any earlier request from now on changes the counter.
   */
  look(nowUs: number, wake: (seat: number) => void): number {
    const now = low32(nowUs);
    Atomics.store(this.#cells, HAS_TARGET, 0);
    let nearestUs = Number.POSITIVE_INFINITY;
    for (let seat = 0; seat < this.#seats; seat++) {
      const at = FIRST_SEAT + seat * SEAT_CELLS;
      if (Atomics.load(this.#cells, at) === 0) continue;
      const aheadUs = (Atomics.load(this.#cells, at + 1) - now) | 0;
      if (aheadUs > 0) nearestUs = Math.min(nearestUs, aheadUs);
      else if (Atomics.exchange(this.#cells, at, 0) === 1) wake(seat);
    }
    if (nearestUs !== Number.POSITIVE_INFINITY) {
      Atomics.store(this.#cells, TARGET, (now + nearestUs) | 0);
      Atomics.store(this.#cells, HAS_TARGET, 1);
    }
    return nearestUs;
  }

  get isStopped(): boolean {
    return Atomics.load(this.#cells, STOPPED) === 1;
  }

  /** Read this before `look`, so that `wait` does not miss a request made meanwhile. */
  get bell(): number {
    return Atomics.load(this.#cells, BELL);
  }

  /** Blocks the thread for this long, or until the counter differs from `bell`. */
  wait(bell: number, us: number): void {
    Atomics.wait(this.#cells, BELL, bell, us / 1000);
  }

  #ring(): void {
    Atomics.add(this.#cells, BELL, 1);
    Atomics.notify(this.#cells, BELL);
  }
}

/** The helper sleeps until this long before a time and then spins, because a sleep may end this much late. */
const SPIN_US = 70;

/** The main loop of the helper thread: wakes workers at their times until it is stopped. */
export function beat(board: MetronomeBoard, nowUs: () => number, wake: (seat: number) => void): void {
  while (!board.isStopped) {
    const bell = board.bell;
    const aheadUs = board.look(nowUs(), wake);
    if (aheadUs > SPIN_US) board.wait(bell, aheadUs - SPIN_US);
  }
}

function low32(us: number): number {
  return (Math.ceil(us) % 2 ** 32) | 0;
}

function isBefore(a: number, b: number): boolean {
  return ((b - a) | 0) >= 0;
}
