import { type Cell, hasSilent, type Phase } from '../plan/cell.js';
import { mixOf } from '../plan/mix.js';
import { pacerOf } from '../plan/pacer.js';

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
  const cursor = pacerOf(cell).cursor(worker, workers);
  const warmupUs = cell.warmupMs * 1000;
  const all = { warmup: 0, measure: 0 };
  const requests = (cell.wire?.requests ?? []).map(() => ({ warmup: 0, measure: 0 }));
  const mix = mixOf(cell);
  const ordinals = new Map<number, number>();
  for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) {
    const phase = dueUs < warmupUs ? 'warmup' : 'measure';
    all[phase]++;
    if (mix === null) continue;
    const ordinal = ordinals.get(cursor.connection) ?? 0;
    ordinals.set(cursor.connection, ordinal + 1);
    requests[mix(cursor.connection, ordinal)]![phase]++;
  }
  const isAny = hasSilent(cell);
  const silent = (cell.wire?.requests ?? []).map((request) => isAny && request.silent === true);
  return { all, requests, silent };
}
