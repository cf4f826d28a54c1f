import type { InstrumentDelta } from '../../metrics/interval.js';
import { Recording } from '../../metrics/recording.js';
import type { Cell, Endpoint } from '../../plan/cell.js';
import type { EndOfMeasure } from '../end-of-measure.js';
import { frameHeader } from '../frame/frame-header.js';
import { maskInto, maskKey } from '../frame/mask.js';
import type { LastService } from '../last-service.js';
import type { Clock } from '../pacing/clock.js';
import type { ConnectFn, PooledConnection } from '../pool.js';
import { ReplyLog } from './reply-log.js';

/** How a worker reaches the truth echo: the address to connect to, and the shared memory with the true times. */
export interface TruthEchoLink {
  readonly url: string;
  /** The number of the worker. */
  readonly worker: number;
  readonly shared: SharedArrayBuffer;
}

export interface InstrumentOptions {
  readonly echo: TruthEchoLink;
  readonly cell: Cell;
  readonly end: EndOfMeasure;
  readonly connect: ConnectFn;
  readonly clock: Clock;
  readonly lastService: LastService;
  /** Called when a message of the check was answered. */
  readonly settled: () => void;
}

/** Longest time between two checks. A short measured time gets up to twice as many, to reach `WANTED`. */
const WIDEST_GAP_US = 10_000;
const NARROWEST_GAP_US = 5_000;
const WANTED = 1000;
/** Longest delay of a reply. Half the drain is another limit, because the check must end with the load. */
const LONGEST_DELAY_MS = 500;
/** Multiples of the golden ratio spread the checks within their gaps, so that they do not keep step with the load. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const NONE = Number.NaN;

/**
 * Measures wsurge's own error. 100 to 200 messages a second go to an echo on a connection of their own, and the echo
 * notes when each reply left it. These messages are planned, sent and read exactly as those of the load:
 *
 *     due --------- sent ---------- reply leaves the echo ---------- reply is read
 *      |<----------- true response time ------>|<------- added ----------->|
 *      |<--------------------- reported response time -------------------->|
 *
 * What is added at this load are kernel, event loop and our own reading. (The outbound path is part of both times and
 * cancels out. Late sends are reported separately, as send lag.)
 *
 * The echo delays each reply as long as the target took for the reply or delivery read last. Then checks and load are on their way
 * for the same time, and a stall of this machine hits an equal share of both. Only messages due in the measure phase
 * count.
 */
export class Instrument {
  readonly #echo: TruthEchoLink;
  readonly #log: ReplyLog;
  readonly #connect: ConnectFn;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #measureUs: number;
  readonly #gapUs: number;
  readonly #longestDelayMs: number;
  readonly #lastService: LastService;
  readonly #end: EndOfMeasure;
  readonly #reported = new Recording();
  readonly #truth = new Recording();
  readonly #added = new Recording();
  #missed = 0;
  #connection: PooledConnection | null = null;
  #t0Us = Number.POSITIVE_INFINITY;
  #ordinal = 0;
  #nextDueUs = 0;
  /** By entry of the log: when its message was due, us from t0, and its ordinal. NaN if no message is in flight. */
  readonly #dueUs = new Float64Array(ReplyLog.entries).fill(NONE);
  readonly #ordinals = new Float64Array(ReplyLog.entries);
  #onItsWay = 0;
  readonly #settled: () => void;
  #whenClosed: (() => void) | null = null;

  constructor({ echo, cell, end, connect, clock, lastService, settled }: InstrumentOptions) {
    this.#settled = settled;
    this.#lastService = lastService;
    this.#longestDelayMs = Math.min(LONGEST_DELAY_MS, cell.drainMs / 2);
    this.#gapUs = Math.min(WIDEST_GAP_US, Math.max(NARROWEST_GAP_US, (cell.durationMs * 1000) / WANTED));
    this.#echo = echo;
    this.#log = new ReplyLog(echo.shared);
    this.#connect = connect;
    this.#clock = clock;
    this.#timeoutMs = cell.connectTimeoutMs;
    this.#measureUs = cell.warmupMs * 1000;
    this.#end = end;
    end.onExtended(() => {
      this.#nextDueUs = this.#dueUsOf(this.#ordinal);
    });
  }

