import type { Phase } from '../plan/cell.js';
import type { Arrival, Lifetime, Match, Model, ReconnectSpec, TimedEvent } from '../profile/profile.js';
import type { CounterName } from './counters.js';
import type { IdleMemory } from './idle-memory.js';
import type { CloseCount, ErrorCount, KeepAliveCounts, LatencyName } from './interval.js';

export const QUANTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p99_9: 0.999, p99_99: 0.9999 } as const;
export type QuantileName = keyof typeof QUANTILES;

/** Why a quantile has no plain value. */
export type QuantileGap = 'few_samples' | 'unanswered' | 'no_samples' | 'undefined_here';

/**
 * A latency distribution in microseconds. Ranks run over `count + censored` messages; an unanswered one ranks last.
 * A quantile is a number, or null with a reason. A number listed in `atLeast` is a lower bound (the rank lies among the
 * timed-out), one in `atMost` an upper bound (too few samples for the quantile itself, enough for the maximum).
 */
export interface Quantiles extends Record<QuantileName, number | null> {
  readonly count: number;
  readonly censored: number;
  readonly min: number | null;
  readonly mean: number | null;
  readonly stdev: number | null;
  readonly max: number | null;
  readonly atLeast: readonly QuantileName[];
  readonly atMost: readonly QuantileName[];
  readonly reasons: Readonly<Partial<Record<QuantileName, QuantileGap>>>;
  /** 95 % intervals [low, high], microseconds, of p50, p95 and p99 where they can be had. */
  readonly ci: Readonly<Partial<Record<QuantileName, readonly [number, number]>>>;
}

export interface FlowResult {
  readonly name: string;
  /** Messages of the measure phase, with `lost` = timedOut - late + lostOnClose + inFlightAtEnd. */
  readonly messages: Readonly<Record<CounterName | 'lost', number>>;
  readonly warmup: Readonly<Record<CounterName | 'lost', number>>;
  /** `response` is null in the closed model, where it is undefined. All are null for listen. */
  readonly latencyUs: Readonly<Record<LatencyName, Quantiles | null>>;
  /** HDR V2, zlib-compressed, base64; measure phase. */
  readonly histograms: Readonly<Record<LatencyName, string | null>>;
  readonly warmupHistograms: Readonly<Record<LatencyName, string | null>>;
  /** The headline (response time; service time in the closed model) of the warm-up; null where there was none. */
  readonly warmupUs: Quantiles | null;
}

/**
 * What the instrument check says of a worker: its reported minus the true quantile of the check's own response times,
 * microseconds; null where the check has too few messages for the quantile, or too few that were answered.
 */
export interface InstrumentResult {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly count: number;
  readonly missed: number;
}

/** What the target's own quantile lies between, microseconds. */
export type Bracket = readonly [lowUs: number, highUs: number];

/** The instrument check over all workers, and what the target's own quantiles lie between by it. */
export interface Brackets {
  /** Messages of the check that were answered, and those that came to nothing. */
  readonly checks: number;
  readonly missed: number;
  /** Why the way back is not known, so that the lower end is the service time as measured; null where it is known. */
  readonly unknown: 'off' | 'none_came_back' | 'too_few' | null;
  /** What the way back added to each message of the check, HDR V2 base64; null where none came back. */
  readonly addedHistogram: string | null;
  /**
   * By quantile of the headline, over all messages of the measure phase, where it is a number: at most what it is reported
   * as, at least what of the service time the way back cannot explain.
   */
  readonly quantiles: Readonly<Partial<Record<QuantileName, Bracket>>>;
}

/** One worker over the measure phase of one cell. */
export interface WorkerResult {
  readonly worker: number;
  readonly status: 'done' | 'stopped' | 'lost';
  readonly error: string | null;
  readonly messages: Readonly<Record<CounterName, number>>;
  /** Quantiles of send lag and response time of this worker alone, for the client's limits. */
  readonly lagUs: Quantiles | null;
  readonly responseUs: Quantiles | null;
  /** Busy share over the measure phase, 0 to 1. */
  readonly busy: number | null;
  readonly blockedMsMax: number | null;
  /** Of that stretch: how long the thread waited for a core; null where it is not known. */
  readonly blockedWaitMs: number | null;
  /** How long the thread was stopped from outside, until the last reply was in. */
  readonly pausedMs: number | null;
  /** Run-queue wait over the measure phase as a share of wall time, 0 to 1. */
  readonly runQueueWait: number | null;
  readonly cpuPercent: number | null;
  readonly gcPauseMsMax: number | null;
  /** Share of the messages that a garbage collection of more than 5 ms fell upon, 0 to 1. */
  readonly gcTouched: number | null;
  readonly heapBytes: number | null;
  /** Null where the instrument check was off. */
  readonly instrument: InstrumentResult | null;
  /** Connects that failed or started over 250 ms late for the client's own reasons. */
  readonly connectTrouble: number;
  /** Of these, the ones that opened, only later than planned; absent in results of versions that did not tell. */
  readonly connectLate?: number | undefined;
  readonly connectAttempts: number;
}

