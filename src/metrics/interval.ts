import type { Phase } from '../plan/cell.js';

/** Version of the interval line. Readers know version 1 as well, which has `worker` in place of `workers`. */
export const INTERVAL_VERSION = 2;

/** Numbers of workers: from the first up to, but not with, the second. */
export type WorkerSpan = readonly [from: number, to: number];

/** Bucket counts as pairs `[index, count, index, count, ...]`, indices rising, in the layout of `histogram.ts`. */
export type SparseCounts = readonly number[];

export const LATENCIES = ['response', 'service', 'lag'] as const;
export type LatencyName = (typeof LATENCIES)[number];

export const CONNECT_PHASES = ['wait', 'tcp', 'tls', 'upgrade', 'total'] as const;
export type ConnectPhase = (typeof CONNECT_PHASES)[number];

/** Times of sessions: of the whole session, from the upgrade until it is ready, and of each named step, in their order. */
export interface SessionDelta {
  /** Messages that came before a session was ready, and that neither step nor rule was about; absent for none. */
  readonly early?: number;
  readonly ready: SparseCounts;
  readonly steps: readonly SparseCounts[];
}

/** What is added to one second of one phase of the `message` flow. Seconds count from 0 at the start of the phase. */
export interface FlowDelta {
  readonly phase: Phase;
  readonly second: number;
  /** The request whose messages these are; absent where the cell has none, and for frames that answer no message. */
  readonly request?: number;
  /** One number per entry of COUNTERS. */
  readonly counters: readonly number[];
  readonly histograms: Readonly<Record<LatencyName, SparseCounts>>;
  /**
   * Of a request that needs what the reply to another one brings: how long its messages waited for it after their
   * intended instant. Absent for other messages.
   */
  readonly wait?: SparseCounts;
  /** Of the same messages, as far as they were answered: wait and service time together. */
  readonly waitAndService?: SparseCounts;
  /** Of a request that reaches many connections; absent for other messages. */
  readonly fanout?: FanoutDelta;
  /** Payload bytes of the messages counted as sent and as received; absent in lines of older versions. */
  readonly bytes?: ByteCounts;
}

/**
 * Deliveries of messages that were due in this second. What each connection received is told by its own worker; what is
 * said of whole messages is told by the worker that sent them, once every worker has closed them.
 */
export interface FanoutDelta {
  /** For each delivery: microseconds from the instant when its message was due, and when it was sent. */
  readonly deliver: SparseCounts;
  readonly deliverService: SparseCounts;
  /** Messages that anybody should have received; that anybody received in time; and everybody who had not gone. */
  readonly messages: number;
  readonly reachedAny: number;
  readonly reachedAll: number;
  /** Connections that were open when these messages were sent; those that got them in time; those that closed before. */
  readonly expected: number;
  readonly delivered: number;
  readonly gone: number;
  /** Of each message that reached anybody: when the first delivery came after it was due, and sent, microseconds. */
  readonly first: SparseCounts;
  readonly firstService: SparseCounts;
  /**
   * Of each message that reached all: when the last came, in the same way, and how long after the first one if more than
   * one connection got it.
   */
  readonly last: SparseCounts;
  readonly lastService: SparseCounts;
  readonly spread: SparseCounts;
  /**
   * Deliveries to connections that read slowly, as `deliver` and `deliverService`, and how many they missed; absent if
   * there were none. Lines of older versions lack `service`.
   */
  readonly slow?: { readonly deliver: SparseCounts; readonly service?: SparseCounts; readonly missed: number };
}

/** Payload bytes, without frame headers and other bytes of a connection. */
export interface ByteCounts {
  readonly sent: number;
  readonly received: number;
}

export interface ConnectionCounts {
  readonly attempts: number;
  readonly opened: number;
  readonly failed: number;
  readonly abandoned: number;
  readonly closedClean: number;
  readonly closedDirty: number;
}

export interface KeepAliveCounts {
  readonly pings: number;
  readonly pongs: number;
}

/** What the script of a cell did, under the names that it gave. */
export interface ScriptDelta {
  /** Times of its named asks. */
  readonly asks: readonly { readonly name: string; readonly us: SparseCounts }[];
  /** Messages that only its `onFrame` explains. */
  readonly frames: readonly { readonly name: string; readonly means: 'duty' | 'count'; readonly count: number }[];
}

/**
 * For connections that the other side ended: how long they had received nothing, us, and when the first and last ended.
 */
