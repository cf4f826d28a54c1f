import { C } from '../../metrics/counters.js';
import type { TurnoverDelta } from '../../metrics/interval.js';
import type { Recorder } from '../../metrics/recorder.js';
import { TurnoverLog } from '../../metrics/turnover-log.js';
import { longestCell, type Shard } from '../../plan/cell.js';
import { droppedBy } from '../../plan/drops.js';
import { lifeEnds } from '../../plan/lives.js';
import { MODELS } from '../../plan/models.js';
import type { Cursor } from '../../plan/pacer.js';
import { reconnectDelayMs } from '../../plan/reconnect.js';
import { seedOf } from '../../stats/rng.js';
import type { InFlightTable } from '../matching/in-flight.js';
import type { Clock, Timer } from '../pacing/clock.js';
import type { Pool } from '../pool.js';

/**
 * The state of a connection. `retiring`: its lifetime is over, and its last replies are awaited. `replacing`: it
 * closes, or its successor connects. `taken`: an event of the plan cut it. `missing`: not open for any other reason.
 */
const SLOT = { missing: 0, open: 1, retiring: 2, replacing: 3, taken: 4 } as const;
const NONE = -1;

export interface TurnoverOptions {
  readonly shard: Shard;
  /** Connections of this worker. */
  readonly owned: number;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly table: InFlightTable;
  readonly recorder: Recorder;
  /** Called when a connection stops sending for good. */
  readonly onRetire: (connection: number) => void;
}

/**
 * What the plan does to a worker's connections during the load: it replaces connections whose lifetime is over, cuts
 * some at set times, and reconnects lost ones. Only created if a cell needs any of this. Connections are numbered
 * within the worker.
 */
export class Turnover {
  readonly #o: TurnoverOptions;
  readonly #log: TurnoverLog;
  readonly #ends: Cursor;
  readonly #state: Uint8Array;
  /** 1 while no connect may start: one is under way or waits for its turn, or the old connection is being cut. */
  readonly #pending: Uint8Array;
  /** Failed attempts since the connection was lost. */
  readonly #attempts: Uint32Array;
  /** Number of random waits drawn for the connection so far. */
  readonly #draws: Uint32Array;
  /** 1 if the server ended the session on purpose and its successor is not open yet. */
  readonly #endedByServer: Uint8Array;
  /** The end of the last lifetime whose successor is not open yet, us from t0; NONE if there is none. */
  readonly #endedUs: Float64Array;
  /** The end of another lifetime before that successor opened, us from t0; NONE if there is none. */
  readonly #overdueUs: Float64Array;
  readonly #timers = new Set<Timer>();
  #stage: 'before' | 'running' | 'ending' | 'over' = 'before';
  #t0Us = 0;
  #nextEndUs = Number.POSITIVE_INFINITY;
  /** The end of the measure phase, us from t0. No lifetime ends after it, unless the phase is extended. */
  #endUs: number;
  /** Connections that are open, or closed by the plan and about to be replaced. */
  #held = 0;
  /** The lowest `#held` since the last drain(). */
  #fewest = 0;
  /** `#held` without the connections that an event cut. */
  #present = 0;
  /** When the server was ready again after the last restart of the plan, us from t0; Infinity during a restart. */
  #backUs = Number.POSITIVE_INFINITY;
  /** If true, a message is due whether or not its connection is open, so another one may send it. */
  readonly #isPacedByPlan: boolean;
  /** The connection that sends the next message for one that is being replaced. */
  #standIn = 0;

  constructor(options: TurnoverOptions) {
    const { owned, shard } = options;
    this.#o = options;
    this.#isPacedByPlan = MODELS[shard.cell.model].pacedBy === 'plan';
    this.#log = new TurnoverLog(shard.cell);
    this.#ends = lifeEnds(longestCell(shard)).cursor(shard.worker, shard.workers);
    this.#endUs = (shard.cell.warmupMs + shard.cell.durationMs) * 1000;
    this.#state = new Uint8Array(owned);
    this.#pending = new Uint8Array(owned);
    this.#endedByServer = new Uint8Array(owned);
    this.#attempts = new Uint32Array(owned);
    this.#draws = new Uint32Array(owned);
    this.#endedUs = new Float64Array(owned).fill(NONE);
    this.#overdueUs = new Float64Array(owned).fill(NONE);
  }

