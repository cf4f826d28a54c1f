import type { Cell, Phase } from '../plan/cell.js';
import type { ChurnDelta, EventDelta, LifeCounts, MillisecondSeries } from './interval.js';

/** Sums for one event of the cell. Series count by millisecond from its planned time. */
export class EventSums {
  heldBefore = 0;
  dropped = 0;
  lostInFlight = 0;
  refused = 0;
  readonly held = new Map<number, number>();
  readonly connects = new Map<number, number>();
  readonly notConnected = new Map<number, number>();
}

/**
 * One worker's record of churn and events: lifetimes and their successors, and by millisecond what followed each event.
 * All times are microseconds from t0. Everything belongs to the preceding event. Before the first event and after `end`
 * it belongs to none.
 */
export class ChurnLog {
  readonly #cell: Cell;
  readonly #warmupUs: number;
  #event: number | null = null;
  #eventUs = 0;
  #sums = new Map<number, EventSums>();
  #lives = noLives();

  constructor(cell: Cell) {
    this.#cell = cell;
    this.#warmupUs = cell.warmupMs * 1000;
  }

  /** The last event so far; null if there was none. */
  get event(): number | null {
    return this.#event;
  }

  begin(event: number, heldBefore: number): void {
    this.#event = event;
    this.#eventUs = this.#warmupUs + this.#cell.events[event]!.atMs * 1000;
    this.#current()!.heldBefore = heldBefore;
  }

  end(): void {
    this.#event = null;
  }

  /** Notes that a lifetime ended that was planned to end at this time. */
  lifeEnded(plannedUs: number): void {
    this.#lives[this.#phaseOf(plannedUs)].ended++;
  }

  /** Notes that a successor opened. `plannedUs`: when the lifetime before it was planned to end. */
  successorOpened(plannedUs: number): void {
    this.#lives[this.#phaseOf(plannedUs)].opened++;
  }

  dropped(): void {
    const sums = this.#current();
    if (sums !== null) sums.dropped++;
  }

  lostInFlight(messages: number): void {
    const sums = this.#current();
    if (sums !== null) sums.lostInFlight += messages;
  }

  refused(): void {
    const sums = this.#current();
    if (sums !== null) sums.refused++;
  }

  held(atUs: number, change: number): void {
    this.#add(this.#current()?.held, atUs, change);
  }

  connect(atUs: number): void {
    this.#add(this.#current()?.connects, atUs, 1);
  }

  notConnected(dueUs: number): void {
    this.#add(this.#current()?.notConnected, dueUs, 1);
  }

  /** Returns everything added since the last call. */
  drain(heldMin: number): ChurnDelta {
    const delta: ChurnDelta = { heldMin, lives: this.#lives, events: [...this.#sums].map(deltaOf) };
    this.#sums = new Map();
    this.#lives = noLives();
    return delta;
  }

  #phaseOf(instantUs: number): Phase {
    return instantUs < this.#warmupUs ? 'warmup' : 'measure';
  }

  #current(): EventSums | null {
    if (this.#event === null) return null;
    const known = this.#sums.get(this.#event);
    if (known !== undefined) return known;
    const sums = new EventSums();
    this.#sums.set(this.#event, sums);
    return sums;
  }

  /** A message due just before the event and lost through it counts at the time of the event. */
  #add(series: Map<number, number> | undefined, atUs: number, by: number): void {
    if (series === undefined) return;
    const ms = Math.max(0, Math.floor((atUs - this.#eventUs) / 1000));
    series.set(ms, (series.get(ms) ?? 0) + by);
  }
}

function deltaOf([event, sums]: readonly [number, EventSums]): EventDelta {
  const { heldBefore, dropped, lostInFlight, refused } = sums;
  return {
    ...{ event, heldBefore, dropped, lostInFlight, refused },
    held: seriesOf(sums.held),
    connects: seriesOf(sums.connects),
    notConnected: seriesOf(sums.notConnected),
  };
}

function seriesOf(numbers: ReadonlyMap<number, number>): MillisecondSeries {
  return [...numbers].flat();
}

function noLives(): Record<Phase, { -readonly [key in keyof LifeCounts]: number }> {
  return { warmup: { ended: 0, opened: 0 }, measure: { ended: 0, opened: 0 } };
}
