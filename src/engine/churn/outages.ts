import { droppedBy } from '../../plan/drops.js';
import { reconnectDelayMs } from '../../plan/reconnect.js';
import { seedOf } from '../../stats/rng.js';
import { PLACE } from './places.js';
import type { ChurnTools, ClosedConnection, ConnectionPolicy } from './policy.js';

/**
 * Connections that end before their time: an event of the plan cuts them, a restart in the plan closes them, or they
 * are lost. Reconnects them if the plan says so, and excuses what its own events did.
 */
export class Outages implements ConnectionPolicy {
  readonly #o: ChurnTools;
  /** For each connection: failed attempts since it was lost, and the random waits drawn for it so far. */
  readonly #attempts: Uint32Array;
  readonly #draws: Uint32Array;
  /** When the server was ready again after the last restart in the plan, us from t0; Infinity during a restart. */
  #backUs = Number.POSITIVE_INFINITY;
  #isMeasuring = false;

  constructor(options: ChurnTools) {
    this.#o = options;
    this.#attempts = new Uint32Array(options.owned);
    this.#draws = new Uint32Array(options.owned);
  }

  start(): void {
    const { shard, timetable } = this.#o;
    this.#isMeasuring = true;
    for (const [event, { atMs }] of shard.cell.events.entries()) {
      timetable.at((shard.cell.warmupMs + atMs) * 1000, () => this.#begin(event));
    }
  }

  onOpen(connection: number): void {
    const { places } = this.#o;
    places.release(connection);
    places.move(connection, PLACE.open);
    this.#attempts[connection] = 0;
  }

  onClosed({ connection, lost, byDesign }: ClosedConnection): boolean {
    const { places, log } = this.#o;
    places.release(connection);
    const place = places.of(connection);
    if (place === PLACE.cutByEvent) {
      log.lostInFlight(lost);
    } else if (place !== PLACE.replacing && this.excuses(connection)) {
      log.dropped();
      log.lostInFlight(lost);
      places.move(connection, PLACE.cutByEvent);
    } else if (place === PLACE.retiring || place === PLACE.replacing) {
      return false;
    } else {
      places.move(connection, byDesign && this.#reconnects ? PLACE.handedOver : PLACE.missing);
    }
    this.#tryAgain(connection);
    return true;
  }

  onFailed(connection: number): void {
    const { places, log } = this.#o;
    const isExcused = this.excuses(connection);
    const place = places.of(connection);
    places.release(connection);
    this.#attempts[connection]!++;
    if (isExcused) log.refused();
    if (place === PLACE.replacing) places.move(connection, isExcused ? PLACE.cutByEvent : PLACE.missing);
    if (place === PLACE.handedOver && !isExcused) places.move(connection, PLACE.missing);
    this.#tryAgain(connection);
  }

  /** True if a restart in the plan caused the error: the connection was opened before the server was ready again. */
  excuses(connection: number): boolean {
    const { log, shard, pool, timetable } = this.#o;
    if (log.event === null || shard.cell.events[log.event]!.kind !== 'restart') return false;
    const openUs = pool.at(connection)?.times.openUs ?? null;
    return openUs === null || openUs < timetable.onClock(this.#backUs);
  }

  /** The server is ready again after the restart with this event number. */
  serverIsBack(event: number): void {
    if (this.#o.log.event === event) this.#backUs = this.#o.timetable.nowUs();
  }

  endMeasure(): void {
    this.#isMeasuring = false;
  }

  stop(): void {}

  /** True if a connection that is lost now will be tried again. */
  get #reconnects(): boolean {
    return this.#isMeasuring && this.#o.shard.cell.reconnect.policy !== 'never';
  }

  #begin(event: number): void {
    const { shard, places, log } = this.#o;
    log.begin(event, places.present);
    this.#backUs = Number.POSITIVE_INFINITY;
    for (const connection of droppedBy(shard.cell, event)) {
      if (connection % shard.workers === shard.worker) this.#cut(Math.floor(connection / shard.workers));
    }
  }

  #cut(connection: number): void {
    const { places, pool, log, onRetire } = this.#o;
    const place = places.of(connection);
    if (place !== PLACE.open && place !== PLACE.retiring) return;
    log.dropped();
    places.move(connection, PLACE.cutByEvent);
    onRetire(connection);
    // The next connection may only open when the old socket is closed.
    places.reserve(connection);
    pool.terminate(connection);
  }

  #tryAgain(connection: number): void {
    if (!this.#reconnects) return;
    const { places, timetable, connect, shard } = this.#o;
    const { cell, worker, workers } = shard;
    const draw = seedOf(cell.seed, 'reconnect', worker + connection * workers, this.#draws[connection]!++) / 2 ** 32;
    const delayMs = reconnectDelayMs(cell.reconnect, this.#attempts[connection]!, draw);
    const atUs = timetable.nowUs() + delayMs * 1000;
    places.reserve(connection);
    timetable.at(atUs, () => connect(connection, atUs));
  }
}
