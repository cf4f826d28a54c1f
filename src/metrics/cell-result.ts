import type { Phase } from '../plan/cell.js';
import type { Arrival, Lifetime, Match, Model, ReconnectSpec, TimedEvent } from '../profile/profile.js';
import type { ProtocolName } from '../profile/protocols.js';
import type { AgentResult } from './agent-result.js';
import type { CounterName } from './counters.js';
import type { ConnectionsResult, SubscribersResult } from './fairness-result.js';
import type { FanoutResult } from './fanout-result.js';
import type { IdleMemory } from './idle-memory.js';
import type { CloseCount, ErrorCount, KeepAliveCounts, LatencyName } from './interval.js';

export const QUANTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p99_9: 0.999, p99_99: 0.9999 } as const;
export type QuantileName = keyof typeof QUANTILES;

/** Why a quantile has no plain value. */
export type QuantileGap = 'few_samples' | 'unanswered' | 'no_samples' | 'undefined_here';

/**
 * A latency distribution in microseconds. Ranks run over `count + censored` messages; unanswered ones rank last, and
 * messages without a reply of their own have no rank. A
 * quantile is a number, or null with a reason. A number listed in `atLeast` is a lower bound (its rank is among the
 * timed-out messages). One in `atMost` is an upper bound (too few samples for the quantile itself, but enough for the
 * maximum).
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
  /** 95 % intervals [low, high], microseconds, of p50, p95 and p99, if they can be computed. */
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
  /** The headline (response time; service time in the closed model) of the warm-up; null without a warm-up. */
  readonly warmupUs: Quantiles | null;
  /**
   * HDR of the measure phase: service time, and for messages that need what the reply to another request brings, their
   * wait for it as well. Both are the target's. Absent where no message waits, and in the closed model.
   */
  readonly waitAndService?: string | undefined;
}

/**
 * The messages of one request of a cell. The intervals of its quantiles are of order statistics, so they do not allow
 * for stalls, which slow many messages at once.
 */
export interface RequestResult extends FlowResult {
  /**
   * How long its messages waited after their intended instants for what the reply to another request brings; absent if
   * they need nothing. response = wait + lag + service.
   */
  readonly waitUs?: Quantiles | undefined;
  readonly perSecond: { readonly planned: number; readonly sent: number; readonly answered: number };
  /** Absent if no message has a latency. */
  readonly brackets?: Brackets | undefined;
}

/** How long connections took from the upgrade until their session was ready, and each named step of it. */
export interface SessionResult {
  /**
   * Messages that came before a session was ready, and that neither a step nor a rule was about. They are in no other
   * figure; absent if there were none.
   */
  readonly early?: number | undefined;
  readonly readyUs: Quantiles;
  /** HDR V2, zlib-compressed, base64. */
  readonly readyHistogram: string;
  readonly steps: readonly { readonly name: string; readonly us: Quantiles; readonly histogram: string }[];
}

/** Messages that a rule of profile or protocol was about, over the whole cell. */
export interface RuledResult {
  readonly name: string;
  readonly means: 'duty' | 'count' | 'trailer';
  readonly count: number;
}

/**
 * The instrument check of a worker: the reported minus the true quantile of the check's own response times,
 * microseconds. Null if the check has too few messages, or too few answered ones, for the quantile.
 */
export interface InstrumentResult {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly count: number;
  readonly missed: number;
}

/** The range that holds the target's own quantile, microseconds. */
export type Bracket = readonly [lowUs: number, highUs: number];

/** The instrument check over all workers, and the resulting ranges of the target's own quantiles. */
export interface Brackets {
  /** Answered messages of the check, and those without a reply. */
  readonly checks: number;
  readonly missed: number;
  /** Why the way back is unknown, so that the lower end is the measured service time. Null if it is known. */
  readonly unknown: 'off' | 'none_came_back' | 'too_few' | null;
  /** What the way back added to each message of the check, HDR V2 base64. Null if no message was answered. */
  readonly addedHistogram: string | null;
  /**
   * By quantile of the headline, over all messages of the measure phase, for quantiles that are numbers. Upper end: the
   * reported value. Lower end: the part of the service time that the way back cannot explain.
   */
  readonly quantiles: Readonly<Partial<Record<QuantileName, Bracket>>>;
}

