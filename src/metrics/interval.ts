import type { Phase } from '../plan/cell.js';

/** Version of the interval line; readers refuse others. */
export const INTERVAL_VERSION = 1;

/** Bucket counts as pairs `[index, count, index, count, ...]`, indices rising, of the one histogram layout in use. */
export type SparseCounts = readonly number[];

export const LATENCIES = ['response', 'service', 'lag'] as const;
export type LatencyName = (typeof LATENCIES)[number];

export const CONNECT_PHASES = ['wait', 'tcp', 'tls', 'upgrade', 'total'] as const;
export type ConnectPhase = (typeof CONNECT_PHASES)[number];

/** What is added to one second of one phase of the `message` flow. Seconds count from the start of the phase, from 0. */
export interface FlowDelta {
  readonly phase: Phase;
  readonly second: number;
  /** One number per entry of COUNTERS. */
  readonly counters: readonly number[];
  readonly histograms: Readonly<Record<LatencyName, SparseCounts>>;
  /** Payloads of the messages counted as sent and as received; lines of older versions have none. */
  readonly bytes?: ByteCounts;
}

/** Bytes of payloads: neither frame headers nor what a connection needs beside its messages. */
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

/** How long nothing had come on connections that the other side ended, us; and when the first and the last ended. */
export interface SilenceDelta {
  readonly silences: SparseCounts;
  /** Microseconds of the engines' clock. */
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
 * `phase`: connect, open, close; `restart` for errors that a restart in the plan caused. `code`: a system code
 * (`ECONNRESET`), `HTTP_503`, `handshake_timeout`, ...
 */
export interface ErrorCount {
  readonly phase: 'connect' | 'open' | 'close' | 'restart';
  readonly code: string;
  readonly count: number;
  /**
   * What the first refusal of this code said: status, Location, Retry-After, first words of the body. At most 300 characters,
   * safe to print; absent where nobody said anything.
   */
  readonly said?: string | undefined;
}

/** The health of the worker itself in this second. */
export interface WorkerHealth {
  /** Share of the second its event loop was not idle, 0 to 1. */
  readonly busy: number;
  /** Longest stretch without the worker's own 5 ms ticker, ms, unless the thread was suspended in it. */
  readonly blockedMs: number;
  /** Of that stretch: how long the thread waited for a core, ms; null where the kernel does not say. */
  readonly blockedWaitMs: number | null;
  /** Stretches in which the thread neither ran nor waited for a core: stopped from outside, ms. */
  readonly pausedMs: number;
  /** Time its thread was runnable but not running, ms; null where the kernel does not say. */
  readonly runQueueWaitMs: number | null;
  /** Time its thread ran, ms; null where the kernel does not say. */
  readonly cpuMs: number | null;
  readonly gcPauseMsMax: number;
  /** Garbage collections that stopped the thread for more than 5 ms: how many, and for how long together. */
  readonly gcLongPauses: number;
  readonly gcLongPauseMs: number;
  readonly heapBytes: number;
}

/**
 * The instrument check of one worker: response times of its own messages to an echo of known delay, microseconds, as the
 * worker reports them and as the echo's log says they were. `added`: the difference, message by message, at least 1 us; lines
 * of older versions have none. `missed`: its messages that came to nothing.
 */
export interface InstrumentDelta {
  readonly reported: SparseCounts;
  readonly truth: SparseCounts;
  readonly added?: SparseCounts;
  readonly missed: number;
}

/** Numbers by millisecond: pairs `[ms, number, ms, number, ...]`. */
export type MillisecondSeries = readonly number[];

/** What is added to one timed event of the cell. Milliseconds count from its planned instant. */
export interface EventDelta {
  /** Which of the cell's events. */
  readonly event: number;
  /** Connections held when the event came; reported in one line, 0 in the others. */
  readonly heldBefore: number;
  /** Connections that the event cut. */
  readonly dropped: number;
  /** Messages of the measure phase that were in flight on these. */
  readonly lostInFlight: number;
  /** Connects that failed because the plan had the server stopped. */
  readonly refused: number;
  /** Changes in the number of connections held, connects begun, messages due that found no connection. */
  readonly held: MillisecondSeries;
  readonly connects: MillisecondSeries;
  readonly notConnected: MillisecondSeries;
}

/** Lives that the plan ended, and how many of their successors opened; by the phase in which they ended. */
export interface LifeCounts {
  readonly ended: number;
  readonly opened: number;
}

/** What a cell whose connections come and go adds to its lines. */
export interface TurnoverDelta {
  /** The fewest connections that were not missing: open, or closed by the plan itself. */
  readonly heldMin: number;
  readonly lives: Readonly<Record<Phase, LifeCounts>>;
  readonly events: readonly EventDelta[];
}

/**
 * One second of one worker in one cell: what was added since the line before. Adding up the lines of a worker gives its
 * totals, in any order. Plain JSON-able data, at most 512 KiB.
 */
export interface Interval {
  readonly v: typeof INTERVAL_VERSION;
  readonly agent: string;
  readonly cell: string;
  readonly worker: number;
  /** Ordinal of this line for this worker and cell, from 0. */
  readonly line: number;
  /** Length of the stretch this line covers, ms. */
  readonly elapsedMs: number;
  /** Where the worker was in the cell when it wrote the line. */
  readonly stage: 'connect' | 'idle' | 'warmup' | 'measure' | 'drain' | 'close';
  readonly flow: readonly FlowDelta[];
  /** Frames that answer no message and came before t0 or after the measured time; absent where there were none. */
  readonly outside?: number;
  /** Messages that came with others in one frame, or may have; absent where there were none. */
  readonly bundled?: number;
  /** Pings that only keep connections alive, and the pongs to them; absent where there were none. */
  readonly keepAlive?: KeepAliveCounts;
  /** Ends of connections by the other side; absent where there were none. */
  readonly silence?: SilenceDelta;
  readonly connections: ConnectionCounts;
  readonly connect: Readonly<Record<ConnectPhase, SparseCounts>>;
  readonly sessions: SparseCounts;
  readonly pings: SparseCounts;
  readonly closes: readonly CloseCount[];
  readonly errors: readonly ErrorCount[];
  /** Of all payloads of this stretch, also of frames that no second counts: for views of wall time. */
  readonly bytes: ByteCounts;
  /** Seconds from t0 to the start of this stretch, whole; null before t0. */
  readonly second: number | null;
  /** Connections open now, and the fewest open at any moment of this stretch. */
  readonly open: number;
  readonly openMin: number;
  /** In-flight slots occupied now, counted from the table, not from the counters. */
  readonly inFlight: number;
  readonly health: WorkerHealth;
  /** Null where the instrument check is off. */
  readonly instrument: InstrumentDelta | null;
  /** Absent where connections stay as they are. */
  readonly turnover?: TurnoverDelta;
}

/** The last message of a worker: the sums of all its lines, to check them, and facts that are known only at the end. */
export interface WorkerTotals {
  readonly worker: number;
  readonly lines: number;
  readonly counters: Readonly<Record<Phase, readonly number[]>>;
  readonly histogramCounts: Readonly<Record<Phase, Readonly<Record<LatencyName, number>>>>;
  readonly bytes: Readonly<Record<Phase, ByteCounts>>;
  readonly connections: ConnectionCounts;
  readonly openAtEnd: number;
  /**
   * Connections that were alive at the end of the measure phase: they answered a ping, or had answered messages meanwhile, or
   * the plan itself had taken them then.
   */
  readonly pinged: number;
  /** Open connections that answered no ping; absent where there were none. */
  readonly withoutPong?: number;
  readonly stopped: boolean;
  /** The most messages planned on any connection, and the most lives any had. */
  readonly used: { readonly ordinals: number; readonly lives: number };
}
