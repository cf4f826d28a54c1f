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

interface Sample extends Offset {
  /** When it was taken, on the coordinator's clock. */
  readonly atUs: number;
}

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
  /** In the order in which they were taken. */
  #samples: Sample[] = [];
  #markedUs: number | null = null;

  /** Takes the stamps of an exchange. Those that are impossible are left out. */
  add(stamps: Stamps): void {
    const offset = offsetOf(stamps);
    if (offset === null) return;
    const sample = { ...offset, atUs: stamps.gotUs };
    // A clock that was set or stood still makes older samples wrong: only those that agree with the new one are kept.
    this.#samples = this.#samples.filter((older) => agree(older, sample)).slice(1 - WINDOW);
    this.#samples.push(sample);
    this.#markedUs ??= this.offsetUs;
  }

  /**
   * The offset at an instant of the coordinator's clock, not before the newest exchange. The sample with the smallest
   * error wins; the error grows with its age. Throws if there was no exchange.
   */
  at(nowUs: number): Offset {
    let best: Offset | null = null;
    for (const sample of this.#samples) {
      const errorUs = errorAt(sample, nowUs);
      if (best === null || errorUs <= best.errorUs) best = { offsetUs: sample.offsetUs, errorUs };
    }
    if (best === null) throw new Error('no exchange has told the offset of this clock');
    return best;
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
    return this.#samples.at(-1)?.atUs ?? 0;
  }
}

function errorAt({ errorUs, atUs }: Sample, nowUs: number): number {
  return errorUs + Math.max(0, nowUs - atUs) * DRIFT_MOST;
}

/** True if one offset can be within the errors of both. Answers may come in another order than they were asked for. */
function agree(older: Sample, newer: Sample): boolean {
  const nowUs = Math.max(older.atUs, newer.atUs);
  return Math.abs(older.offsetUs - newer.offsetUs) <= errorAt(older, nowUs) + errorAt(newer, nowUs);
}
