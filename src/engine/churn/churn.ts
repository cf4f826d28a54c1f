import { ChurnLog } from '../../metrics/churn-log.js';
import type { ChurnDelta } from '../../metrics/interval.js';
import type { Shard } from '../../plan/cell.js';
import { MODELS } from '../../plan/models.js';
import type { EndOfMeasure } from '../end-of-measure.js';
import type { InFlightTable } from '../matching/in-flight.js';
import type { Clock } from '../pacing/clock.js';
import type { Pool } from '../pool.js';
import { Lifetimes } from './lifetimes.js';
import { Outages } from './outages.js';
import { inPlansHands, Places } from './places.js';
import type { ChurnTools, ConnectionPolicy } from './policy.js';
import { type Send, StandIns } from './stand-ins.js';
import { Timetable } from './timetable.js';

export interface ChurnOptions {
  readonly shard: Shard;
  /** Connections of this worker. */
  readonly owned: number;
  readonly clock: Clock;
  readonly end: EndOfMeasure;
  readonly pool: Pool;
  readonly table: InFlightTable;
  /** Sends a message on exactly this connection. */
  readonly send: Send;
  /** Counts a message of exactly this connection that cannot be sent. */
  readonly notConnected: Send;
  /** Called when a connection stops sending for good. */
  readonly onRetire: (connection: number) => void;
}

/**
 * What the plan does to a worker's connections during the load: it replaces those whose lifetime is over, cuts some at
 * set times, and reconnects lost ones. Only made if a cell needs any of this; without it the path of a message does not
 * pass here.
 */
export class Churn {
  readonly #o: ChurnOptions;
  readonly #places: Places;
  readonly #log: ChurnLog;
  readonly #timetable: Timetable;
  readonly #outages: Outages;
  /** Null if connections stay open. */
  readonly lifetimes: Lifetimes | null;
  readonly #standIns: StandIns;
  /** In the order in which they are asked: an event that cuts a connection ends its lifetime too. */
  readonly #policies: readonly ConnectionPolicy[];
  #isRunning = false;

  constructor(options: ChurnOptions) {
    const { shard, owned, clock, pool, end, table, send, notConnected, onRetire } = options;
    const log = new ChurnLog(shard.cell);
    const timetable = new Timetable(clock);
    const places = new Places(shard, owned, (change) => log.held(timetable.nowUs(), change));
    const connect = (connection: number, plannedUs: number) => {
      places.connecting(connection);
      log.connect(timetable.nowUs());
      pool.reopen(connection, timetable.onClock(plannedUs));
    };
    const tools: ChurnTools = { shard, owned, pool, onRetire, places, log, timetable, connect };
    this.#o = options;
    this.#places = places;
    this.#log = log;
    this.#timetable = timetable;
    this.#outages = new Outages(tools);
    this.lifetimes = shard.cell.lifetime === null ? null : new Lifetimes({ ...tools, end, table });
    this.#policies = this.lifetimes === null ? [this.#outages] : [this.#outages, this.lifetimes];
    const isPacedByPlan = MODELS[shard.cell.model].pacedBy === 'plan';
    this.#standIns = new StandIns({ owned, pool, places, log, isPacedByPlan, send, notConnected });
  }

  /** t0 is reached: from now on the policies are asked. */
  start(t0Us: number): void {
    const { pool } = this.#o;
    this.#isRunning = true;
    this.#timetable.start(t0Us);
    this.#places.start(pool.openConnections());
    pool.use(this.#policies);
    for (const policy of this.#policies) policy.start();
  }

  /** Sends a message of a connection, or lets another connection send it. */
  readonly send: Send = (connection, dueUs) => this.#standIns.send(connection, dueUs);

  /** The measured time is over: no connection is cut or reconnected, and no lifetime ends. */
  endMeasure(): void {
    if (!this.#isRunning) return;
    for (const policy of this.#policies) policy.endMeasure();
    this.#timetable.cancelAll();
    this.#log.end();
  }

  /** No connection is opened from now on. */
  stop(): void {
    this.#timetable.cancelAll();
    for (const policy of this.#policies) policy.stop();
  }

  /** The server is ready again after the restart with this event number. */
  serverIsBack(event: number): void {
    this.#outages.serverIsBack(event);
  }

  /** Connections that the plan itself closed and that are not open again. */
  get inPlansHands(): number {
    return this.#places.inPlansHands;
  }

  isInPlansHands(connection: number): boolean {
    return inPlansHands(this.#places.of(connection));
  }

  takeFewest(): number {
    return this.#places.takeFewest();
  }

  /** Returns what was noted since the last call. */
  drain(): ChurnDelta {
    return this.#log.drain(this.#places.takeFewest());
  }
}
