/**
 * Every law that does not hold in a finished cell: of each worker and phase, of the seconds, the connections, the plan.
 */
import { type Cell, PHASES, type Phase } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import { payloadRange } from '../plan/payload.js';
import type { LawViolation, SecondResult } from './cell-result.js';
import type { ChurnMerger } from './churn-merge.js';
import { C, type CounterName, namedCounters } from './counters.js';
import type { ConnectionCounts } from './interval.js';
import { checkConnectionLaws, checkLaws, checkSeconds } from './laws.js';
import { plannedOf } from './planned.js';
import type { WorkerLedger } from './worker-ledger.js';

export interface FinishedCell {
  readonly cell: Cell;
  /** One for each worker. */
  readonly ledgers: readonly WorkerLedger[];
  readonly churn: ChurnMerger;
  readonly connections: ConnectionCounts & { readonly openAtEnd: number };
  readonly seconds: readonly SecondResult[];
  /** The counters of a phase over all workers. */
  readonly totalsOf: (phase: Phase) => Readonly<Record<CounterName, number>>;
  readonly interrupted: boolean;
}

export function cellLaws(finished: FinishedCell): LawViolation[] {
  const { cell, ledgers, churn, connections, seconds, totalsOf, interrupted } = finished;
  const hasLostWorker = ledgers.some(({ lost }) => lost);
  return [
    ...ledgers.flatMap(({ violations }) => violations),
    ...PHASES.flatMap((phase) => ledgers.flatMap((ledger) => messageLaws(finished, phase, ledger))),
    // What a lost worker had planned belongs to no second.
    ...(hasLostWorker ? [] : checkSeconds(cell.id, seconds, totalsOf)),
    ...checkConnectionLaws({ where: cell.id, ...connections }),
    ...(interrupted ? [] : ledgers.flatMap((ledger) => planLaw(cell, ledger, ledgers.length))),
    ...(interrupted ? [] : churn.violations((worker) => ledgers[worker]!.lost)),
  ];
}

function messageLaws({ cell, interrupted }: FinishedCell, phase: Phase, ledger: WorkerLedger): LawViolation[] {
  const { lag, service, response } = ledger.histogramCounts[phase];
  // If the drain is shorter than the reply timeout, messages may be in flight at its end, too.
  const isCutShort = interrupted || ledger.lost || cell.drainMs < cell.reply.timeoutMs;
  return checkLaws({
    where: placeOf(cell, phase, ledger),
    model: cell.model,
    match: cell.reply.match,
    counters: namedCounters(ledger.counters[phase]),
    ...{ lagCount: lag, serviceCount: service, responseCount: response },
    ...{ sentBytes: ledger.bytes[phase].sent, messageBytes: payloadRange(cell.message) },
    interrupted: isCutShort,
  });
}

/** The load must equal the plan, message for message: walks the pacer of the worker once more and compares. */
function planLaw(cell: Cell, ledger: WorkerLedger, workers: number): LawViolation[] {
  if (MODELS[cell.model].planLaw !== 'due') return [];
  const planned = plannedOf(cell, ledger.worker, workers);
  return PHASES.flatMap((phase) => {
    const right = ledger.counters[phase][C.planned]!;
    if (planned[phase] === right) return [];
    return [
      { law: 'planned = the plan of the shard', left: planned[phase], right, where: placeOf(cell, phase, ledger) },
    ];
  });
}

function placeOf({ id }: Cell, phase: Phase, { worker }: WorkerLedger): string {
  return `${id}, ${phase}, worker ${worker}`;
}