export interface SilenceDelta {
  readonly silences: SparseCounts;
  /** Time of the engines' clock, microseconds. */
  readonly firstUs: number;
  readonly lastUs: number;
}

export interface CloseCount {
  readonly code: number;
  readonly clean: boolean;
  readonly by: 'client' | 'server';
  readonly count: number;
}

/**
 * `phase`: connect, session, open, close; `restart` for errors that a restart in the plan caused. `code`: a system code
 * (`ECONNRESET`), `HTTP_503`, `handshake_timeout`, ...
 */
export interface ErrorCount {
  readonly phase: 'connect' | 'session' | 'open' | 'close' | 'restart';
  readonly code: string;
  readonly count: number;
  /**
   * What the first refusal with this code said: status, Location, Retry-After, start of the body. At most 300
   * characters, safe to print. Absent if it said nothing.
   */
  readonly said?: string | undefined;
}

/** The health of the worker itself in this second. */
export interface WorkerHealth {
  /** Share of the second in which its event loop was not idle, 0 to 1. */
  readonly busy: number;
  /** Longest time without the worker's own 5 ms ticker, ms. Pauses of the thread from outside are not included. */
  readonly blockedMs: number;
  /** Part of `blockedMs` during which the thread waited for a core, ms; null if the kernel does not tell. */
  readonly blockedWaitMs: number | null;
  /** Time during which the thread neither ran nor waited for a core because it was paused from outside, ms. */
  readonly pausedMs: number;
  /** Time during which its thread was ready to run but did not run, ms; null if the kernel does not tell. */
  readonly runQueueWaitMs: number | null;
  /** Time during which its thread ran, ms; null if the kernel does not tell. */
  readonly cpuMs: number | null;
  readonly gcPauseMsMax: number;
  /** Garbage collections that stopped the thread for more than 5 ms: their number and total time. */
  readonly gcLongPauses: number;
  readonly gcLongPauseMs: number;
  readonly heapBytes: number;
}

/**
 * The instrument check of one worker: response times of its own messages to an echo of known delay, microseconds, once
 * as reported by the worker and once according to the echo's log. `added`: the difference for each message, at least 1
 * us; absent in lines of older versions. `missed`: messages without a reply.
 */
export interface InstrumentDelta {
  readonly reported: SparseCounts;
  readonly truth: SparseCounts;
  readonly added?: SparseCounts;
  readonly missed: number;
}

/** Numbers by millisecond, as pairs `[ms, number, ms, number, ...]`. */
export type MillisecondSeries = readonly number[];

/** What is added to one timed event of the cell. Milliseconds count from its planned time. */
export interface EventDelta {
  /** Index of the event within the cell. */
  readonly event: number;
  /** Connections held when the event happened. Only one line reports it; the others have 0. */
  readonly heldBefore: number;
  /** Connections that the event cut. */
  readonly dropped: number;
  /** Messages of the measure phase in flight on these connections. */
  readonly lostInFlight: number;
  /** Connects that failed because the plan had stopped the server. */
  readonly refused: number;
  /** Changes in the number of held connections, connects started, messages due without a connection. */
  readonly held: MillisecondSeries;
  readonly connects: MillisecondSeries;
  readonly notConnected: MillisecondSeries;
}

/** Lifetimes that the plan ended, and successors that opened, by the phase in which the lifetime ended. */
export interface LifeCounts {
  readonly ended: number;
  readonly opened: number;
}

/** What churn and events add to the lines of a cell. */
export interface ChurnDelta {
  /** The fewest connections that were open, or closed by the plan itself. */
  readonly heldMin: number;
  readonly lives: Readonly<Record<Phase, LifeCounts>>;
  readonly events: readonly EventDelta[];
}

/**
 * One second of one worker in one cell: what was added since the previous line. Adding up the lines of a worker, in any
 * order, gives its totals. A sum of the lines of several workers is a line, too (`line-sum.ts`). Plain JSON data, at most
 * 512 KiB for each worker.
 */
