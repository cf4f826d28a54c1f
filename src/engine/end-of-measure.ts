/**
 * The end of the measured time. A run with `--until-ci` may move it to a later time while the load runs:
 *
 *     t0 ... warm-up ... | ... measure ... | end  - - ->  later end
 *
 * Whoever only compares with the end reads `endUs` each time. Whoever planned something up to the end asks to be told.
 */
export class EndOfMeasure {
  #endUs: number;
  readonly #callbacks: ((endUs: number, formerUs: number) => void)[] = [];

  /** `endUs`: microseconds from t0. */
  constructor(endUs: number) {
    this.#endUs = endUs;
  }

  /** Microseconds from t0. Messages due from here on are not part of the cell. */
  get endUs(): number {
    return this.#endUs;
  }

  /** Calls back after each move, in the order in which the callbacks were added. `formerUs`: the end until now. */
  onExtended(callback: (endUs: number, formerUs: number) => void): void {
    this.#callbacks.push(callback);
  }

  /** Moves the end to a later time. An end that is not later changes nothing. */
  extend(endUs: number): void {
    const formerUs = this.#endUs;
    if (endUs <= formerUs) return;
    this.#endUs = endUs;
    for (const callback of this.#callbacks) callback(endUs, formerUs);
  }
}
