import type { Clock, Timer } from '../engine/pacing/clock.js';
import { type HostLoad, type HostSample, hostLoadBetween } from '../machine/host-load.js';
import type { HostFacts } from '../metrics/client-result.js';

/** Looks at this machine when the measure phase of a cell begins, and when it ends. */
export class HostWatch {
  readonly #clock: Clock;
  readonly #host: Pick<HostLoad, 'sample'>;
  readonly #measureUs: number;
  #durationMs: number;
  #timer: Timer | null = null;
  #before: HostSample | null = null;
  #after: HostSample | null = null;

  /** `measureUs`: when the measure phase begins. */
  constructor(clock: Clock, host: Pick<HostLoad, 'sample'>, measureUs: number, durationMs: number) {
    this.#clock = clock;
    this.#host = host;
    this.#measureUs = measureUs;
    this.#durationMs = durationMs;
    this.#at(measureUs, () => {
      this.#before = host.sample();
      this.extend(this.#durationMs);
    });
  }

  /** The measure phase lasts so long, which may be longer than before. */
  extend(durationMs: number): void {
    this.#durationMs = durationMs;
    if (this.#before === null || this.#after !== null) return;
    this.#at(this.#measureUs + durationMs * 1000, () => this.end());
  }

  /** The measure phase is over. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#before !== null) this.#after ??= this.#host.sample();
  }

  /** What the machine did in the measure phase; if there was none, what it is now. */
  facts(): HostFacts {
    this.end();
    const before = this.#before ?? this.#host.sample();
    return hostLoadBetween(before, this.#after ?? this.#host.sample());
  }

  #at(us: number, callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(Math.max(0, (us - this.#clock.nowUs()) / 1000), callback);
  }
}