export interface ClientResult {
  readonly workers: readonly WorkerResult[];
  /** Of the whole generator process over the measure phase; 100 = one core. */
  readonly cpuPercent: number | null;
  readonly busy: number | null;
  readonly blockedMsMax: number | null;
  readonly runQueueWait: number | null;
  readonly gcPauseMsMax: number | null;
  readonly rssBytes: number | null;
  readonly clamped: number;
  /** Share of the measure phase lost to a cgroup quota, and taken by the hypervisor; 0 to 1, null where unknown. */
  readonly throttled: number | null;
  readonly steal: number | null;
  /** How long the machine slept in the measure phase, ms; null where it is not told. */
  readonly suspendedMs: number | null;
  /** The worst worker's, by size; null where the instrument check was off. */
  readonly instrumentErrorUs: { readonly p50: number | null; readonly p99: number | null } | null;
}

/** How long nothing had come on connections when the other side ended them, and over what time they ended. */
export interface EndedAfterSilence {
  readonly count: number;
  readonly p10Us: number;
  readonly p50Us: number;
  readonly p90Us: number;
  /** From the first end to the last. */
  readonly overUs: number;
}

/** How far the target fell behind what it was sent. */
export interface Overload {
  /**
   * Growth of the messages in flight, per second, by least squares over the seconds of the measure phase, how much of
   * their variance the line explains (r2), and its slope over the second half alone. Null for ramps, where replies set
   * the pace or are not matched, and with fewer than 5 seconds.
   */
  readonly backlog: { readonly perSecond: number; readonly r2: number; readonly latePerSecond: number } | null;
  /** Share of the planned messages that got no answer in time, 0 to 1; null where none was planned or none is matched. */
  readonly unanswered: number | null;
}

/** A median of the headline with its 95 % interval, microseconds; null where it has no plain number, or no interval. */
export interface HalfMedian {
  readonly p50: number | null;
  readonly ci: readonly [number, number] | null;
}

/** Did the latency stay what it was? */
export interface Stationarity {
  /** First and second half of the measure phase. */
  readonly halves: readonly [HalfMedian, HalfMedian];
  /** Spearman's rank correlation of the median with time over windows of a second; null with fewer than 3 of them. */
  readonly trend: { readonly rho: number; readonly p: number; readonly windows: number } | null;
}

export type ServerResult =
  | {
      readonly status: 'measured';
      /** `uws`, `ws` or null where the server does not say. */
      readonly engine: string | null;
      readonly pid: number;
      /** Mean over the measure phase; 100 = one core. */
      readonly cpuPercent: number | null;
      /** At the end of the measure phase. */
      readonly rssBytes: number | null;
      /** After the connects, before the first message. */
      readonly idleRssBytes: number | null;
      readonly openFds: number | null;
      /**
       * Share of the measure phase in which its thread that waited the most was ready and waited for a processor, 0 to 1;
       * null where the kernel does not tell, absent in results of older versions.
       */
      readonly waited?: number | null | undefined;
    }
  | { readonly status: 'unavailable'; readonly engine: string | null; readonly reason: string };

/** Connections that the plan replaced at the end of their lives; counts are of ends planned in the measure phase. */
export interface ChurnResult {
  readonly lifetime: Lifetime['kind'];
  readonly meanMs: number;
  readonly ended: number;
  /** Of these, how many successors opened. */
  readonly opened: number;
  /** Connects per second, planned and opened. */
  readonly askedPerSecond: number;
  readonly openedPerSecond: number;
}

/** A timed event of the plan, and what followed up to the next one or the end of the measure phase. */
export interface EventResult {
  readonly kind: TimedEvent['kind'];
  /** From the start of the measure phase. */
  readonly atMs: number;
  /** Of the connections, 0 to 1; null for a restart. */
  readonly share: number | null;
  readonly reconnect: ReconnectSpec['policy'];
  /** False where the cell ended before. */
  readonly reached: boolean;
  /** Connections held as it came, those it took, and those held in the end. */
  readonly heldBefore: number;
  readonly dropped: number;
  readonly heldAfter: number;
  /** From when on 99 % of those held before were held again, ms since the event; null for never. */
  readonly recoveredMs: number | null;
  /** The most connects begun within a second. */
  readonly peakConnectsPerSecond: number;
  /** Connects that failed while a restart had the server stopped. */
  readonly refused: number;
  /** Messages lost in the gap: in flight on the connections it took; due before the recovery, without a connection. */
  readonly lostInFlight: number;
  readonly notConnected: number;
  /** Why the server did not come back from a restart, or null. */
  readonly problem: string | null;
}

/** A broken conservation law: the equation and both sides. */
export interface LawViolation {
  readonly law: string;
  readonly left: number;
  readonly right: number;
  readonly where: string;
}

/**
 * The same load against an echo that does nothing else, right after the cell (`--null-twin`): what the generator and this
 * machine take by themselves.
 */
