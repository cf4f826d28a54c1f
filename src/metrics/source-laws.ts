/** The laws of the messages of one source of lines: of a worker, or of a machine that was lost with its workers. */
import { type Cell, hasSilent, isMatched, PHASES, type Phase } from '../plan/cell.js';
import { needsOf } from '../plan/needs.js';
import { payloadRange } from '../plan/payload.js';
import type { LawViolation } from './cell-result.js';
import { C, type CounterName, namedCounters } from './counters.js';
import { checkLaws, type LawInput } from './laws.js';
import type { LineCounts } from './line-counts.js';

/** `lost`: it died, and its counts were closed. */
interface Source {
  readonly counts: LineCounts;
  readonly lost: boolean;
}

/** All violated laws of the messages that sources counted, phase by phase: of all messages, then of each request. */
export function sourceLaws(cell: Cell, interrupted: boolean, sources: readonly Source[]): LawViolation[] {
  return [messageLaws, requestLaws].flatMap((laws) =>
    PHASES.flatMap((phase) => sources.flatMap((source) => laws(cell, interrupted, phase, source))),
  );
}

function messageLaws(cell: Cell, interrupted: boolean, phase: Phase, { counts, lost }: Source): LawViolation[] {
  const { lag, service, response } = counts.histogramCounts[phase];
  // If the drain is shorter than the reply timeout, messages may be in flight at its end, too.
  const isCutShort = interrupted || lost || cell.drainMs < cell.reply.timeoutMs;
  return checkLaws({
    where: placeOf(cell, phase, counts),
    model: cell.model,
    match: cell.reply.match,
    counters: namedCounters(counts.counters[phase]),
    ...{ lagCount: lag, serviceCount: service, responseCount: response },
    sentBytes: counts.bytes[phase].sent,
    messageBytes: (cell.wire?.requests ?? []).length > 0 ? null : payloadRange(cell.message),
    ...silentOf(cell, phase, counts),
    interrupted: isCutShort,
  });
}

/** The same laws for each request by itself, and the sum of all requests. */
function requestLaws(cell: Cell, interrupted: boolean, phase: Phase, source: Source): LawViolation[] {
  const { counts: all, lost } = source;
  const requests = cell.wire?.requests ?? [];
  const needs = needsOf(cell.wire);
  const isCutShort = interrupted || lost || cell.drainMs < cell.reply.timeoutMs;
  const each = requests.flatMap(({ name, silent = false }, request) => {
    const { counters, histogramCounts, waitCounts, deliverCounts } = all.requests[request]!;
    const { lag, service, response } = histogramCounts[phase];
    return checkLaws({
      where: `${placeOf(cell, phase, all)}, request ${name}`,
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
  return requests.length === 0 ? [] : [...each, ...sumOfRequests(cell, phase, source)];
}

/** Messages of requests that have no reply of their own, where others have one. */
function silentOf(cell: Cell, phase: Phase, { requests }: LineCounts): Pick<LawInput, 'silent'> {
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

function sumOfRequests(cell: Cell, phase: Phase, { counts, lost }: Source): LawViolation[] {
  // What a dead worker would have sent on connections that stand in for others is known as a sum only.
  if (lost && cell.lifetime !== null) return [];
  return OF_MESSAGES.flatMap((name) => {
    const left = counts.requests.reduce((sum, { counters }) => sum + counters[phase][C[name]]!, 0);
    const right = counts.counters[phase][C[name]]!;
    const where = `${placeOf(cell, phase, counts)}, ${name}`;
    return left === right ? [] : [{ law: 'sum over requests = total', left, right, where }];
  });
}

/** `c100-r1000, measure, worker 1`. */
export function placeOf({ id }: Cell, phase: Phase, { name }: Pick<LineCounts, 'name'>): string {
  return `${id}, ${phase}, ${name}`;
}
