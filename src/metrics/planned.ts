import { type Cell, hasSilent, type Phase, peakConnections } from '../plan/cell.js';
import { fanoutOf, membersOf } from '../plan/fanout.js';
import { mixOf, NO_REQUEST } from '../plan/mix.js';
import { pacerOf } from '../plan/pacer.js';
import type { Span } from './interval.js';

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
  const all = { warmup: 0, measure: 0 };
  const requests = (cell.wire?.requests ?? []).map(() => ({ warmup: 0, measure: 0 }));
  eachPlanned(cell, worker, workers, (phase, _, request) => {
    all[phase]++;
    if (request !== NO_REQUEST) requests[request]![phase]++;
  });
  const isAny = hasSilent(cell);
  const silent = (cell.wire?.requests ?? []).map((request) => isAny && request.silent === true);
  return { all, requests, silent };
}

/** The messages of several shards, as `plannedByRequest`. `workers`: of the whole cell. */
export function plannedOfWorkers(cell: Cell, [from, to]: Span, workers: number): PlannedMessages {
  return sumOfPlanned(Array.from({ length: to - from }, (_, i) => plannedByRequest(cell, from + i, workers)));
}

function sumOfPlanned(all: readonly PlannedMessages[]): PlannedMessages {
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
  eachPlanned(cell, 0, 1, (phase, connection, request) => {
    requests[request]![phase] += membersOf(fanout, request, connection, connections);
  });
  return requests;
}

/** Walks the messages of a shard. Connections are numbered over the whole cell. */
function eachPlanned(
  cell: Cell,
  worker: number,
  workers: number,
  each: (phase: Phase, connection: number, request: number) => void,
): void {
  const cursor = pacerOf(cell).cursor(worker, workers);
  const warmupUs = cell.warmupMs * 1000;
  const mix = mixOf(cell);
  const ordinals = new Map<number, number>();
  for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) {
    const { connection } = cursor;
    const ordinal = ordinals.get(connection) ?? 0;
    if (mix !== null) ordinals.set(connection, ordinal + 1);
    each(dueUs < warmupUs ? 'warmup' : 'measure', connection, mix === null ? NO_REQUEST : mix(connection, ordinal));
  }
}
