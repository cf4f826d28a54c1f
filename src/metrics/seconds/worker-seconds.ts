import assert from 'node:assert/strict';
import type { WorkerSpan } from '../interval.js';

/** For this many of the newest seconds more lines may arrive. Their smallest sum is searched each time. */
const NEWEST = 64;

/** The sums over a group of workers, second by second from t0. */
export interface SecondsTold {
  readonly sums: readonly number[];
  /** Seconds that no worker of the group reported. */
  readonly silent: readonly number[];
}

/** The numbers of one worker, second by second. */
interface Told {
  /**
   * Its number in every second. A second without a number gets that of the nearest earlier second, or else the nearest
   * later one.
   */
  readonly values: number[];
  /** Whether the worker reported this second itself. */
  readonly known: boolean[];
  /** The first reported second. */
  first: number;
}

/**
 * One number per worker and second from t0, as reported in lines, and the sums over workers. The sums are updated as
 * lines arrive, so that a line costs the same in the first minute as after a day.
 */
export class WorkerSeconds {
  readonly #byWorker = new Map<number, Told>();
  readonly #sums: number[] = [];
  /** Whether any worker reported the second. */
  readonly #spoken: boolean[] = [];
  /** The smallest sum of the seconds before `end`. */
  readonly #settled: { end: number; lowest: number | null } = { end: 0, lowest: null };

  /** The number of seconds from t0 to the newest reported one. */
  get length(): number {
    return this.#sums.length;
  }

  /**
   * Adds the number of a line for the seconds that it covers. If two lines cover the same second, `merge` decides.
   * `second`: the first second covered.
   */
  add(
    worker: number,
    second: number,
    elapsedMs: number,
    value: number,
    merge: (known: number, value: number) => number,
  ): void {
    if (!Number.isInteger(second) || second < 0) assert.fail(`worker ${worker} reports second ${second}`);
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

  /**
   * The sum over all workers. A worker without a line for this second counts with its nearest earlier line, or else its
   * nearest later one.
   */
  sumAt(second: number): number | null {
    return this.#sums[Math.max(0, Math.min(second, this.length - 1))] ?? null;
  }

  /** All sums, as `settle` takes them. */
  told(): SecondsTold {
    return { sums: [...this.#sums], silent: this.#spoken.flatMap((spoken, second) => (spoken ? [] : [second])) };
  }

  /**
   * Takes the sums that a group of workers told in place of what is known of each. A line of several workers has one
   * number for them all, which is not exact where one of them was late; their own sums are.
   */
  settle([from, to]: WorkerSpan, { sums, silent }: SecondsTold): void {
    for (const [worker, told] of this.#byWorker) {
      if (worker >= from && worker < to) this.#forget(worker, told);
    }
    if (sums.length === 0) return;
    this.#reach(sums.length - 1);
    const values = this.#sums.map((_, second) => sums[Math.min(second, sums.length - 1)]!);
    for (const [second, value] of values.entries()) this.#sums[second]! += value;
    const quiet = new Set(silent);
    for (let second = 0; second < sums.length; second++) if (!quiet.has(second)) this.#spoken[second] = true;
    this.#byWorker.set(from, { values, known: values.map(() => true), first: 0 });
    this.#unsettle();
  }

  /** These workers are gone: each counts as 0 from the second after its newest one on. Before the first line: nothing. */
  leave([from, to]: WorkerSpan): void {
    for (const [worker, { values, known }] of this.#byWorker) {
      if (worker < from || worker >= to) continue;
      const after = known.lastIndexOf(true) + 1;
      this.#reach(after);
      while (values.length < this.#sums.length) {
        values.push(values.at(-1) ?? 0);
        known.push(false);
      }
      for (let second = after; second < values.length; second++) {
        this.#sums[second]! -= values[second]!;
        values[second] = 0;
      }
      if (after < this.#settled.end) this.#unsettle();
    }
  }

  #forget(worker: number, { values }: Told): void {
    for (let second = 0; second < this.#sums.length; second++) {
      this.#sums[second]! -= values[Math.min(second, values.length - 1)] ?? 0;
    }
    this.#byWorker.delete(worker);
  }

  /** Every second from t0 to this one has a sum. */
  #reach(second: number): void {
    while (this.#sums.length <= second) {
      this.#sums.push(this.#sums.at(-1) ?? 0);
      this.#spoken.push(false);
    }
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
    this.#reach(at);
    this.#spoken[at] = true;
    const { values, known } = told;
    while (values.length < this.#sums.length) {
      values.push(values.at(-1) ?? 0);
      known.push(false);
    }
    told.first = Math.min(told.first, at);
    // The seconds that get this number: those before the worker's first one, and those up to its next reported one.
    const from = at === told.first ? 0 : at;
    if (from < this.#settled.end) this.#unsettle();
    known[at] = true;
    for (let each = from; each < values.length && (each <= at || known[each] !== true); each++) {
      this.#sums[each]! += value - values[each]!;
      values[each] = value;
    }
  }
}
