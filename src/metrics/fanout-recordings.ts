import type { FanoutDelta } from './interval.js';
import { Recording } from './recording.js';

const TIMES = ['deliver', 'deliverService', 'first', 'firstService', 'last', 'lastService', 'spread'] as const;

/**
 * What all workers noted about one message. First and last instant in microseconds after it was due; `lagUs`: how long
 * after that it was sent.
 */
export interface MessageReach {
  readonly delivered: number;
  readonly expected: number;
  readonly gone: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly lagUs: number;
}

interface SlowRecordings {
  readonly deliver: Recording;
  readonly service: Recording;
  missed: number;
}

/** What a worker records of messages that are sent to many, in one second of one request. */
export class FanoutRecordings {
  readonly #times = Object.fromEntries(TIMES.map((name) => [name, new Recording()])) as Record<
    (typeof TIMES)[number],
    Recording
  >;
  #messages = 0;
  #reachedAny = 0;
  #reachedAll = 0;
  #expected = 0;
  #delivered = 0;
  #gone = 0;
  /** Null until a connection that reads slowly has read a message, or missed one. */
  #slow: SlowRecordings | null = null;

  /** Deliveries recorded since the last `drain`. */
  get count(): number {
    return this.#times.deliver.count;
  }

  /** One delivery, microseconds after its message was due and after it was sent. The number of clamped values. */
  delivered(afterUs: number, tookUs: number): number {
    const { deliver, deliverService } = this.#times;
    return Number(!deliver.record(afterUs)) + Number(!deliverService.record(tookUs));
  }

  /** One delivery to a connection that reads slowly, as `delivered`. The number of clamped values. */
  slowDelivered(afterUs: number, tookUs: number): number {
    const { deliver, service } = this.#ofSlow();
    return Number(!deliver.record(afterUs)) + Number(!service.record(tookUs));
  }

  /** So many connections that read slowly have missed a message. */
  slowMissed(count: number): void {
    this.#ofSlow().missed += count;
  }

  #ofSlow(): SlowRecordings {
    this.#slow ??= { deliver: new Recording(), service: new Recording(), missed: 0 };
    return this.#slow;
  }

  /** One message that all workers have closed. Of a message that nobody should have received nothing is kept. */
  published({ delivered, expected, gone, firstUs, lastUs, lagUs }: MessageReach): void {
    if (expected === 0) return;
    this.#messages++;
    this.#expected += expected;
    this.#delivered += delivered;
    this.#gone += gone;
    if (delivered === 0) return;
    this.#reachedAny++;
    this.#times.first.record(firstUs);
    this.#times.firstService.record(firstUs - lagUs);
    if (delivered + gone < expected) return;
    this.#reachedAll++;
    this.#times.last.record(lastUs);
    this.#times.lastService.record(lastUs - lagUs);
    // One delivery alone has no spread.
    if (delivered > 1) this.#times.spread.record(lastUs - firstUs);
  }

  drain(): FanoutDelta {
    const counts = {
      messages: this.#messages,
      reachedAny: this.#reachedAny,
      reachedAll: this.#reachedAll,
      expected: this.#expected,
      delivered: this.#delivered,
      gone: this.#gone,
    };
    this.#messages = 0;
    this.#reachedAny = 0;
    this.#reachedAll = 0;
    this.#expected = 0;
    this.#delivered = 0;
    this.#gone = 0;
    const times = Object.fromEntries(TIMES.map((name) => [name, this.#times[name].drain()]));
    return { ...counts, ...(times as Pick<FanoutDelta, (typeof TIMES)[number]>), ...this.#drainSlow() };
  }

  #drainSlow(): Pick<FanoutDelta, 'slow'> {
    if (this.#slow === null) return {};
    const { deliver, service, missed } = this.#slow;
    this.#slow.missed = 0;
    return { slow: { deliver: deliver.drain(), service: service.drain(), missed } };
  }
}
