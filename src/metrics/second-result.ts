/** One second of a cell, as results list it. */
import type { Phase } from '../plan/cell.js';

type Optional<Of> = { readonly [Name in keyof Of]?: Of[Name] | undefined };

/** Deliveries of the messages that were due in one second. Times in microseconds; null where one is not known. */
export interface DeliverySecond {
  readonly delivered: number;
  readonly missed: number;
  /** Of each delivery. Missed ones rank last. */
  readonly deliverP50: number | null;
  readonly deliverP99: number | null;
  /** Of each message. Those that reached nobody, and those that did not reach all, rank last. */
  readonly firstP50: number | null;
  readonly firstP99: number | null;
  readonly lastP50: number | null;
  readonly lastP99: number | null;
}

/**
 * One second of the measure phase by intended instant. Latency in microseconds, null if nothing was answered. The part
 * about deliveries is absent without fan-out.
 */
export interface SecondResult extends Optional<DeliverySecond> {
  readonly phase: Phase;
  readonly second: number;
  readonly planned: number;
  readonly sent: number;
  readonly answered: number;
  readonly received: number;
  /** Sent ones without a reply of their own; absent if no request of the cell says so. */
  readonly unmatched?: number | undefined;
  readonly open: number | null;
  /** Messages in flight at its end; null if no worker reported. */
  readonly inFlight: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}
