/**
 * Words of the shared memory: a counter that changes when the helper has to look again, whether it was stopped, and the
 * time that it sleeps until.
 */
const CHANGES = 0;
const STOPPED = 1;
const HAS_TARGET = 2;
const TARGET = 3;
const FIRST_WORKER = 4;
/** Words of a worker: whether it waits for a time, and for which. */
const WORDS_PER_WORKER = 2;

/** Times are stored as the low 32 bits of microseconds, so nothing may be planned further ahead than this. */
const AHEAD_US_MAX = 60e6;

/**
 * The requests of all workers to be woken, in memory that they share with the metronome, a helper thread:
 *
 *     worker 0: wake me at 5000 us   \
 *     worker 1: no request            >   helper: the earliest is 5000; sleep until then, wake worker 0, look again
 *     worker 2: wake me at 9000 us   /
 *
 * A request for an earlier time than the helper sleeps until changes a counter, which ends the sleep. Only the helper
 * ever blocks here, never a thread with sockets.
 */
export class WakeRequests {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #workers: number;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    this.#workers = (this.#words.length - FIRST_WORKER) / WORDS_PER_WORKER;
  }

  static forWorkers(workers: number): WakeRequests {
    return new WakeRequests(new SharedArrayBuffer(4 * (FIRST_WORKER + WORDS_PER_WORKER * workers)));
  }

  /** Requests a wake-up at a time. A distant time is reached in steps. */
  add(worker: number, dueUs: number, nowUs: number): void {
    const due = low32(Math.min(dueUs, nowUs + AHEAD_US_MAX));
    const at = FIRST_WORKER + worker * WORDS_PER_WORKER;
    Atomics.store(this.#words, at + 1, due);
    Atomics.store(this.#words, at, 1);
    const isInTime = Atomics.load(this.#words, HAS_TARGET) === 1 && isBefore(Atomics.load(this.#words, TARGET), due);
    if (!isInTime) this.#wakeHelper();
  }

  /** Cancels the request. A wake-up that is already under way still comes. */
  cancel(worker: number): void {
    Atomics.store(this.#words, FIRST_WORKER + worker * WORDS_PER_WORKER, 0);
  }

  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    this.#wakeHelper();
  }

  /**
   * Called by the helper. Calls back for each worker whose time has come. Returns the time until the next one,
   * microseconds; Infinity for none. Any earlier request from now on changes the counter.
   */
  wakeDue(nowUs: number, wake: (worker: number) => void): number {
    const now = low32(nowUs);
    Atomics.store(this.#words, HAS_TARGET, 0);
    let nearestUs = Number.POSITIVE_INFINITY;
    for (let worker = 0; worker < this.#workers; worker++) {
      const at = FIRST_WORKER + worker * WORDS_PER_WORKER;
      if (Atomics.load(this.#words, at) === 0) continue;
      const aheadUs = (Atomics.load(this.#words, at + 1) - now) | 0;
      if (aheadUs > 0) nearestUs = Math.min(nearestUs, aheadUs);
      else if (Atomics.exchange(this.#words, at, 0) === 1) wake(worker);
    }
    if (nearestUs !== Number.POSITIVE_INFINITY) {
      Atomics.store(this.#words, TARGET, (now + nearestUs) | 0);
      Atomics.store(this.#words, HAS_TARGET, 1);
    }
    return nearestUs;
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOPPED) === 1;
  }

  /** The counter. Read it before `wakeDue`, so that `wait` does not miss a request made meanwhile. */
  get changes(): number {
    return Atomics.load(this.#words, CHANGES);
  }

  /** Blocks the thread for this long, or until the counter differs from `changes`. */
  wait(changes: number, us: number): void {
    Atomics.wait(this.#words, CHANGES, changes, us / 1000);
  }

  #wakeHelper(): void {
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.notify(this.#words, CHANGES);
  }
}

/** The helper sleeps until this long before a time and then spins, because a sleep may end this much late. */
const SPIN_US = 70;

/** The main loop of the helper thread: wakes workers at their times until it is stopped. */
export function runMetronome(requests: WakeRequests, nowUs: () => number, wake: (worker: number) => void): void {
  while (!requests.isStopped) {
    const { changes } = requests;
    const aheadUs = requests.wakeDue(nowUs(), wake);
    if (aheadUs > SPIN_US) requests.wait(changes, aheadUs - SPIN_US);
  }
}

function low32(us: number): number {
  return (Math.ceil(us) % 2 ** 32) | 0;
}

function isBefore(a: number, b: number): boolean {
  return ((b - a) | 0) >= 0;
}
