/** Newest seconds, for which lines may still come. Their smallest sum is searched again each time. */
const NEWEST = 64;

/** The numbers of one worker, second by second. */
interface Told {
  /** Its number in every second. A second without a number takes that of the nearest second before, else after. */
  readonly values: number[];
  /** Whether the worker reported this second itself. */
  readonly known: boolean[];
  /** The first second that the worker reported. */
  first: number;
}

/**
 * One number of each worker in each second from t0, as its lines tell it, and the sum over workers. The sums are kept up
 * as lines come, so that a line costs the same in the first minute as after a day.
 */
export class WorkerSeconds {
  readonly #byWorker = new Map<number, Told>();
  readonly #sums: number[] = [];
  /** Whether any worker reported the second. */
  readonly #spoken: boolean[] = [];
  /** The smallest sum of the seconds before `end`. */
  readonly #settled: { end: number; lowest: number | null } = { end: 0, lowest: null };

  /** The number of seconds, from t0 to the newest that a worker reported. */
  get length(): number {
    return this.#sums.length;
  }

  /**
   * What a line says of the seconds it covers; where two lines speak of one second, `merge` decides. `second`: the
   * first that it covers.
   */
  add(
    worker: number,
    second: number,
    elapsedMs: number,
    value: number,
    merge: (known: number, value: number) => number,
  ): void {
    let told = this.#byWorker.get(worker);
    if (told === undefined) {
      told = { values: [], known: [], first: second };
      this.#byWorker.set(worker, told);
    }
    const last = second + Math.max(1, Math.round(elapsedMs / 1000)) - 1;
    for (let at = second; at <= last; at++) {
      this.#set(told, at, told.known[at] === true ? merge(told.values[at]!, value) : value);
    }
  }

  /** The smallest sum of the reported seconds before `end`; null if none is reported. */
  lowestSum(end = this.length): number | null {
    const settled = this.#settled;
    if (end < settled.end) this.#unsettle();
    const settledEnd = Math.min(end, this.length - NEWEST);
    for (; settled.end < settledEnd; settled.end++) settled.lowest = this.#lower(settled.lowest, settled.end);
    let { lowest } = settled;
    for (let at = settled.end; at < end; at++) lowest = this.#lower(lowest, at);
    return lowest;
  }

  /** Over all workers; one that wrote no line on this second counts as in its nearest line before, else behind. */
  sumAt(second: number): number | null {
    return this.#sums[Math.max(0, Math.min(second, this.length - 1))] ?? null;
  }

  #unsettle(): void {
    this.#settled.end = 0;
    this.#settled.lowest = null;
  }

  #lower(lowest: number | null, at: number): number | null {
    const sum = this.#sums[at]!;
    return this.#spoken[at] === true && (lowest === null || sum < lowest) ? sum : lowest;
  }

  #set(told: Told, at: number, value: number): void {
    while (this.#sums.length <= at) {
      this.#sums.push(this.#sums.at(-1) ?? 0);
      this.#spoken.push(false);
    }
    this.#spoken[at] = true;
    const { values, known } = told;
    while (values.length < this.#sums.length) {
      values.push(values.at(-1) ?? 0);
      known.push(false);
    }
    told.first = Math.min(told.first, at);
    // The seconds that take this number: those before the worker's first, and those up to the next that it spoke of.
    const from = at === told.first ? 0 : at;
    if (from < this.#settled.end) this.#unsettle();
    known[at] = true;
    for (let each = from; each < values.length && (each <= at || known[each] !== true); each++) {
      this.#sums[each]! += value - values[each]!;
      values[each] = value;
    }
  }
}
