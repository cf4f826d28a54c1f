import { type Cell, hasSilent, type Phase, peakConnections } from '../plan/cell.js';
import { fanoutOf, membersOf } from '../plan/fanout.js';
import { mixOf, NO_REQUEST } from '../plan/mix.js';
import { type Cursor, pacerOf } from '../plan/pacer.js';
import type { WorkerSpan } from './interval.js';

/** Messages in each phase. */
export type Planned = Record<Phase, number>;

/**
 * How many messages a worker's shard plans in each phase, by walking its pacer: of all kinds, and of each request.
 */
export interface PlannedMessages {
  readonly all: Planned;
  readonly requests: readonly Planned[];
  /** By request: whether it has no reply of its own, where others may have one. */
  readonly silent: readonly boolean[];
}

export function plannedByRequest(cell: Cell, worker: number, workers: number): PlannedMessages {
  const walk = new PlanWalk(cell, worker, workers);
  while (walk.step(Number.MAX_SAFE_INTEGER));
  return walk.planned;
}

/** Walks the plan of a shard step by step, for whoever has other things to do meanwhile. */
export class PlanWalk {
  readonly planned: PlannedMessages;
  readonly #walk: ShardWalk;

  constructor(cell: Cell, worker: number, workers: number) {
    const requests = cell.wire?.requests ?? [];
    const isAny = hasSilent(cell);
    this.planned = {
      all: { warmup: 0, measure: 0 },
      requests: requests.map(() => ({ warmup: 0, measure: 0 })),
      silent: requests.map((request) => isAny && request.silent === true),
    };
    this.#walk = new ShardWalk(cell, worker, workers);
  }

  /** Counts the next `most` messages. False at the end of the plan. */
  step(most: number): boolean {
    return this.#walk.step(most, (phase, _, request) => {
      this.planned.all[phase]++;
      if (request !== NO_REQUEST) this.planned.requests[request]![phase]++;
    });
  }
}

/** The messages of several shards, as `plannedByRequest`. `workers`: of the whole cell. */
export function plannedOfWorkers(cell: Cell, [from, to]: WorkerSpan, workers: number): PlannedMessages {
  return sumOfPlanned(Array.from({ length: to - from }, (_, i) => plannedByRequest(cell, from + i, workers)));
}

/** The messages of several shards together. */
export function sumOfPlanned(all: readonly PlannedMessages[]): PlannedMessages {
  const sum = (of: (each: PlannedMessages) => Planned): Planned => ({
    warmup: all.reduce((total, each) => total + of(each).warmup, 0),
    measure: all.reduce((total, each) => total + of(each).measure, 0),
  });
  const [first] = all;
  return {
    all: sum((each) => each.all),
    requests: (first?.requests ?? []).map((_, request) => sum((each) => each.requests[request]!)),
    silent: first?.silent ?? [],
  };
}

/**
 * How many deliveries are owed for each request of a cell, with all of its connections open: for each of its messages
 * as many as it has receivers. The same for any number of workers. Empty if nothing is sent to many.
 */
export function plannedDeliveries(cell: Cell): readonly Planned[] {
  const fanout = fanoutOf(cell);
  if (fanout === null) return [];
  const connections = peakConnections(cell);
  const requests = fanout.reach.map(() => ({ warmup: 0, measure: 0 }));
  new ShardWalk(cell, 0, 1).step(Number.MAX_SAFE_INTEGER, (phase, connection, request) => {
    requests[request]![phase] += membersOf(fanout, request, connection, connections);
  });
  return requests;
}

/** Walks the messages of a shard. Connections are numbered over the whole cell. */
class ShardWalk {
  readonly #cursor: Cursor;
  readonly #warmupUs: number;
  readonly #mix: ReturnType<typeof mixOf>;
  readonly #ordinals = new Map<number, number>();

  constructor(cell: Cell, worker: number, workers: number) {
    this.#cursor = pacerOf(cell).cursor(worker, workers);
    this.#warmupUs = cell.warmupMs * 1000;
    this.#mix = mixOf(cell);
  }

  step(most: number, each: (phase: Phase, connection: number, request: number) => void): boolean {
    const [cursor, mix, ordinals] = [this.#cursor, this.#mix, this.#ordinals];
    for (let walked = 0; walked < most; walked++) {
      const dueUs = cursor.next();
      if (dueUs === Number.POSITIVE_INFINITY) return false;
      const { connection } = cursor;
      const ordinal = ordinals.get(connection) ?? 0;
      if (mix !== null) ordinals.set(connection, ordinal + 1);
      each(
        dueUs < this.#warmupUs ? 'warmup' : 'measure',
        connection,
        mix === null ? NO_REQUEST : mix(connection, ordinal),
      );
    }
    return true;
  }
}
