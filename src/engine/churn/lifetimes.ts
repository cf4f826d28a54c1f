import { longestCell } from '../../plan/cell.js';
import { lifeEnds } from '../../plan/lifetimes.js';
import type { Cursor } from '../../plan/pacer.js';
import type { EndOfMeasure } from '../end-of-measure.js';
import type { InFlightTable } from '../matching/in-flight.js';
import { PLACE } from './places.js';
import type { ChurnTools, ClosedConnection, ConnectionPolicy } from './policy.js';

const NONE = -1;

export interface LifetimesOptions extends ChurnTools {
  readonly end: EndOfMeasure;
  readonly table: InFlightTable;
}

/**
 * Connections that live for a time and get successors. A lifetime ends when the plan says, whatever has happened to the
 * connection by then:
 *
 *     open, nothing in flight        closes, and its successor connects
 *     open, messages in flight       sends nothing more, waits for their replies, then the same
 *     retiring or replacing          the successor's own lifetime is over as soon as it opens
 *     lost or cut                    the next connection opens now, if none is under way
 */
export class Lifetimes implements ConnectionPolicy {
  readonly #o: LifetimesOptions;
  readonly #ends: Cursor;
  #nextEndUs = Number.POSITIVE_INFINITY;
  /** For each connection: the end of the last lifetime whose successor is not open yet, us from t0; NONE for none. */
  readonly #endedUs: Float64Array;
  /** The same for another lifetime, which ended before that successor opened. */
  readonly #overdueUs: Float64Array;
  #stage: 'before' | 'measuring' | 'ending' | 'over' = 'before';

  constructor(options: LifetimesOptions) {
    const { shard, owned, end } = options;
    this.#o = options;
    this.#ends = lifeEnds(longestCell(shard)).cursor(shard.worker, shard.workers);
    this.#endedUs = new Float64Array(owned).fill(NONE);
    this.#overdueUs = new Float64Array(owned).fill(NONE);
    end.onExtended((endUs, formerUs) => this.#onExtended(endUs, formerUs));
  }

  start(): void {
    this.#stage = 'measuring';
    this.#nextEndUs = this.#ends.next();
    this.#awaitNext();
  }

  onOpen(connection: number): void {
    const endedUs = this.#endedUs[connection]!;
    if (endedUs === NONE) return;
    this.#o.log.successorOpened(endedUs);
    this.#endedUs[connection] = NONE;
    const overdueUs = this.#overdueUs[connection]!;
    if (overdueUs === NONE) return;
    this.#overdueUs[connection] = NONE;
    // Not now: the pool is still busy with opening it.
    this.#o.timetable.soon(() => this.#retire(connection, overdueUs));
  }

  onClosed({ connection }: ClosedConnection): boolean {
    const { places, timetable, connect } = this.#o;
    // A server may close a retiring connection before its last replies have come.
    if (places.of(connection) === PLACE.retiring) places.move(connection, PLACE.replacing);
    if (places.of(connection) !== PLACE.replacing) return false;
    if (this.#stage !== 'over') connect(connection, timetable.nowUs());
    return true;
  }

  onFailed(): void {}

  /** A lifetime ends with a close of our own, which is never an error. */
  excuses(): boolean {
    return false;
  }

  /** Must be called when a message of a connection was settled: it may have been the last one of a lifetime. */
  onSettled(connection: number): void {
    if (this.#o.places.of(connection) === PLACE.retiring) this.#closeIfIdle(connection);
  }

  endMeasure(): void {
    this.#endUntil(this.#o.timetable.nowUs());
    this.#stage = 'ending';
  }

  stop(): void {
    this.#stage = 'over';
  }

  /** If the measured time had already ended, lifetimes only count as ended: nothing is replaced any more. */
  #onExtended(endUs: number, formerUs: number): void {
    if (this.#stage === 'measuring' && this.#nextEndUs >= formerUs) this.#awaitNext();
    if (this.#stage === 'before' || this.#stage === 'measuring') return;
    for (; this.#nextEndUs < endUs; this.#nextEndUs = this.#ends.next()) this.#o.log.lifeEnded(this.#nextEndUs);
  }

  #awaitNext(): void {
    if (this.#nextEndUs >= this.#o.end.endUs) return;
    this.#o.timetable.at(this.#nextEndUs, () => {
      this.#endUntil(this.#o.timetable.nowUs());
      this.#awaitNext();
    });
  }

  #endUntil(untilUs: number): void {
    const { end, log, shard } = this.#o;
    for (; this.#nextEndUs <= untilUs && this.#nextEndUs < end.endUs; this.#nextEndUs = this.#ends.next()) {
      log.lifeEnded(this.#nextEndUs);
      this.#endLifetime(Math.floor(this.#ends.connection / shard.workers), this.#nextEndUs);
    }
  }

  #endLifetime(connection: number, endUs: number): void {
    const { places, connect } = this.#o;
    switch (places.of(connection)) {
      case PLACE.open:
        this.#retire(connection, endUs);
        break;
      case PLACE.retiring:
      case PLACE.replacing:
        this.#overdueUs[connection] = endUs;
        break;
      default:
        this.#endedUs[connection] = endUs;
        if (places.isFree(connection)) connect(connection, endUs);
    }
  }

  #retire(connection: number, endUs: number): void {
    const { places, onRetire } = this.#o;
    if (places.of(connection) !== PLACE.open) return;
    this.#endedUs[connection] = endUs;
    places.move(connection, PLACE.retiring);
    onRetire(connection);
    this.#closeIfIdle(connection);
  }

  #closeIfIdle(connection: number): void {
    const { table, pool, places } = this.#o;
    if (!table.isIdle(connection)) return;
    places.move(connection, PLACE.replacing);
    pool.retire(connection);
  }
}
