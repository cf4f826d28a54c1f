/** The laws that a worker must keep beside those of its messages: its plan, its lifetimes, its connections. */
import { type Cell, PHASES } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import type { LawViolation } from './cell-result.js';
import { plannedEnds } from './churn-merge.js';
import { C } from './counters.js';
import type { PlannedMessages } from './planned.js';
import { placeOf } from './source-laws.js';
import type { WorkerLedger } from './worker-ledger.js';

export interface WorkerContext {
  /** Of the whole cell. */
  readonly workers: number;
  /** What its shard plans; null if the load was cut short, so that the plan was not sent. */
  readonly planned: PlannedMessages | null;
  /** Another worker of its machine, or itself, was lost. */
  readonly hasLost: boolean;
}

export function workerLaws(cell: Cell, ledger: WorkerLedger, context: WorkerContext): LawViolation[] {
  const { workers, planned, hasLost } = context;
  return [
    ...(planned === null || hasLost ? [] : subscriberLaws(cell, ledger)),
    ...(planned === null ? [] : [...planLaw(cell, ledger, planned), ...lifeLaws(cell, ledger, workers)]),
  ];
}

/** Its deliveries by connection. */
function subscriberLaws(cell: Cell, { counts, totals }: WorkerLedger): LawViolation[] {
  return (['delivered', 'missed', 'gone'] as const).flatMap((name) => {
    const each = totals?.subscribers?.[name];
    if (each === undefined) return [];
    const left = each.reduce((total, count) => total + count, 0);
    const right = counts.counters.measure[C[name]]!;
    const where = placeOf(cell, 'measure', counts);
    return left === right ? [] : [{ law: `${name} by connection = ${name}`, left, right, where }];
  });
}

/** The load must equal the plan, message for message: walks the pacer of the worker once more and compares. */
function planLaw(cell: Cell, { counts }: WorkerLedger, planned: PlannedMessages): LawViolation[] {
  if (MODELS[cell.model].planLaw !== 'due') return [];
  return PHASES.flatMap((phase) => {
    const law = 'planned = the plan of the shard';
    const where = placeOf(cell, phase, counts);
    const right = counts.counters[phase][C.planned]!;
    const all = planned.all[phase] === right ? [] : [{ law, left: planned.all[phase], right, where }];
    // Connections that stand in for others send more than their own plan, so only the sum is planned then.
    if (cell.lifetime !== null) return all;
    const each = planned.requests.flatMap((messages, request) => {
      const sent = counts.requests[request]!.counters[phase][C.planned]!;
      const place = `${where}, request ${cell.wire!.requests[request]!.name}`;
      return messages[phase] === sent ? [] : [{ law, left: messages[phase], right: sent, where: place }];
    });
    return [...all, ...each];
  });
}

/** Lifetimes must end exactly as planned. How many a worker that died would have ended is left out. */
function lifeLaws(cell: Cell, { counts, lives, lost, worker }: WorkerLedger, workers: number): LawViolation[] {
  if (cell.lifetime === null) return [];
  const planned = lost ? null : plannedEnds(cell, worker, workers);
  return PHASES.flatMap((phase) => {
    const { ended, opened } = lives[phase];
    const where = placeOf(cell, phase, counts);
    const broken: LawViolation[] = [];
    if (planned !== null && ended !== planned[phase])
      broken.push({ law: 'lives ended = the plan of the shard', left: ended, right: planned[phase], where });
    if (opened > ended) broken.push({ law: 'successors opened <= lives ended', left: opened, right: ended, where });
    return broken;
  });
}