  /** t0 is reached: from now on connections are replaced, events happen, and lost connections are reconnected. */
  start(t0Us: number): void {
    const { pool, shard } = this.#o;
    this.#t0Us = t0Us;
    this.#stage = 'running';
    for (const connection of pool.openConnections()) this.#state[connection] = SLOT.open;
    this.#held = this.#state.reduce((sum, state) => sum + state, 0);
    this.#present = this.#held;
    this.#fewest = this.#held;
    shard.cell.events.forEach(({ atMs }, event) => {
      this.#at((shard.cell.warmupMs + atMs) * 1000, () => this.#begin(event));
    });
    this.#nextEndUs = this.#ends.next();
    this.#planEnd();
  }

  /** The measured time is extended to `endUs` from t0. If it had already ended, lifetimes only count as ended. */
  extend(endUs: number): void {
    const isWaiting = this.#nextEndUs >= this.#endUs;
    this.#endUs = endUs;
    if (this.#stage === 'running' && isWaiting) this.#planEnd();
    if (this.#stage === 'running' || this.#stage === 'before') return;
    for (; this.#nextEndUs < endUs; this.#nextEndUs = this.#ends.next()) this.#log.lifeEnded(this.#nextEndUs);
  }

  /** The measured time is over: no connection is replaced or reconnected. */
  endMeasure(): void {
    if (this.#stage !== 'running') return;
    this.#fireEnds(this.#nowUs());
    this.#cancelAll();
    this.#log.end();
    this.#stage = 'ending';
  }

  /** No connection is opened from now on. */
  stop(): void {
    this.#cancelAll();
    this.#stage = 'over';
  }

  /** True if the plan itself closed the connection: it is being replaced, or an event cut it. */
  isTaken(connection: number): boolean {
    return this.#state[connection]! >= SLOT.retiring;
  }

  /** Number of connections that the plan itself closed and that are not open again. */
  get taken(): number {
    return this.#state.reduce((sum, state) => sum + (state >= SLOT.retiring ? 1 : 0), 0);
  }

  /**
   * Wraps `send`: if the planned connection cannot send the message, another one does. If none can, the message is
   * counted. `dueUs` from t0.
   */
  carrying(send: (connection: number, dueUs: number) => void): (connection: number, dueUs: number) => void {
    return (connection, dueUs) => {
      const carrier = this.#carrierOf(connection);
      if (carrier !== NONE) return send(carrier, dueUs);
      const { counters } = this.#o.recorder.at(dueUs);
      counters[C.planned]!++;
      counters[C.notConnected]!++;
      this.#log.notConnected(dueUs);
    };
  }

  /** Wraps `settled`: a connection whose lifetime is over closes after its last message is settled. */
  settling(settled: (connection: number, nowUs: number) => void): (connection: number, nowUs: number) => void {
    return (connection, nowUs) => {
      settled(connection, nowUs);
      if (this.#state[connection] === SLOT.retiring) this.#closeIfIdle(connection);
    };
  }

  onOpen(connection: number): void {
    if (this.#stage === 'before') return;
    const before = this.#state[connection]!;
    this.#state[connection] = SLOT.open;
    this.#pending[connection] = 0;
    this.#attempts[connection] = 0;
    this.#endedByServer[connection] = 0;
    if (before === SLOT.missing) this.#held++;
    if (before === SLOT.missing || before === SLOT.taken) this.#changePresent(1);
    if (this.#endedUs[connection] === NONE) return;
    this.#log.successorOpened(this.#endedUs[connection]!);
    this.#endedUs[connection] = NONE;
    const overdueUs = this.#overdueUs[connection]!;
    if (overdueUs === NONE) return;
    this.#overdueUs[connection] = NONE;
    // Its owner is still busy with opening it.
    this.#at(this.#nowUs(), () => this.#retire(connection, overdueUs), true);
  }

  /** A connect failed. */
  onFailed(connection: number): void {
    if (this.#stage === 'before') return;
    const isExcused = this.excuses(connection);
    this.#pending[connection] = 0;
    this.#attempts[connection]!++;
    if (isExcused) this.#log.refused();
    if (this.#state[connection] === SLOT.replacing) this.#lose(connection, isExcused);
    if (this.#endedByServer[connection] === 1 && !isExcused) this.#miss(connection);
    this.#tryAgain(connection);
  }

  /**
   * An open connection closed. `lost`: its messages of the measure phase that were in flight. `byDesign`: the server
   * ended the session on purpose. If lost connections are reconnected, such a connection counts as held until its
   * successor opens or fails.
   */
  onGone(connection: number, lost: number, byDesign: boolean): void {
    if (this.#stage === 'before') return;
    this.#pending[connection] = 0;
    const state = this.#state[connection];
    if (state === SLOT.taken) {
      this.#log.lostInFlight(lost);
    } else if (state !== SLOT.replacing && this.excuses(connection)) {
      this.#log.dropped();
      this.#log.lostInFlight(lost);
      this.#lose(connection, true);
    } else if (state === SLOT.open) {
      const isHandedOver = byDesign && this.#stage === 'running' && this.#o.shard.cell.reconnect.policy !== 'never';
      if (isHandedOver) this.#endedByServer[connection] = 1;
      this.#lose(connection, isHandedOver);
    } else if (state !== SLOT.missing) {
      this.#state[connection] = SLOT.replacing;
      if (this.#stage !== 'over') this.#open(connection, this.#nowUs());
      return;
    }
    this.#tryAgain(connection);
  }

  /** The server is ready again after the restart with this event number. */
  serverIsBack(event: number): void {
    if (this.#log.event === event) this.#backUs = this.#nowUs();
  }

  /**
   * True if this error was caused by a restart in the plan: the connection was opened before the restarted server
   * became ready again.
   */
  excuses(connection: number): boolean {
    const { event } = this.#log;
    if (event === null || this.#o.shard.cell.events[event]!.kind !== 'restart') return false;
    const openUs = this.#o.pool.at(connection)?.times.openUs ?? null;
    return openUs === null || openUs < this.#t0Us + this.#backUs;
  }

  /** Returns what was noted since the last call. */
  drain(): TurnoverDelta {
    return this.#log.drain(this.takeFewest());
  }

  takeFewest(): number {
    const fewest = Math.min(this.#fewest, this.#held);
    this.#fewest = this.#held;
    return fewest;
  }

  #begin(event: number): void {
    const { shard, pool, onRetire } = this.#o;
    this.#log.begin(event, this.#present);
    this.#backUs = Number.POSITIVE_INFINITY;
    for (const connection of droppedBy(shard.cell, event)) {
      if (connection % shard.workers !== shard.worker) continue;
      const own = Math.floor(connection / shard.workers);
      const state = this.#state[own];
      if (state !== SLOT.open && state !== SLOT.retiring) continue;
      this.#log.dropped();
      this.#lose(own, true);
      onRetire(own);
      // The successor may only open after the old connection is closed.
      this.#pending[own] = 1;
      pool.terminate(own);
    }
  }

  #planEnd(): void {
    if (this.#nextEndUs >= this.#endUs) return;
    this.#at(this.#nextEndUs, () => {
      this.#fireEnds(this.#nowUs());
      this.#planEnd();
    });
  }

  #fireEnds(untilUs: number): void {
    for (; this.#nextEndUs <= untilUs && this.#nextEndUs < this.#endUs; this.#nextEndUs = this.#ends.next()) {
      this.#log.lifeEnded(this.#nextEndUs);
      this.#endLife(Math.floor(this.#ends.connection / this.#o.shard.workers), this.#nextEndUs);
    }
  }

  /** Ends a lifetime: the next connection opens, whatever happened to the old one. */
  #endLife(connection: number, endUs: number): void {
    const state = this.#state[connection]!;
    if (state === SLOT.open) return this.#retire(connection, endUs);
    if (state === SLOT.retiring || state === SLOT.replacing) {
      this.#overdueUs[connection] = endUs;
      return;
    }
    this.#endedUs[connection] = endUs;
    if (this.#pending[connection] === 0) this.#open(connection, endUs);
  }

  #retire(connection: number, endUs: number): void {
    if (this.#state[connection] !== SLOT.open) return;
    this.#endedUs[connection] = endUs;
    this.#state[connection] = SLOT.retiring;
    this.#o.onRetire(connection);
    this.#closeIfIdle(connection);
  }

  #closeIfIdle(connection: number): void {
    const { table, pool } = this.#o;
    if (!table.isIdle(connection)) return;
    this.#state[connection] = SLOT.replacing;
    pool.retire(connection);
  }

  #lose(connection: number, isPlanned: boolean): void {
    this.#state[connection] = isPlanned ? SLOT.taken : SLOT.missing;
    this.#changePresent(-1);
    if (isPlanned) return;
    this.#held--;
    this.#fewest = Math.min(this.#fewest, this.#held);
  }

  /** Counts a connection as missing if it was held only because the plan had closed it. */
  #miss(connection: number): void {
    this.#endedByServer[connection] = 0;
    this.#state[connection] = SLOT.missing;
    this.#held--;
    this.#fewest = Math.min(this.#fewest, this.#held);
  }

  #changePresent(by: number): void {
    this.#present += by;
    this.#log.held(this.#nowUs(), by);
  }

  #tryAgain(connection: number): void {
    const { cell, worker, workers } = this.#o.shard;
    if (this.#stage !== 'running' || cell.reconnect.policy === 'never') return;
    const draw = seedOf(cell.seed, 'reconnect', worker + connection * workers, this.#draws[connection]!++) / 2 ** 32;
    const delayMs = reconnectDelayMs(cell.reconnect, this.#attempts[connection]!, draw);
    this.#pending[connection] = 1;
    const atUs = this.#nowUs() + delayMs * 1000;
    this.#at(atUs, () => this.#open(connection, atUs));
  }

  #open(connection: number, plannedUs: number): void {
    this.#pending[connection] = 1;
    this.#log.connect(this.#nowUs());
    this.#o.pool.reopen(connection, this.#t0Us + plannedUs);
  }

  /**
   * The connection that sends a message: the planned one if it can. In the open model, between two lives, any open one.
   * Else NONE.
   */
  #carrierOf(connection: number): number {
    const state = this.#state[connection]!;
    if (state === SLOT.open && this.#canSend(connection)) return connection;
    const isBetweenLives = state === SLOT.retiring || state === SLOT.replacing;
    return isBetweenLives && this.#isPacedByPlan ? this.#nextOpen() : NONE;
  }

  #canSend(connection: number): boolean {
    return this.#o.pool.at(connection)?.canSend === true;
  }

  /** The open connections take turns, so that no single one sends all messages of the others. */
  #nextOpen(): number {
    const { owned } = this.#o;
    for (let i = 0; i < owned; i++) {
      this.#standIn = this.#standIn + 1 < owned ? this.#standIn + 1 : 0;
      if (this.#state[this.#standIn] === SLOT.open && this.#canSend(this.#standIn)) return this.#standIn;
    }
    return NONE;
  }

  #nowUs(): number {
    return this.#o.clock.nowUs() - this.#t0Us;
  }

  /** Calls back at a time from t0, never earlier. If the time has passed, calls at once, unless `later`. */
  #at(instantUs: number, callback: () => void, later = false): void {
    const waitUs = instantUs - this.#nowUs();
    if (waitUs <= 0 && !later) {
      callback();
      return;
    }
    const timer = this.#o.clock.after(Math.max(0, Math.ceil(waitUs / 1000)), () => {
      this.#timers.delete(timer);
      this.#at(instantUs, callback);
    });
    this.#timers.add(timer);
  }

  #cancelAll(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