export interface Interval {
  readonly v: typeof INTERVAL_VERSION;
  readonly agent: string;
  readonly cell: string;
  /** Whose line it is. A line of several workers is the sum of theirs. */
  readonly workers: WorkerSpan;
  /** Number of this line, from 0, for these workers and this cell. */
  readonly line: number;
  /** Time that this line covers, ms. */
  readonly elapsedMs: number;
  /** The stage of the cell when the worker wrote the line. */
  readonly stage: 'connect' | 'idle' | 'warmup' | 'measure' | 'drain' | 'close';
  readonly flow: readonly FlowDelta[];
  /** Frames that answer no message and came before t0 or after the measured time; absent if there were none. */
  readonly outside?: number;
  /** Messages that shared a frame with others, or may have; absent if there were none. */
  readonly bundled?: number;
  /** Keep-alive pings and their pongs; absent if there were none. */
  readonly keepAlive?: KeepAliveCounts;
  /** Connections ended by the other side; absent if there were none. */
  readonly silence?: SilenceDelta;
  readonly connections: ConnectionCounts;
  readonly connect: Readonly<Record<ConnectPhase, SparseCounts>>;
  /** Absent if a connection is open at once. */
  readonly session?: SessionDelta;
  /** By rule of the wire: messages that it was about, at any time; absent if there were none. */
  readonly ruled?: readonly number[];
  /** Absent if no script named anything. */
  readonly script?: ScriptDelta;
  readonly sessions: SparseCounts;
  readonly pings: SparseCounts;
  readonly closes: readonly CloseCount[];
  readonly errors: readonly ErrorCount[];
  /** Bytes of all payloads in this time, including frames that no second counts: for charts over wall time. */
  readonly bytes: ByteCounts;
  /** Whole seconds from t0 to the start of this line's time; null before t0. */
  readonly second: number | null;
  /** Connections open now, and the fewest open at any moment since the previous line. */
  readonly open: number;
  readonly openMin: number;
  /** In-flight slots occupied now, counted from the table, not from the counters. */
  readonly inFlight: number;
  readonly health: WorkerHealth;
  /** Null if the instrument check is off. */
  readonly instrument: InstrumentDelta | null;
  /** Absent if connections are never replaced, cut or reconnected. */
  readonly turnover?: ChurnDelta;
}

/** By connection: its measured deliveries, as in the counters of these names. */
export interface SubscriberCounts {
  readonly delivered: readonly number[];
  readonly missed: readonly number[];
  readonly gone: readonly number[];
  /** Of its deliver times; absent unless the cell asks for it: `fairness`. Null if the quantile is among the missed. */
  readonly p50Us?: readonly (number | null)[];
  readonly p99Us?: readonly (number | null)[];
}

/** By connection, of the measure phase: messages that have a reply of their own, and the headline of those answered. */
export interface AnsweredCounts {
  readonly awaited: readonly number[];
  readonly answered: readonly number[];
  /** Null if the quantile lies among the unanswered, or if there were no messages. */
  readonly p50Us: readonly (number | null)[];
  readonly p99Us: readonly (number | null)[];
}

/** The last message of a worker: the sums of all its lines, as a check, and facts that are known only at the end. */
export interface WorkerTotals {
  readonly worker: number;
  readonly lines: number;
  readonly counters: Readonly<Record<Phase, readonly number[]>>;
  readonly histogramCounts: Readonly<Record<Phase, Readonly<Record<LatencyName, number>>>>;
  readonly bytes: Readonly<Record<Phase, ByteCounts>>;
  /** By request, the part of `counters` that is its own; absent where the cell has none. */
  readonly requests?: readonly Readonly<Record<Phase, readonly number[]>>[];
  readonly connections: ConnectionCounts;
  readonly openAtEnd: number;
  /**
   * Connections that were alive at the end of the measure phase: they answered a ping, had answered messages during the
   * phase, or were closed by the plan itself at that time.
   */
  readonly pinged: number;
  /** Open connections that answered no ping; absent if there were none. */
  readonly withoutPong?: number;
  readonly stopped: boolean;
  /** By connection of the worker; absent if no message is sent to many. */
  readonly subscribers?: SubscriberCounts;
  /** By connection of the worker; absent unless the cell asks for it: `fairness`. */
  readonly answered?: AnsweredCounts;
  /** The most messages planned on any connection, and the most lifetimes of any connection. */
  readonly used: { readonly ordinals: number; readonly lives: number };
}

/** A line of version 1, of one worker, as it is written today; any other as it is. Nothing of it has been checked. */
export function newestVersion(line: Interval): Interval {
  const { worker, ...rest } = line as Interval & { readonly worker?: number };
  if ((line.v as number) !== 1 || typeof worker !== 'number') return line;
  return { ...rest, v: INTERVAL_VERSION, workers: [worker, worker + 1] };
}
