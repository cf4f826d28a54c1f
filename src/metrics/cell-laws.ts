/**
 * Every law that does not hold in a finished cell: of each worker and phase, of the seconds, the connections, the plan.
 */
import { type Cell, hasSilent, isMatched, PHASES, type Phase } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import { needsOf } from '../plan/needs.js';
import { payloadRange } from '../plan/payload.js';
import type { LawViolation, SecondResult } from './cell-result.js';
import type { ChurnMerger } from './churn-merge.js';
import { C, type CounterName, namedCounters } from './counters.js';
import { fanoutLaws } from './fanout-laws.js';
import type { ConnectionCounts } from './interval.js';
import { checkConnectionLaws, checkLaws, checkSeconds, type LawInput } from './laws.js';
import { plannedByRequest } from './planned.js';
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
  /** Sessions that became ready; null if connections are open at once. */
  readonly ready: number | null;
}

export function cellLaws(finished: FinishedCell): LawViolation[] {
  const { cell, ledgers, churn, connections, seconds, totalsOf, interrupted } = finished;
  const hasLostWorker = ledgers.some(({ lost }) => lost);
  return [
    ...ledgers.flatMap(({ violations }) => violations),
    ...PHASES.flatMap((phase) => ledgers.flatMap((ledger) => messageLaws(finished, phase, ledger))),
    ...PHASES.flatMap((phase) => ledgers.flatMap((ledger) => requestLaws(finished, phase, ledger))),
    // What a lost worker's connections received is unknown, and so is whether its messages reached anybody.
    ...(hasLostWorker || interrupted ? [] : fanoutLaws(cell, ledgers)),
    // What a lost worker had planned belongs to no second.
    ...(hasLostWorker ? [] : checkSeconds(cell.id, seconds, totalsOf)),
    ...checkConnectionLaws({ where: cell.id, ...connections }),
    ...readyLaw(finished),
    ...(interrupted ? [] : ledgers.flatMap((ledger) => planLaw(cell, ledger, ledgers.length))),
    ...(interrupted ? [] : churn.violations((worker) => ledgers[worker]!.lost)),
  ];
}

/** A connection is open when its session is ready. */
function readyLaw({ cell, ready, connections: { opened } }: FinishedCell): LawViolation[] {
  if (ready === null || ready === opened) return [];
  return [{ law: 'ready.count = opened', left: ready, right: opened, where: cell.id }];
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
    sentBytes: ledger.bytes[phase].sent,
    messageBytes: (cell.wire?.requests ?? []).length > 0 ? null : payloadRange(cell.message),
    ...silentOf(cell, phase, ledger),
    interrupted: isCutShort,
  });
}

/** The same laws for each request by itself, and the sum of all requests. */
function requestLaws({ cell, interrupted }: FinishedCell, phase: Phase, ledger: WorkerLedger): LawViolation[] {
  const requests = cell.wire?.requests ?? [];
  const needs = needsOf(cell.wire);
  const isCutShort = interrupted || ledger.lost || cell.drainMs < cell.reply.timeoutMs;
  const each = requests.flatMap(({ name, silent = false }, request) => {
    const { counters, histogramCounts, waitCounts, deliverCounts } = ledger.requests[request]!;
    const { lag, service, response } = histogramCounts[phase];
    return checkLaws({
      where: `${placeOf(cell, phase, ledger)}, request ${name}`,
      ...{ model: cell.model, match: silent ? 'none' : cell.reply.match, counters: namedCounters(counters[phase]) },
      ...{ lagCount: lag, serviceCount: service, responseCount: response },
      ...(silent && isMatched(cell)
        ? { silent: { planned: counters[phase][C.planned]!, sent: counters[phase][C.sent]! } }
        : {}),
      deliverCount: deliverCounts[phase],
      waits: { ...waitCounts[phase], needed: needs !== null && needs.needs[request]!.length > 0 },
      ...{ sentBytes: 0, messageBytes: null, interrupted: isCutShort },
    });
  });
  return requests.length === 0 ? [] : [...each, ...sumOfRequests(cell, phase, ledger)];
}

/** Messages of requests that have no reply of their own, where others have one. */
function silentOf(cell: Cell, phase: Phase, { requests }: WorkerLedger): Pick<LawInput, 'silent'> {
  if (!hasSilent(cell)) return {};
  const silent = requests.filter((_, index) => cell.wire!.requests[index]!.silent === true);
  const sum = (counter: number) => silent.reduce((total, { counters }) => total + counters[phase][counter]!, 0);
  return { silent: { planned: sum(C.planned), sent: sum(C.sent) } };
}

/** What belongs to a message belongs to a request. Other frames (unexpected, duties, ...) belong to none. */
const OF_MESSAGES = (
  'planned sent answered timedOut lostOnClose inFlightAtEnd dropped backpressure notConnected blocked unsentAtStop ' +
  'lostWithWorker unmatched late duplicated reordered corrupted failed ' +
  'delivered missed gone deliveredLate redelivered replayed unawaited'
).split(' ') as readonly CounterName[];

function sumOfRequests(cell: Cell, phase: Phase, ledger: WorkerLedger): LawViolation[] {
  // What a dead worker would have sent on connections that stand in for others is known as a sum only.
  if (ledger.lost && cell.lifetime !== null) return [];
  return OF_MESSAGES.flatMap((name) => {
    const left = ledger.requests.reduce((sum, { counters }) => sum + counters[phase][C[name]]!, 0);
    const right = ledger.counters[phase][C[name]]!;
    const where = `${placeOf(cell, phase, ledger)}, ${name}`;
    return left === right ? [] : [{ law: 'sum over requests = total', left, right, where }];
  });
}

/** The load must equal the plan, message for message: walks the pacer of the worker once more and compares. */
function planLaw(cell: Cell, ledger: WorkerLedger, workers: number): LawViolation[] {
  if (MODELS[cell.model].planLaw !== 'due') return [];
  const planned = plannedByRequest(cell, ledger.worker, workers);
  return PHASES.flatMap((phase) => {
    const law = 'planned = the plan of the shard';
    const where = placeOf(cell, phase, ledger);
    const right = ledger.counters[phase][C.planned]!;
    const all = planned.all[phase] === right ? [] : [{ law, left: planned.all[phase], right, where }];
    // Connections that stand in for others send more than their own plan, so only the sum is planned then.
    if (cell.lifetime !== null) return all;
    const each = planned.requests.flatMap((messages, request) => {
      const sent = ledger.requests[request]!.counters[phase][C.planned]!;
      const place = `${where}, request ${cell.wire!.requests[request]!.name}`;
      return messages[phase] === sent ? [] : [{ law, left: messages[phase], right: sent, where: place }];
    });
    return [...all, ...each];
  });
}

function placeOf({ id }: Cell, phase: Phase, { worker }: WorkerLedger): string {
  return `${id}, ${phase}, worker ${worker}`;
}
