import type { Cell, Phase } from '../plan/cell.js';
import { NO_REQUEST } from '../plan/mix.js';
import { C, COUNTERS } from './counters.js';
import { FanoutRecordings, type MessageReach } from './fanout-recordings.js';
import type { FlowDelta, LatencyName } from './interval.js';
import { Recording } from './recording.js';

/** One second of one phase: what was added since the last flush. */
export class SecondBucket {
  readonly phase: Phase;
  readonly second: number;
  readonly request: number;
  /** Indexed by `C`. */
  readonly counters: Float64Array;
  /** Payload bytes of the messages counted in `sent` and in `received`. */
  sentBytes = 0;
  receivedBytes = 0;
  readonly #recordings: LatencyRecordings;
  /** Null for messages that never wait for a value. */
  readonly #waits: WaitRecordings | null;
  /** Null for messages that are not sent to many. */
  readonly #fanout: FanoutRecordings | null;

  constructor(
    phase: Phase,
    second: number,
    request: number,
    recordings: LatencyRecordings,
    waits: WaitRecordings | null,
    fanout: FanoutRecordings | null = null,
  ) {
    this.phase = phase;
    this.second = second;
    this.request = request;
    this.counters = new Float64Array(COUNTERS.length);
    this.#recordings = recordings;
    this.#waits = waits;
    this.#fanout = fanout;
  }