/** One worker over the measure phase of one cell. */
export interface WorkerResult {
  readonly worker: number;
  /** Its agent in a fleet; absent if one machine made the load. */
  readonly agent?: string | undefined;
  readonly status: 'done' | 'stopped' | 'lost';
  readonly error: string | null;
  readonly messages: Readonly<Record<CounterName, number>>;
  /** Quantiles of send lag and response time of this worker alone, for the limits of the generator. */
  readonly lagUs: Quantiles | null;
  readonly responseUs: Quantiles | null;
  /** Busy share over the measure phase, 0 to 1. */
  readonly busy: number | null;
  readonly blockedMsMax: number | null;
  /** Part of `blockedMs` during which the thread waited for a core; null if unknown. */
  readonly blockedWaitMs: number | null;
  /** How long the thread was paused from outside, up to the last reply. */
  readonly pausedMs: number | null;
  /** Run-queue wait over the measure phase as a share of wall time, 0 to 1. */
  readonly runQueueWait: number | null;
  readonly cpuPercent: number | null;
  readonly gcPauseMsMax: number | null;
  /** Share of the messages affected by a garbage collection of more than 5 ms, 0 to 1. */
  readonly gcTouched: number | null;
  readonly heapBytes: number | null;
  /** Null if the instrument check was off. */
  readonly instrument: InstrumentResult | null;
  /** Connects that failed, or started over 250 ms late, because of this machine. */
  readonly connectTrouble: number;
  /** How many of these opened, only late. Absent in results of older versions. */
  readonly connectLate?: number | undefined;
  readonly connectAttempts: number;
}

export interface ClientResult {
  /** Of more than 256 workers only the worst in each respect, and one of each agent. */
  readonly workers: readonly WorkerResult[];
  /** How many there were; absent if all are listed. */
  readonly workerCount?: number | undefined;
  /** The agents of a fleet; absent if one machine made the load. */
  readonly agents?: readonly AgentResult[] | undefined;
  /** CPU of the whole generator process over the measure phase; 100 = one core. */
  readonly cpuPercent: number | null;
  readonly busy: number | null;
  readonly blockedMsMax: number | null;
  readonly runQueueWait: number | null;
  readonly gcPauseMsMax: number | null;
  readonly rssBytes: number | null;
  readonly clamped: number;
  /** Shares of the measure phase lost to a cgroup quota and taken by the hypervisor; 0 to 1, null if unknown. */
  readonly throttled: number | null;
  readonly steal: number | null;
  /** How long the machine slept during the measure phase, ms; null if unknown. */
  readonly suspendedMs: number | null;
  /** The error of the worst worker; null if the instrument check was off. */
  readonly instrumentErrorUs: { readonly p50: number | null; readonly p99: number | null } | null;
}

/** For connections that the other side ended: how long they had received nothing, and the time span of these ends. */
export interface EndedAfterSilence {
  readonly count: number;
  readonly p10Us: number;
  readonly p50Us: number;
  readonly p90Us: number;
  /** Time from the first end to the last. */
  readonly overUs: number;
}

/** How far the target fell behind the messages sent to it. */
export interface Overload {
  /**
   * Growth of the messages in flight, per second: a least-squares line over the seconds of the measure phase, the share
   * of their variance that it explains (r2), and its slope over the second half. Null for ramps, if replies set the
   * pace or are not matched, and with fewer than 5 seconds.
   */
  readonly backlog: { readonly perSecond: number; readonly r2: number; readonly latePerSecond: number } | null;
  /**
   * Share of the messages that have a reply of their own without an answer in time, 0 to 1. Null if none was planned or
   * replies are not matched.
   */
  readonly unanswered: number | null;
}

/**
 * A median of the headline with its 95 % interval, microseconds; null if it is not a plain number or has no interval.
 */
