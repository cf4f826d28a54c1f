import { type Cell, hasSession, type Phase } from '../plan/cell.js';
import { fanoutOf } from '../plan/fanout.js';
import { NO_REQUEST } from '../plan/mix.js';
import { needsOf } from '../plan/needs.js';
import { COUNTERS } from './counters.js';
import type { FanoutRecordings } from './fanout-recordings.js';
import {
  type ByteCounts,
  CONNECT_PHASES,
  type ConnectionCounts,
  type ConnectPhase,
  type ErrorCount,
  type FlowDelta,
  type Interval,
  type KeepAliveCounts,
  LATENCIES,
  type LatencyName,
} from './interval.js';
import { Recording } from './recording.js';
import { ScriptRecorder } from './script-recorder.js';
import { SilenceRecorder } from './silence-recorder.js';
import { type LatencyRecordings, type SecondBucket, TouchedSeconds, type WaitRecordings } from './touched-seconds.js';

export { SecondBucket } from './touched-seconds.js';

/** For how many codes the server's text is reported. The texts may be long, and a line has a size limit. */
const TOLD_MAX = 8;

/** The parts of a line that a recorder provides. */
export type RecorderDelta = Pick<
  Interval,
  | 'flow'
  | 'outside'
  | 'bundled'
  | 'keepAlive'
  | 'silence'
  | 'connections'
  | 'connect'
  | 'session'
  | 'ruled'
  | 'script'
  | 'sessions'
  | 'pings'
  | 'closes'
  | 'errors'
  | 'bytes'
>;

export interface RecorderTotals {
  readonly counters: Readonly<Record<Phase, readonly number[]>>;
  readonly histogramCounts: Readonly<Record<Phase, Readonly<Record<LatencyName, number>>>>;
  readonly bytes: Readonly<Record<Phase, ByteCounts>>;
  readonly requests?: readonly Readonly<Record<Phase, readonly number[]>>[];
  readonly connections: ConnectionCounts;
}

const NO_CONNECTIONS: ConnectionCounts = {
  attempts: 0,
  opened: 0,
  failed: 0,
  abandoned: 0,
  closedClean: 0,
  closedDirty: 0,
};

/**
 * The counters and histograms of one worker in one cell. A message belongs to the phase and second of its planned time,
 * whenever it is sent or answered. `flush` returns what was added since the last call.
 */
