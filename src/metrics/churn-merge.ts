import { type Cell, hasChurn, type Phase } from '../plan/cell.js';
import { lifeEnds } from '../plan/lifetimes.js';
import type { ChurnResult, EventResult } from './cell-result.js';
import { EventSums } from './churn-log.js';
import type { EventDelta, Interval, WorkerSpan } from './interval.js';
import { addEvent } from './line-parts.js';
import { peakPerSecond, recoveredMs, sumUntil } from './recovery.js';
import { type SecondsTold, WorkerSeconds } from './seconds/worker-seconds.js';

/** One event over all workers. */
class MergedEvent extends EventSums {
  /** Whether the cell of any worker lasted until the event. */
  isReached = false;

  add(delta: EventDelta): void {
    this.isReached = true;
    addEvent(this, delta);
  }
}

/** Adds up churn and events over the lines of all workers, in any order. */
export class ChurnMerger {
  #cell: Cell;
  readonly #events: readonly MergedEvent[];
  readonly #held = new WorkerSeconds();
  /**
   * How many lifetimes end in the measure phase of all workers. The plan of a day may have millions of ends. So it is
   * walked before the load, not at every look at the running cell.
   */
  #plannedEnds: number;
  /** Of the measure phase. */
  readonly #lives = { ended: 0, opened: 0 };

  constructor(cell: Cell) {
    this.#cell = cell;
    this.#plannedEnds = plannedEnds(cell, 0, 1).measure;
    this.#events = cell.events.map(() => new MergedEvent());
  }

  /** Sets a longer measured time. */
  extend(durationMs: number): void {
    this.#cell = { ...this.#cell, durationMs };
    this.#plannedEnds = plannedEnds(this.#cell, 0, 1).measure;
  }

  add({ workers, stage, second, elapsedMs, turnover }: Interval): void {
    if (turnover === undefined) return;
    this.#lives.ended += turnover.lives.measure.ended;
    this.#lives.opened += turnover.lives.measure.opened;
    for (const delta of turnover.events) this.#events[delta.event]!.add(delta);
    if (stage === 'measure' && second !== null) {
      this.#held.add(workers[0], second, elapsedMs, turnover.heldMin, Math.min);
    }
  }

  /** Takes what a group says of its workers' held connections in place of what their lines tell. */
  settle(workers: WorkerSpan, held: SecondsTold): void {
    this.#held.settle(workers, held);
  }

  /** These workers are gone: they hold nothing any more. */
  leave(workers: WorkerSpan): void {
    this.#held.leave(workers);
  }

  /** The fewest connections that were not missing in any second of the measure phase; null without churn or events. */
  fewestHeld(): number | null {
    return hasChurn(this.#cell) ? this.#held.lowestSum() : null;
  }

  /** Like `fewestHeld`, but only over seconds that every worker has reported. */
  fewestHeldSoFar(): number | null {
    return hasChurn(this.#cell) ? this.#held.lowestSum(Math.max(0, this.#held.length - 1)) : null;
  }

  /** Connects that failed because the plan had stopped the server. */
  refused(): number {
    return this.#events.reduce((sum, { refused }) => sum + refused, 0);
  }

  /** `seconds`: length of the measure phase. */
  churn(seconds: number): ChurnResult | null {
    const { lifetime, durationMs } = this.#cell;
    if (lifetime === null) return null;
    const { ended, opened } = this.#lives;
    return {
      lifetime: lifetime.kind,
      meanMs: lifetime.meanMs,
      ...{ ended, opened },
      askedPerSecond: (this.#plannedEnds * 1000) / durationMs,
      openedPerSecond: seconds === 0 ? 0 : opened / seconds,
    };
  }

  /** Every event of the cell. `problems`: why a restart failed, by event. */
  events(problems: ReadonlyMap<number, string>): EventResult[] {
    return this.#cell.events.map((planned, i) => {
      const event = this.#events[i]!;
      const { isReached } = event;
      const recovered = isReached ? recoveredMs(event.heldBefore, event.held) : null;
      return {
        kind: planned.kind,
        atMs: planned.atMs,
        share: planned.kind === 'disconnect' ? planned.share : null,
        reconnect: this.#cell.reconnect.policy,
        reached: isReached,
        heldBefore: event.heldBefore,
        dropped: event.dropped,
        heldAfter: event.heldBefore + sumUntil(event.held, null),
        recoveredMs: recovered,
        peakConnectsPerSecond: peakPerSecond(event.connects),
        refused: event.refused,
        lostInFlight: event.lostInFlight,
        notConnected: sumUntil(event.notConnected, recovered),
        problem: problems.get(i) ?? null,
      };
    });
  }
}

/** How many lifetimes the plan of a shard ends, by walking it. */
export function plannedEnds(cell: Cell, worker: number, workers: number): Record<Phase, number> {
  const cursor = lifeEnds(cell).cursor(worker, workers);
  const planned = { warmup: 0, measure: 0 };
  for (let atUs = cursor.next(); atUs !== Number.POSITIVE_INFINITY; atUs = cursor.next()) {
    planned[atUs < cell.warmupMs * 1000 ? 'warmup' : 'measure']++;
  }
  return planned;
}