  /** Resolves when the connection is open or has failed. If it failed, all checks count as missed. */
  connect(): Promise<void> {
    return new Promise((resolve) => {
      const options = {
        endpoint: endpointOf(this.#echo.url),
        ...{ connection: this.#echo.worker, env: {}, data: [], connectTimeoutMs: this.#timeoutMs },
      };
      this.#connection = this.#connect(
        0,
        this.#clock.nowUs(),
        options,
        {
          onOpen: () => resolve(),
          onFailed: () => resolve(),
          onFrame: (_index, bytes, start, end, nowUs) => this.#onReply(bytes, start, end, nowUs),
          onReadEnd: () => {},
          onPong: () => {},
          onClose: () => this.#onClose(),
          onError: () => {},
        },
        this.#clock,
      );
    });
  }

  start(t0Us: number): void {
    this.#t0Us = t0Us;
  }

  /** When the next message is due, us from t0; Infinity for never. */
  get nextDueUs(): number {
    return this.#nextDueUs;
  }

  onDue(): void {
    const dueUs = this.#nextDueUs;
    const ordinal = this.#ordinal++;
    this.#nextDueUs = this.#dueUsOf(this.#ordinal);
    const entry = ReplyLog.entry(ordinal);
    if (!Number.isNaN(this.#dueUs[entry])) this.#miss(entry);
    if (this.#connection === null || !this.#connection.canSend) {
      if (dueUs >= this.#measureUs) this.#missed++;
      return;
    }
    this.#dueUs[entry] = dueUs;
    this.#ordinals[entry] = ordinal;
    this.#onItsWay++;
    const delayMs = Math.floor(Math.min(this.#longestDelayMs, this.#lastService.us / 1000));
    this.#connection.write(frameOf(ordinal, delayMs), null);
  }

  /** True while a reply may still come. */
  get isWaiting(): boolean {
    return this.#onItsWay > 0;
  }

  /** Counts all outstanding replies as missed. */
  giveUp(): void {
    for (let entry = 0; entry < this.#dueUs.length; entry++) if (!Number.isNaN(this.#dueUs[entry])) this.#miss(entry);
  }

  /** The results since the last call. */
  drain(): InstrumentDelta {
    const [reported, truth, added] = [this.#reported.drain(), this.#truth.drain(), this.#added.drain()];
    const delta = { reported, truth, added, missed: this.#missed };
    this.#missed = 0;
    return delta;
  }

  /** Closes with 1000. Cuts the connection if that takes longer than `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    const connection = this.#connection;
    if (connection === null || !connection.isOpen) {
      connection?.terminate();
      return;
    }
    const closed = new Promise<void>((resolve) => {
      this.#whenClosed = resolve;
    });
    connection.close();
    const deadline = this.#clock.after(timeoutMs, () => connection.terminate());
    await closed;
    deadline.cancel();
  }

  #dueUsOf(ordinal: number): number {
    const dueUs = (ordinal + ((ordinal * GOLDEN) % 1)) * this.#gapUs;
    return dueUs < this.#end.endUs ? dueUs : Number.POSITIVE_INFINITY;
  }

  #onReply(bytes: Buffer, start: number, end: number, nowUs: number): void {
    if (end - start !== CHECK_BYTES) return;
    const ordinal = bytes.readUInt32BE(start);
    const entry = ReplyLog.entry(ordinal);
    const dueUs = this.#dueUs[entry]!;
    // The reply is so late that another message uses its entry, so it counts as missed.
    if (Number.isNaN(dueUs) || this.#ordinals[entry] !== ordinal) return;
    this.#forget(entry);
    if (dueUs >= this.#measureUs) {
      const intendedUs = this.#t0Us + dueUs;
      const leftUs = this.#log.leftUs(this.#echo.worker, ordinal);
      this.#reported.record(nowUs - intendedUs);
      this.#truth.record(leftUs - intendedUs);
      this.#added.record(nowUs - leftUs);
    }
    this.#settled();
  }

  #onClose(): void {
    this.giveUp();
    this.#settled();
    this.#whenClosed?.();
  }

  #miss(entry: number): void {
    if (this.#dueUs[entry]! >= this.#measureUs) this.#missed++;
    this.#forget(entry);
  }

  #forget(entry: number): void {
    this.#dueUs[entry] = NONE;
    this.#onItsWay--;
  }
}

/** A check message: the ordinal, the delay of the reply, and padding up to the size of a usual small message. */
export const CHECK_BYTES = 64;
/** Position of the delay in milliseconds: two bytes, big-endian. */
export const DELAY_AT = 4;

function frameOf(ordinal: number, delayMs: number): Buffer {
  const payload = Buffer.alloc(CHECK_BYTES);
  payload.writeUInt32BE(ordinal);
  payload.writeUInt16BE(delayMs, DELAY_AT);
  const key = maskKey(ordinal);
  const header = frameHeader(false, payload.length, key);
  const frame = Buffer.concat([header, payload]);
  maskInto(frame, header.length, payload, key);
  return frame;
}

function endpointOf(url: string): Endpoint {
  return {
    ...{ url, address: null, headers: {}, subprotocols: [], userAgent: 'wsurge instrument check' },
    tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
  };
}