export class Recorder {
  /** Bytes of all payloads, independent of the second of their message. */
  readonly bytes = { sent: 0, received: 0 };
  #outside = 0;
  #bundled = 0;
  #keepAlive = { pings: 0, pongs: 0 };
  readonly #silence = new SilenceRecorder();
  readonly #warmupUs: number;
  #endUs: number;
  /** The seconds of messages of no request, and of each request. */
  readonly #unnamed: TouchedSeconds;
  readonly #named: readonly TouchedSeconds[];
  readonly #hasSession: boolean;
  #early = 0;
  readonly #ready = new Recording();
  readonly #steps: readonly Recording[];
  readonly #ruled: number[];
  readonly #script = new ScriptRecorder();
  readonly #pool: LatencyRecordings[] = [];
  readonly #waitPool: WaitRecordings[] = [];
  readonly #fanoutPool: FanoutRecordings[] = [];
  readonly #connect = perConnectPhase(() => new Recording());
  readonly #sessions = new Recording();
  readonly #pings = new Recording();
  readonly #closes = new Map<string, { code: number; clean: boolean; by: 'client' | 'server'; count: number }>();
  readonly #errors = new Map<string, { phase: ErrorCount['phase']; code: string; count: number; said?: string }>();
  /** Errors whose text has been reported. */
  readonly #told = new Set<string>();
  readonly #totals = {
    counters: { warmup: new Float64Array(COUNTERS.length), measure: new Float64Array(COUNTERS.length) },
    histogramCounts: { warmup: noLatencies(), measure: noLatencies() },
    bytes: { warmup: { sent: 0, received: 0 }, measure: { sent: 0, received: 0 } },
    connections: { ...NO_CONNECTIONS },
  };
  #connections = { ...NO_CONNECTIONS };

  constructor(cell: Cell) {
    const { wire } = cell;
    this.#warmupUs = cell.warmupMs * 1000;
    this.#endUs = this.#warmupUs + cell.durationMs * 1000;
    const needs = needsOf(wire);
    const fanout = fanoutOf(cell);
    this.#unnamed = new TouchedSeconds(cell, NO_REQUEST, this.#pool, null);
    this.#named = (wire?.requests ?? []).map((_, request) => {
      const mayWait = needs !== null && needs.needs[request]!.length > 0;
      const reaches = fanout !== null && fanout.reach[request] !== null;
      return new TouchedSeconds(
        ...([cell, request, this.#pool, mayWait ? this.#waitPool : null] as const),
        reaches ? this.#fanoutPool : null,
      );
    });
    this.#hasSession = hasSession(cell);
    this.#steps = (wire?.steps ?? []).filter(({ timed }) => timed).map(() => new Recording());
    this.#ruled = (wire?.rules ?? []).map(() => 0);
  }

  /** Moves the end of the measure phase to a later time, `endUs` from t0. */
  extend(endUs: number): void {
    this.#endUs = endUs;
    this.#unnamed.extend(endUs);
    for (const seconds of this.#named) seconds.extend(endUs);
  }

  /**
   * The bucket for a time, microseconds from t0. Times outside the phases belong to the nearest second inside.
   * `request`: of the message; none for a frame that answers no message.
   */
  at(instantUs: number, request = NO_REQUEST): SecondBucket {
    return this.seconds(request).at(instantUs);
  }

  /** The seconds of one request; `NO_REQUEST` for those of messages and frames that belong to none. */
  seconds(request: number): TouchedSeconds {
    return request === NO_REQUEST ? this.#unnamed : this.#named[request]!;
  }

  /** Whether a time, microseconds from t0, lies in one of the phases. */
  isWithin(instantUs: number): boolean {
    return instantUs >= 0 && instantUs < this.#endUs;
  }

  /** Counts a frame that answers no message and came before t0 or after the measured time. It belongs to no second. */
  outside(): void {
    this.#outside++;
  }

  /** Counts a message that shared a frame with others, or may have. */
  bundled(): void {
    this.#bundled++;
  }

  /** Counts a keep-alive ping or its pong. */
  keptAlive(frame: keyof KeepAliveCounts): void {
    this.#keepAlive[frame]++;
  }

  /** Notes that the other side ended a connection that had received nothing for `us`. */
  silence(us: number, endedUs: number): void {
    this.#silence.record(us, endedUs);
  }

  /** Counts a message that came before its session was ready, and that nothing is about. `bytes`: its payload. */
  early(bytes: number): void {
    this.#early++;
    this.bytes.received += bytes;
  }

  /** Records how long a session took from the upgrade until it was ready, microseconds. */
  ready(us: number): void {
    this.#ready.record(us);
  }

  /** Records how long a named step took. `step`: its number among the named ones. */
  step(step: number, us: number): void {
    this.#steps[step]!.record(us);
  }

  /** What a script does, under names of its own. */
  get script(): Pick<ScriptRecorder, 'asked' | 'heard'> {
    return this.#script;
  }

  /** Counts a message that a rule was about. `isWithin` tells whether it belongs to a second, too. */
  ruled(rule: number): void {
    this.#ruled[rule]!++;
  }

  count(event: keyof ConnectionCounts, by = 1): void {
    this.#connections[event] += by;
  }

  /** Records the phases of one connect in microseconds. `tls` is null for a plain connection. */
  connected(times: Readonly<Record<ConnectPhase, number | null>>): void {
    for (const phase of CONNECT_PHASES) {
      const us = times[phase];
      if (us !== null) this.#connect[phase].record(us);
    }
  }

  session(us: number): void {
    this.#sessions.record(us);
  }

  ping(us: number): void {
    this.#pings.record(us);
  }

  closed(code: number, clean: boolean, by: 'client' | 'server'): void {
    const key = `${code} ${clean} ${by}`;
    const known = this.#closes.get(key);
    if (known === undefined) this.#closes.set(key, { code, clean, by, count: 1 });
    else known.count++;
  }

  /** `said`: the text of the refusal, or null. It is kept for the first error of each code in a cell. */
  error(phase: ErrorCount['phase'], code: string, said: string | null = null): void {
    const key = `${phase} ${code}`;
    const known = this.#errors.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    const isFirst = said !== null && !this.#told.has(key) && this.#told.size < TOLD_MAX;
    if (isFirst) this.#told.add(key);
    this.#errors.set(key, { phase, code, count: 1, ...(isFirst ? { said } : {}) });
  }

  flush(): RecorderDelta {
    const flow = [this.#unnamed, ...this.#named].flatMap((seconds) => seconds.take().map((each) => this.#drain(each)));
    const connections = this.#connections;
    this.#connections = { ...NO_CONNECTIONS };
    for (const key of Object.keys(connections) as (keyof ConnectionCounts)[]) {
      this.#totals.connections[key] += connections[key];
    }
    const delta: RecorderDelta = {
      flow,
      ...(this.#outside === 0 ? {} : { outside: this.#outside }),
      ...(this.#bundled === 0 ? {} : { bundled: this.#bundled }),
      ...this.#takeKeepAlive(),
      ...this.#silence.drain(),
      connections,
      connect: perConnectPhase((phase) => this.#connect[phase].drain()),
      ...this.#takeSession(),
      ...this.#takeRuled(),
      ...this.#script.drain(),
      sessions: this.#sessions.drain(),
      pings: this.#pings.drain(),
      closes: [...this.#closes.values()],
      errors: [...this.#errors.values()],
      bytes: { ...this.bytes },
    };
    this.#closes.clear();
    this.#errors.clear();
    this.#outside = 0;
    this.#bundled = 0;
    this.bytes.sent = 0;
    this.bytes.received = 0;
    return delta;
  }

  #takeKeepAlive(): Pick<Interval, 'keepAlive'> {
    const keepAlive = this.#keepAlive;
    if (keepAlive.pings === 0 && keepAlive.pongs === 0) return {};
    this.#keepAlive = { pings: 0, pongs: 0 };
    return { keepAlive };
  }

  #takeSession(): Pick<Interval, 'session'> {
    if (!this.#hasSession) return {};
    const early = this.#early === 0 ? {} : { early: this.#early };
    this.#early = 0;
    return { session: { ...early, ready: this.#ready.drain(), steps: this.#steps.map((step) => step.drain()) } };
  }

  #takeRuled(): Pick<Interval, 'ruled'> {
    if (this.#ruled.every((count) => count === 0)) return {};
    const ruled = [...this.#ruled];
    this.#ruled.fill(0);
    return { ruled };
  }

  /** Sums of everything flushed so far. Kept apart from the lines, so that a lost line is noticed. */
  totals(): RecorderTotals {
    const { counters, histogramCounts, bytes, connections } = this.#totals;
    return {
      counters: { warmup: Array.from(counters.warmup), measure: Array.from(counters.measure) },
      histogramCounts: { warmup: { ...histogramCounts.warmup }, measure: { ...histogramCounts.measure } },
      bytes: { warmup: { ...bytes.warmup }, measure: { ...bytes.measure } },
      ...(this.#named.length === 0 ? {} : { requests: this.#named.map((seconds) => seconds.totals()) }),
      connections: { ...connections },
    };
  }

  #drain(bucket: SecondBucket): FlowDelta {
    const { phase, counters, recordings } = bucket;
    const sums = this.#totals.counters[phase];
    for (let i = 0; i < counters.length; i++) sums[i]! += counters[i]!;
    if (bucket.request !== NO_REQUEST) this.#named[bucket.request]!.sum(bucket);
    for (const name of LATENCIES) this.#totals.histogramCounts[phase][name] += recordings[name].count;
    this.#totals.bytes[phase].sent += bucket.sentBytes;
    this.#totals.bytes[phase].received += bucket.receivedBytes;
    const delta = bucket.drain();
    this.#pool.push(recordings);
    if (bucket.waits !== null) this.#waitPool.push(bucket.waits);
    if (bucket.fanout !== null) this.#fanoutPool.push(bucket.fanout);
    return delta;
  }
}

function noLatencies(): Record<LatencyName, number> {
  return { response: 0, service: 0, lag: 0 };
}

function perConnectPhase<T>(make: (phase: ConnectPhase) => T): Record<ConnectPhase, T> {
  return { wait: make('wait'), tcp: make('tcp'), tls: make('tls'), upgrade: make('upgrade'), total: make('total') };
}
