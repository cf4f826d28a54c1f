/**
 * How far the clock of an agent is ahead of the coordinator's: agent = coordinator + offset. Both are monotonic clocks,
 * microseconds. An exchange of four stamps bounds the offset whatever its two ways took (RFC 5905, section 8).
 */
import type { Stamps } from '../bus/exchange.js';

/** The kernel never makes a clock faster or slower by more than this (adjtimex: 500 parts in a million). */
const DRIFT_MOST = 500e-6;
/** Samples that are kept. */
const WINDOW = 64;

/** The true offset lies within `errorUs` of `offsetUs`. */
export interface Offset {
  readonly offsetUs: number;
  readonly errorUs: number;
}

/** Of a sample: its offset, its error, and when it was taken, on the coordinator's clock. Microseconds. */
const [OFFSET, ERROR, AT, FIELDS] = [0, 1, 2, 3];

/**
 * The bound of one exchange, at the instant `gotUs`. The question arrived after it was asked, so the offset is at most
 * received - asked. The answer was got after it left, so the offset is at least answered - got. Null if no two clocks
 * can give these stamps.
 */
export function offsetOf({ askedUs, receivedUs, answeredUs, gotUs }: Stamps): Offset | null {
  const aroundUs = gotUs - askedUs;
  const driftUs = aroundUs * DRIFT_MOST;
  const mostUs = receivedUs - askedUs + driftUs;
  const leastUs = answeredUs - gotUs - driftUs;
  if (!(aroundUs >= 0 && answeredUs >= receivedUs && mostUs >= leastUs)) return null;
  return { offsetUs: (mostUs + leastUs) / 2, errorUs: (mostUs - leastUs) / 2 };
}

/** The offset of one agent's clock, from its exchanges. */
export class ClockOffset {
  /**
   * Samples in the order in which they were taken, FIELDS numbers each. Flat, as the beats of a thousand agents read all
   * of it every second.
   */
  readonly #samples = new Float64Array(FIELDS * WINDOW);
  #count = 0;
  #markedUs: number | null = null;

  /** Takes the stamps of an exchange. Those that are impossible are left out. */
  add(stamps: Stamps): void {
    const offset = offsetOf(stamps);
    if (offset === null) return;
    this.#keepThoseThatAgree(offset, stamps.gotUs);
    if (this.#count === WINDOW) this.#dropOldest();
    const place = FIELDS * this.#count++;
    this.#samples[place + OFFSET] = offset.offsetUs;
    this.#samples[place + ERROR] = offset.errorUs;
    this.#samples[place + AT] = stamps.gotUs;
    this.#markedUs ??= this.offsetUs;
  }

  /**
   * The offset at an instant of the coordinator's clock, not before the newest exchange. The sample with the smallest
   * error wins; the error grows with its age. Throws if there was no exchange.
   */
  at(nowUs: number): Offset {
    if (this.#count === 0) throw new Error('no exchange has told the offset of this clock');
    let [best, bestUs] = [0, Number.POSITIVE_INFINITY];
    for (let sample = 0; sample < this.#count; sample++) {
      const errorUs = this.#errorAt(sample, nowUs);
      if (errorUs <= bestUs) [best, bestUs] = [sample, errorUs];
    }
    return { offsetUs: this.#samples[FIELDS * best + OFFSET]!, errorUs: bestUs };
  }

  /** At the newest exchange. */
  get offsetUs(): number {
    return this.at(this.#newestUs).offsetUs;
  }

  /** At the newest exchange. */
  get errorUs(): number {
    return this.at(this.#newestUs).errorUs;
  }

  /** From now on, `driftUs` counts from the offset of now. */
  mark(): void {
    this.#markedUs = this.offsetUs;
  }

  /** How much the offset has changed since it was marked, or since the first exchange. */
  get driftUs(): number {
    return this.#markedUs === null ? 0 : this.offsetUs - this.#markedUs;
  }

  get #newestUs(): number {
    return this.#count === 0 ? 0 : this.#samples[FIELDS * (this.#count - 1) + AT]!;
  }

  /**
   * A clock that was set or stood still makes older samples wrong: only those that agree with the new one are kept. Two
   * agree if one offset can be within the errors of both. Answers may come in another order than they were asked for.
   */
  #keepThoseThatAgree({ offsetUs, errorUs }: Offset, atUs: number): void {
    let kept = 0;
    for (let sample = 0; sample < this.#count; sample++) {
      const from = FIELDS * sample;
      const aheadUs = Math.max(0, this.#samples[from + AT]! - atUs);
      const bothUs = this.#errorAt(sample, atUs) + errorUs + aheadUs * DRIFT_MOST;
      if (Math.abs(this.#samples[from + OFFSET]! - offsetUs) > bothUs) continue;
      if (kept !== sample) this.#samples.copyWithin(FIELDS * kept, from, from + FIELDS);
      kept++;
    }
    this.#count = kept;
  }

  #dropOldest(): void {
    this.#samples.copyWithin(0, FIELDS);
    this.#count--;
  }

  #errorAt(sample: number, nowUs: number): number {
    const place = FIELDS * sample;
    return this.#samples[place + ERROR]! + Math.max(0, nowUs - this.#samples[place + AT]!) * DRIFT_MOST;
  }
}