export interface HalfMedian {
  readonly p50: number | null;
  readonly ci: readonly [number, number] | null;
}

/** Did the latency stay the same? */
export interface Stationarity {
  /** First and second half of the measure phase. */
  readonly halves: readonly [HalfMedian, HalfMedian];
  /**
   * Spearman's rank correlation of the median with time, over windows of one second; null with fewer than 3 windows.
   */
  readonly trend: { readonly rho: number; readonly p: number; readonly windows: number } | null;
}

export type ServerResult =
  | {
      readonly status: 'measured';
      /** `uws` or `ws`; null if the server does not say. */
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
       * For the thread that waited the most: share of the measure phase in which it was ready to run and waited for a
       * processor, 0 to 1. Null if the kernel does not tell; absent in results of older versions.
       */
      readonly waited?: number | null | undefined;
    }
  | { readonly status: 'unavailable'; readonly engine: string | null; readonly reason: string };

/** Connections that the plan replaced at the end of their lifetime. Counts ends planned in the measure phase. */
export interface ChurnResult {
  readonly lifetime: Lifetime['kind'];
  readonly meanMs: number;
  readonly ended: number;
  /** How many of the successors opened. */
  readonly opened: number;
  /** Connects per second, planned and opened. */
  readonly askedPerSecond: number;
  readonly openedPerSecond: number;
}

/** A timed event of the plan, and what happened until the next event or the end of the measure phase. */
export interface EventResult {
  readonly kind: TimedEvent['kind'];
  /** Time from the start of the measure phase. */
  readonly atMs: number;
  /** Share of the connections, 0 to 1; null for a restart. */
  readonly share: number | null;
  readonly reconnect: ReconnectSpec['policy'];
  /** False if the cell ended before the event. */
  readonly reached: boolean;
  /** Connections held just before the event, connections that it cut, and connections held at the end. */
  readonly heldBefore: number;
  readonly dropped: number;
  readonly heldAfter: number;
  /** Time after the event from which on 99 % of the earlier connections were held again, ms; null for never. */
  readonly recoveredMs: number | null;
  /** The most connects started within one second. */
  readonly peakConnectsPerSecond: number;
  /** Connects that failed while a restart had the server stopped. */
  readonly refused: number;
  /**
   * Messages lost through the event: in flight on the connections it cut, and due before the recovery without a
   * connection.
   */
  readonly lostInFlight: number;
  readonly notConnected: number;
  /** Why the server did not come back from a restart, or null. */
  readonly problem: string | null;
}

/** A violated conservation law: the equation and both sides. */
export interface LawViolation {
  readonly law: string;
  readonly left: number;
  readonly right: number;
  readonly where: string;
}

/**
 * The same load against a plain echo, right after the cell (`--null-twin`): the time that the generator and this
 * machine take by themselves.
 */
export type NullTwin =
  | {
      readonly status: 'measured';
      readonly validity: 'valid' | 'degraded';
      /** Engine of the echo: `uws` or `ws`. */
      readonly engine: string | null;
      readonly latencyUs: FlowResult['latencyUs'];
      /** The reason for doubt, or null. */
      readonly reason: string | null;
    }
  /** `invalid`: it ran but gives no floor. `none`: it did not run. */
  | { readonly status: 'invalid' | 'none'; readonly reason: string };