export type NullTwin =
  | {
      readonly status: 'measured';
      readonly validity: 'valid' | 'degraded';
      /** Of the echo: `uws` or `ws`. */
      readonly engine: string | null;
      readonly latencyUs: FlowResult['latencyUs'];
      /** What was in doubt, or null. */
      readonly reason: string | null;
    }
  /** `invalid`: it was run, and gives no floor. `none`: it was not. */
  | { readonly status: 'invalid' | 'none'; readonly reason: string };

/** One cell, merged over workers and seconds. Plain data; units as in result.json. */
export interface CellResult {
  readonly id: string;
  readonly load: string;
  readonly axes: { readonly connections: number; readonly rate: number | null };
  readonly model: Model;
  /** How replies were matched; absent in results of versions that did not tell. */
  readonly match?: Match | undefined;
  readonly arrival: Arrival;
  readonly pacing: string;
  readonly ramp: boolean;
  /** Ended before its time by Ctrl-C or an abort. */
  readonly interrupted: boolean;
  /** From the start of the cell, ms: connect, warmup, measure, drain, close. */
  readonly phases: readonly { readonly name: string; readonly fromMs: number; readonly toMs: number }[];
  readonly connections: {
    readonly asked: number;
    readonly attempts: number;
    readonly opened: number;
    readonly failed: number;
    readonly abandoned: number;
    /**
     * Fewest open at any second of the measure phase, confirmed at its end by a ping or by messages answered. What the plan itself has
     * closed or dropped counts as held until it opens again.
     */
    readonly held: number;
    readonly closedClean: number;
    readonly closedDirty: number;
    readonly openAtEnd: number;
    /** Open at the end of the measure phase and silent to a ping; absent where there were none. */
    readonly withoutPong?: number | undefined;
  };
  readonly rate: {
    readonly askedPerSecond: number | null;
    readonly plannedPerSecond: number;
    readonly sentPerSecond: number;
    readonly answeredPerSecond: number;
    readonly receivedPerSecond: number;
  };
  readonly flows: readonly FlowResult[];
  /** Absent in results of versions that measured none, and where no message has a latency. */
  readonly brackets?: Brackets | undefined;
  /** Messages that answer none of ours and came before the load began or after the measured time; in no other figure. */
  readonly outside?: number | undefined;
  /** Messages that came with others in one frame, or may have, over the whole cell; absent where there were none. */
  readonly bundled?: number | undefined;
  /** Pings that only kept connections alive, and the pongs to them; absent where there were none. */
  readonly keepAlive?: KeepAliveCounts | undefined;
  /** Of connections that the other side ended: absent where there were none. */
  readonly endedAfterSilence?: EndedAfterSilence | undefined;
  readonly connectUs: Readonly<Record<'wait' | 'tcp' | 'tls' | 'upgrade' | 'total', Quantiles>>;
  /** HDR V2 base64 of `total`, for pooling over cells. */
  readonly connectHistogram: string;
  readonly sessionUs: Quantiles;
  readonly pingUs: Quantiles;
  readonly closeCodes: readonly CloseCount[];
  readonly errors: readonly ErrorCount[];
  /** Payloads of the measured messages: what `messages.sent` and `messages.received` count, whenever it went or came. */
  readonly bytes: { readonly sent: number; readonly received: number };
  /** What became of connections that were lost; absent where they were not tried again. */
  readonly reconnect?: ReconnectSpec['policy'] | undefined;
  /** Absent where connections live as long as the cell. */
  readonly churn?: ChurnResult | undefined;
  /** Absent where the plan has no events. */
  readonly events?: readonly EventResult[] | undefined;
  readonly client: ClientResult;
  readonly server: ServerResult;
  readonly laws: readonly LawViolation[];
  readonly overload: Overload;
  /** Null for ramps, without latency, and below 10 seconds. */
  readonly stationarity: Stationarity | null;
  /** Per second of the measure phase, for charts and intervals over time. */
  readonly seconds: readonly SecondResult[];
  /** Absent where no null twin was asked for. */
  readonly nullTwin?: NullTwin;
}

/** One second of the measure phase by intended instant. Latency in microseconds, null where nothing was answered. */
export interface SecondResult {
  readonly phase: Phase;
  readonly second: number;
  readonly planned: number;
  readonly sent: number;
  readonly answered: number;
  readonly received: number;
  readonly open: number | null;
  /** Messages in flight at its end; null where no worker told. */
  readonly inFlight: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** What the coordinator hands to the judges: every cell that ran, in order. */
export interface RunOutcome {
  readonly cells: readonly CellResult[];
  /** Cells planned but never started, with the reason. */
  readonly notRun: readonly { readonly id: string; readonly reason: string }[];
  readonly interrupted: boolean;
  /** The threshold whose `abortOnFail` ended the run, as written, or null. */
  readonly abortedBy: string | null;
  /** What an idle connection takes of the server's memory; absent where nothing asked for it. */
  readonly idleMemory?: IdleMemory;
}
