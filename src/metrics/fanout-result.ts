import type { Reach } from '../plan/fanout.js';
import type { Brackets, Quantiles } from './cell-result.js';

/** Which times of a fan-out have a histogram. */
export type FanoutTime = 'deliver' | 'service' | 'first' | 'firstService' | 'last' | 'lastService' | 'spread';

/** A line through the seconds of a measure phase: microseconds a second, over all of them and over the second half. */
export interface DeliverGrowth {
  readonly usPerSecond: number;
  readonly r2: number;
  readonly lateUsPerSecond: number;
}

/** What the connections got that read slowly on purpose. They are owed nothing: no other figure counts them. */
export interface SlowResult {
  readonly connections: number;
  /** Messages that each reads in a second at most; null: it reads nothing. */
  readonly ratePerSecond: number | null;
  /** Read within the timeout, and not; messages at the end of a drain that was cut short are neither. */
  readonly delivered: number;
  readonly missed: number;
  /** From the instant when the message was due. Missed ones rank last. */
  readonly deliverUs: Quantiles;
  /** From when it was sent. What follows is absent in results of older versions. */
  readonly serviceUs?: Quantiles | undefined;
  /** Of `deliverUs`: HDR V2, zlib-compressed, base64; null if nothing was read in time. */
  readonly histogram?: string | null | undefined;
  readonly brackets?: Brackets | undefined;
}

/**
 * What became of the messages of one request that are sent to many connections, over the measure phase. Times in
 * microseconds. They count from the instant when the message was due; `serviceUs` from when it was sent.
 */
export interface FanoutResult {
  /** The request. */
  readonly name: string;
  readonly reaches: Reach;
  /** Messages that somebody should have received; those that anybody received in time, and everybody still there. */
  readonly messages: { readonly sent: number; readonly reachedAny: number; readonly reachedAll: number };
  /** One for each message and each connection that was open when it was sent. expected = delivered + missed + gone. */
  readonly deliveries: {
    readonly expected: number;
    readonly delivered: number;
    readonly missed: number;
    readonly gone: number;
    /** Part of `missed`: they came after the timeout. */
    readonly late: number;
    readonly redelivered: number;
    readonly replayed: number;
  };
  readonly perSecond: { readonly sent: number; readonly delivered: number };
  /** delivered / (delivered + missed), 0 to 1; null if nobody was owed anything. */
  readonly reach: number | null;
  /** Of each delivery. Missed ones rank last. */
  readonly deliverUs: Quantiles;
  readonly serviceUs: Quantiles;
  /** Of each message: its first and last delivery, and the time between them if more than one connection got it. */
  readonly firstUs: Quantiles;
  readonly lastUs: Quantiles;
  readonly spreadUs: Quantiles;
  /** HDR V2, zlib-compressed, base64; null if nothing was recorded. Those named service count from the send. */
  readonly histograms: Readonly<Record<FanoutTime, string | null>>;
  /** Those who read slowly; absent if nobody does. */
  readonly slow?: SlowResult | undefined;
  /** Growth of the mean time from send to delivery; null with fewer than 5 seconds, and in a ramp. */
  readonly growth: DeliverGrowth | null;
  /** Of `deliverUs`. */
  readonly brackets?: Brackets | undefined;
}