/** One cell, merged over workers and seconds. Plain data; units as in result.json. */
export interface CellResult {
  readonly id: string;
  readonly load: string;
  readonly axes: { readonly connections: number; readonly rate: number | null };
  readonly model: Model;
  /** How replies were matched; absent in results of older versions. */
  readonly match?: Match | undefined;
  readonly arrival: Arrival;
  readonly pacing: string;
  readonly ramp: boolean;
  /** True if Ctrl-C or an abort ended it early. */
  readonly interrupted: boolean;
  /** The phases connect, warmup, measure, drain, close; ms from the start of the cell. */
  readonly phases: readonly { readonly name: string; readonly fromMs: number; readonly toMs: number }[];
  readonly connections: {
    readonly asked: number;
    readonly attempts: number;
    readonly opened: number;
    readonly failed: number;
    readonly abandoned: number;
    /**
     * The fewest connections open in any second of the measure phase, confirmed at its end by a ping or by answered
     * messages. A connection that the plan itself closed counts as held until its successor opens.
     */
    readonly held: number;
    readonly closedClean: number;
    readonly closedDirty: number;
    readonly openAtEnd: number;
    /** Connections open at the end of the measure phase that did not answer a ping; absent if there were none. */
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
  /** What its connections speak (`none`: words of the profile alone). Absent if they only send one kind of message. */
  readonly protocol?: ProtocolName | undefined;
  /** One for each request, in the order of the profile; absent if the cell sends one kind of message. */
  readonly requests?: readonly RequestResult[] | undefined;
  /** One for each request that reaches many connections; absent if none does. */
  readonly fanout?: readonly FanoutResult[] | undefined;
  /** Each connection by itself; absent unless the load says `fairness`. */
  readonly byConnection?: ConnectionsResult | undefined;
  /** Absent without fan-out, and if no connection was owed anything. */
  readonly subscribers?: SubscribersResult | undefined;
  /** Absent if connections are open at once. */
  readonly session?: SessionResult | undefined;
  /** Absent if no rule was about any message. */
  readonly ruled?: readonly RuledResult[] | undefined;
  /** Absent in results of older versions, and if no message has a latency. */
  readonly brackets?: Brackets | undefined;
  /**
   * Frames that answer no message and arrived before the load or after the measured time. Not part of any other figure.
   */
  readonly outside?: number | undefined;
  /** Messages that shared a frame with others, or may have, over the whole cell; absent if there were none. */
  readonly bundled?: number | undefined;
  /** Keep-alive pings and their pongs; absent if there were none. */
  readonly keepAlive?: KeepAliveCounts | undefined;
  /** About connections that the other side ended; absent if there were none. */
  readonly endedAfterSilence?: EndedAfterSilence | undefined;
  readonly connectUs: Readonly<Record<'wait' | 'tcp' | 'tls' | 'upgrade' | 'total', Quantiles>>;
  /** HDR V2 base64 of `total`, for pooling over cells. */
  readonly connectHistogram: string;
  readonly sessionUs: Quantiles;
  readonly pingUs: Quantiles;
  readonly closeCodes: readonly CloseCount[];
  readonly errors: readonly ErrorCount[];
  /**
   * Payloads of the measured messages: what `messages.sent` and `messages.received` count, whenever it went or came.
   */
  readonly bytes: { readonly sent: number; readonly received: number };
  /** How lost connections are opened again; absent if they are not. */
  readonly reconnect?: ReconnectSpec['policy'] | undefined;
  /** Absent if connections live as long as the cell. */
  readonly churn?: ChurnResult | undefined;
  /** Absent if the plan has no events. */
  readonly events?: readonly EventResult[] | undefined;
  readonly client: ClientResult;
  readonly server: ServerResult;
  readonly laws: readonly LawViolation[];
  readonly overload: Overload;
  /** Null for ramps, without latency, and below 10 seconds. */
  readonly stationarity: Stationarity | null;
  /** Per second of the measure phase, for charts and intervals over time. */
  readonly seconds: readonly SecondResult[];
  /** Absent if no null twin was asked for. */
  readonly nullTwin?: NullTwin;
}

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

/** What the coordinator hands to the judges: every cell that ran, in order. */
export interface RunOutcome {
  readonly cells: readonly CellResult[];
  /** Cells planned but never started, with the reason. */
  readonly notRun: readonly { readonly id: string; readonly reason: string }[];
  readonly interrupted: boolean;
  /** The threshold whose `abortOnFail` ended the run, as written, or null. */
  readonly abortedBy: string | null;
  /** How much of the server's memory an idle connection takes; absent if nothing asked for it. */
  readonly idleMemory?: IdleMemory;
}