  /** Records a latency in microseconds. A value outside the histogram's range is clamped and counted. */
  response(us: number): void {
    if (!this.#recordings.response.record(us)) this.counters[C.clamped]!++;
  }
  service(us: number): void {
    if (!this.#recordings.service.record(us)) this.counters[C.clamped]!++;
  }
  lag(us: number): void {
    if (!this.#recordings.lag.record(us)) this.counters[C.clamped]!++;
  }
  /** Records how long a message had to wait for a value. */
  wait(us: number): void {
    if (!this.#waits!.wait.recordFrom0(us)) this.counters[C.clamped]!++;
  }
  /** Records its wait and its service time together. */
  waitAndService(us: number): void {
    if (!this.#waits!.waitAndService.record(us)) this.counters[C.clamped]!++;
  }

  /** Records a delivery: microseconds after its message was due, and after it was sent. */
  delivered(afterUs: number, tookUs: number): void {
    this.counters[C.clamped]! += this.#fanout!.delivered(afterUs, tookUs);
  }
  /** Records a delivery to a connection that reads slowly on purpose. */
  slowDelivered(afterUs: number, tookUs: number): void {
    this.counters[C.clamped]! += this.#fanout!.slowDelivered(afterUs, tookUs);
  }
  slowMissed(count: number): void {
    this.#fanout!.slowMissed(count);
  }
  /** Records what became of a whole message. */
  published(reach: MessageReach): void {
    this.#fanout!.published(reach);
  }

  drain(): FlowDelta {
    const { response, service, lag } = this.#recordings;
    return {
      phase: this.phase,
      second: this.second,
      ...(this.request === NO_REQUEST ? {} : { request: this.request }),
      counters: Array.from(this.counters),
      histograms: { response: response.drain(), service: service.drain(), lag: lag.drain() },
      ...(this.#waits === null
        ? {}
        : { wait: this.#waits.wait.drain(), waitAndService: this.#waits.waitAndService.drain() }),
      ...(this.#fanout === null ? {} : { fanout: this.#fanout.drain() }),
      bytes: { sent: this.sentBytes, received: this.receivedBytes },
    };
  }

  get recordings(): LatencyRecordings {
    return this.#recordings;
  }

  get waits(): WaitRecordings | null {
    return this.#waits;
  }

  get fanout(): FanoutRecordings | null {
    return this.#fanout;
  }
}

/** Of messages that may have to wait for a value. */
export type WaitRecordings = Readonly<Record<'wait' | 'waitAndService', Recording>>;

export type LatencyRecordings = Readonly<Record<LatencyName, Recording>>;

/** The seconds that messages of one request, or of none, have touched since the last flush. */
export class TouchedSeconds {
  readonly #request: number;
  readonly #warmupUs: number;
  #endUs: number;
  readonly #warmupSeconds: number;
  readonly #touched = new Map<number, SecondBucket>();
  readonly #pool: LatencyRecordings[];
  /** Null for messages that never wait for a value. */
  readonly #waitPool: WaitRecordings[] | null;
  /** Null for messages that are not sent to many. */
  readonly #fanoutPool: FanoutRecordings[] | null;
  readonly #sums = { warmup: new Float64Array(COUNTERS.length), measure: new Float64Array(COUNTERS.length) };
  /** The last used bucket and its time span; none at first. */
  #last: SecondBucket | null = null;
  #lastFromUs = Number.POSITIVE_INFINITY;
  #lastToUs = Number.POSITIVE_INFINITY;

  constructor(
    cell: Cell,
    request: number,
    pool: LatencyRecordings[],
    waitPool: WaitRecordings[] | null,
    fanoutPool: FanoutRecordings[] | null = null,
  ) {
    this.#request = request;
    this.#pool = pool;
    this.#waitPool = waitPool;
    this.#fanoutPool = fanoutPool;
    this.#warmupUs = cell.warmupMs * 1000;
    this.#endUs = this.#warmupUs + cell.durationMs * 1000;
    this.#warmupSeconds = Math.ceil(cell.warmupMs / 1000);
  }

  extend(endUs: number): void {
    this.#endUs = endUs;
  }

  at(instantUs: number): SecondBucket {
    if (instantUs >= this.#lastFromUs && instantUs < this.#lastToUs) return this.#last!;
    const clamped = Math.min(Math.max(0, instantUs), this.#endUs - 1);
    return clamped < this.#warmupUs
      ? this.#enter('warmup', Math.floor(clamped / 1e6), 0, this.#warmupUs)
      : this.#enter('measure', Math.floor((clamped - this.#warmupUs) / 1e6), this.#warmupUs, this.#endUs);
  }

  /** Makes a second the first one that `at` tries, with its time span. */
  #enter(phase: Phase, second: number, phaseFromUs: number, phaseToUs: number): SecondBucket {
    const index = phase === 'warmup' ? second : this.#warmupSeconds + second;
    let bucket = this.#touched.get(index);
    if (bucket === undefined) {
      const recordings = this.#pool.pop() ?? {
        response: new Recording(),
        service: new Recording(),
        lag: new Recording(),
      };
      const waits =
        this.#waitPool === null
          ? null
          : (this.#waitPool.pop() ?? { wait: new Recording(), waitAndService: new Recording() });
      const fanout = this.#fanoutPool === null ? null : (this.#fanoutPool.pop() ?? new FanoutRecordings());
      bucket = new SecondBucket(phase, second, this.#request, recordings, waits, fanout);
      this.#touched.set(index, bucket);
    }
    this.#last = bucket;
    this.#lastFromUs = phaseFromUs + second * 1e6;
    this.#lastToUs = Math.min(phaseToUs, this.#lastFromUs + 1e6);
    return bucket;
  }

  /** The touched seconds, which are forgotten. */
  take(): SecondBucket[] {
    const touched = [...this.#touched.values()];
    this.#touched.clear();
    this.#last = null;
    this.#lastFromUs = Number.POSITIVE_INFINITY;
    return touched;
  }

  /** Adds a bucket to the sums of this request. */
  sum({ phase, counters }: SecondBucket): void {
    const sums = this.#sums[phase];
    for (let i = 0; i < counters.length; i++) sums[i]! += counters[i]!;
  }

  totals(): Readonly<Record<Phase, readonly number[]>> {
    return { warmup: Array.from(this.#sums.warmup), measure: Array.from(this.#sums.measure) };
  }
}
