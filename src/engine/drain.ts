import type { Cell } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import type { ConnectionProgress } from './matching/connection-progress.js';
import type { Correlator } from './matching/correlate.js';
import { type InFlightTable, SLOT } from './matching/in-flight.js';
import type { Clock } from './pacing/clock.js';
import { Timers } from './pacing/timers.js';
import type { Pool } from './pool.js';

/** How long to wait for pongs from connections that are known to be alive, if no connection has answered a ping. */
const PONG_PATIENCE_MS = 500;
/** Only for matching by order: how long to wait for surplus replies at the end, at least and at most. */
const SURPLUS_MS = { least: 250, most: 2000 } as const;

export interface DrainOptions {
  readonly cell: Cell;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly table: InFlightTable;
  readonly progress: ConnectionProgress;
  readonly correlator: Correlator;
  /** True while something else is awaited: the replies of the instrument check. */
  readonly isWaiting: () => boolean;
}

/**
 * The end of one worker's load. Finds out which connections are alive, by a ping or by their answers, and when nothing
 * more is awaited.
 */
export class Drain {
  readonly #o: DrainOptions;
  #confirmed = 0;
  #withoutPong = 0;
  #pongs = 0;
  /** Connections that were pinged and have neither answered nor closed. */
  readonly #pending = new Set<number>();
  #pingedUs = 0;
  #measureUs = 0;
  #resolve: (() => void) | null = null;
  readonly #timers: Timers;
  #hasLookedForSurplus: boolean;

  constructor(options: DrainOptions) {
    this.#o = options;
    this.#timers = new Timers(options.clock);
    const { reply, model } = options.cell;
    this.#hasLookedForSurplus = reply.match !== 'order' || !MODELS[model].sends;
  }

  /** Connections that count as alive at the end of the measured time. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** Connections that stayed open but did not answer their ping. */
  get withoutPong(): number {
    return this.#withoutPong;
  }

  /**
   * Pings every open connection except those left out. `confirmed` connections count as alive without a ping.
   * `measureUs`: when the measured time began.
   */
  ping(confirmed: number, isLeftOut: (connection: number) => boolean, measureUs: number): void {
    const { pool, clock } = this.#o;
    this.#confirmed = confirmed;
    this.#measureUs = measureUs;
    this.#pingedUs = clock.nowUs();
    for (const connection of pool.pingAll(isLeftOut)) this.#pending.add(connection);
  }

  onPong(connection: number): void {
    if (!this.#pending.delete(connection)) return;
    this.#pongs++;
    this.#confirmed++;
    this.check();
  }

  onClosed(connection: number): void {
    this.#pending.delete(connection);
    this.check();
  }

  /**
   * Resolves when nothing is in flight and every ping is settled, or when the time is over. `isCutShort`: wait only for
   * messages in flight.
   */
  async wait(timeoutMs: number, isCutShort: boolean): Promise<void> {
    if (isCutShort) {
      this.#pending.clear();
      this.#hasLookedForSurplus = true;
    }
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      this.#timers.after(timeoutMs, resolve);
      this.#timers.after(PONG_PATIENCE_MS, () => this.check());
      this.check();
    });
    this.#resolve = null;
    this.#timers.cancelAll();
    this.#countByReplies();
  }

  /** Must be called when something awaited may have arrived. */
  check(): void {
    const { table, isWaiting } = this.#o;
    if (this.#resolve === null || table.count > 0 || isWaiting() || this.#mayStillPong()) return;
    if (this.#hasLookedForSurplus) this.#resolve();
    else this.#lookForSurplus();
  }

  get isWaiting(): boolean {
    return this.#resolve !== null;
  }

  /** False if no ping was answered although every message was: this server does not answer pings. */
  #mayStillPong(): boolean {
    if (this.#pending.size === 0) return false;
    const onlyWaits = this.#o.clock.nowUs() - this.#pingedUs < PONG_PATIENCE_MS * 1000;
    if (onlyWaits || this.#pongs > 0) return true;
    for (const connection of this.#pending) if (!this.#hasAnswered(connection)) return true;
    return false;
  }

  /**
   * A connection that received something during the measured time and owes no answer is alive, even without a pong:
   * some servers and gateways do not answer pings.
   */
  #hasAnswered(connection: number): boolean {
    const { pool, table, progress } = this.#o;
    const socket = pool.at(connection);
    if (socket === null || !socket.isOpen || (socket.receivedUs ?? 0) < this.#measureUs) return false;
    const last = progress.next(connection) - 1;
    if (last < 0 || !table.isIdle(connection)) return last < 0;
    const slot = table.slotOf(connection, last);
    const state = table.holds(slot, last) ? table.state(slot) : SLOT.answered;
    return state !== SLOT.timedOut && state !== SLOT.lost;
  }

  #countByReplies(): void {
    this.#withoutPong = this.#pending.size;
    for (const connection of this.#pending) if (this.#hasAnswered(connection)) this.#confirmed++;
  }

  /**
   * If a frame was wrongly taken for a reply, one reply is left over at the end. It arrives at the latest after the
   * longest time that a reply took. A gap between messages may have hidden a longer time.
   */
  #lookForSurplus(): void {
    const { cell, correlator } = this.#o;
    const perConnection = cell.rate === null ? 0 : Math.max(cell.rate.from, cell.rate.to) / cell.axes.connections;
    const gapMs = perConnection > 0 ? 1000 / perConnection : 0;
    const wantedMs = Math.max(SURPLUS_MS.least, gapMs, (2 * correlator.longestUs) / 1000);
    this.#hasLookedForSurplus = true;
    this.#timers.after(Math.min(wantedMs, SURPLUS_MS.most, cell.reply.timeoutMs), () => this.#resolve?.());
  }
}
