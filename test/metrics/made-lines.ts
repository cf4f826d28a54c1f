/** Lines and totals as the workers of a cell would write them, made up from its plan, with every law kept. */
import { C, COUNTERS, type CounterName } from '../../src/metrics/counters.js';
import type { FlowDelta, Interval, LatencyName, WorkerTotals } from '../../src/metrics/interval.js';
import { type Cell, ownedConnections, PHASES, type Phase } from '../../src/plan/cell.js';
import { mixOf, NO_REQUEST } from '../../src/plan/mix.js';
import { MODELS } from '../../src/plan/models.js';
import { pacerOf } from '../../src/plan/pacer.js';
import { countersIn, countsOf, intervalOf } from '../report/run/saved-fixture.js';

export const PAYLOAD_BYTES = 64;
/** Messages of a worker in each second, where no plan says how many. */
const UNPLANNED_PER_SECOND = 6;

/** The flow of one second in which `count` messages were sent and answered after 1 to 2 ms; or only received. */
function secondOf(cell: Cell, phase: Phase, second: number, count: number, request: number): FlowDelta {
  const { sends, headline } = MODELS[cell.model];
  const us = Array.from({ length: count }, (_, i) => 1000 + 100 * ((second + i) % 10));
  const some: Partial<Record<CounterName, number>> = sends
    ? { planned: count, sent: count, answered: count, received: count }
    : { received: count };
  return {
    ...{ phase, second, ...(request === NO_REQUEST ? {} : { request }), counters: countersIn(some) },
    histograms: {
      response: sends && headline === 'response' ? countsOf(...us.map((each) => each + 50)) : [],
      service: sends ? countsOf(...us) : [],
      lag: sends ? countsOf(...us.map(() => 50)) : [],
    },
    bytes: { sent: sends ? count * PAYLOAD_BYTES : 0, received: count * PAYLOAD_BYTES },
  };
}

/** The lines of one worker: it connects, measures every second, and closes. */
export function linesOf(cell: Cell, worker: number, workers: number): Interval[] {
  const open = ownedConnections({ cell, worker, workers });
  const at = { cell: cell.id, workers: [worker, worker + 1] as const, open, openMin: open };
  const none = { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0 };
  const connections = { ...none, attempts: open, opened: open };
  const lines = [intervalOf({ ...at, second: null, stage: 'connect', connections, ...sessionsOf(cell, open) })];
  for (const { phase, second, fromT0, counts } of plannedSeconds(cell, worker, workers)) {
    const stage = phase === 'warmup' ? ('warmup' as const) : ('measure' as const);
    const flow = [...counts].map(([request, count]) => secondOf(cell, phase, second, count, request));
    lines.push(intervalOf({ ...at, line: lines.length, stage, second: fromT0, flow }));
  }
  const end = { line: lines.length, stage: 'close' as const, second: lines.length - 1, open: 0, openMin: 0 };
  lines.push(
    intervalOf({
      ...at,
      ...end,
      connections: { ...none, closedClean: open },
      closes: [{ code: 1000, clean: true, by: 'client', count: open }],
    }),
  );
  return lines;
}

/** Every session was ready after 300 us, and each named step took 100 us. */
function sessionsOf({ wire }: Cell, open: number): Pick<Interval, 'session'> {
  if (wire === undefined || wire.steps.length === 0) return {};
  const times = (us: number) => countsOf(...new Array<number>(open).fill(us));
  const steps = wire.steps.filter(({ timed }) => timed).map(() => times(100));
  return { session: { ready: times(300), steps } };
}

/** What a worker counted apart from its lines: their sums. */
export function totalsOf(cell: Cell, workers: number, lines: readonly Interval[]): WorkerTotals {
  const [worker] = lines[0]!.workers;
  const flow = lines.flatMap((line) => line.flow);
  const perPhase = <T>(of: (deltas: readonly FlowDelta[]) => T) =>
    Object.fromEntries(PHASES.map((phase) => [phase, of(flow.filter((each) => each.phase === phase))])) as Record<
      Phase,
      T
    >;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const connection = (name: keyof Interval['connections']) => sum(lines.map(({ connections }) => connections[name]));
  const owned = ownedConnections({ cell, worker, workers });
  return {
    ...{ worker, lines: lines.length, openAtEnd: 0, pinged: owned, stopped: false, used: { ordinals: 0, lives: 1 } },
    counters: perPhase((deltas) => COUNTERS.map((name) => sum(deltas.map(({ counters }) => counters[C[name]]!)))),
    histogramCounts: perPhase((deltas) => ({
      response: countIn(deltas, 'response'),
      service: countIn(deltas, 'service'),
      lag: countIn(deltas, 'lag'),
    })),
    bytes: perPhase((deltas) => ({
      sent: sum(deltas.map(({ bytes }) => bytes!.sent)),
      received: sum(deltas.map(({ bytes }) => bytes!.received)),
    })),
    ...requestsOf(cell, perPhase),
    connections: {
      ...{ attempts: connection('attempts'), opened: connection('opened'), failed: connection('failed') },
      ...{ abandoned: connection('abandoned'), closedClean: connection('closedClean') },
      closedDirty: connection('closedDirty'),
    },
  };
}

function requestsOf(
  { wire }: Cell,
  perPhase: <T>(of: (deltas: readonly FlowDelta[]) => T) => Record<Phase, T>,
): Pick<WorkerTotals, 'requests'> {
  if (wire === undefined || wire.requests.length === 0) return {};
  const requests = wire.requests.map((_, request) =>
    perPhase((deltas) => {
      const own = deltas.filter((each) => each.request === request);
      return COUNTERS.map((name) => own.reduce((sum, { counters }) => sum + counters[C[name]]!, 0));
    }),
  );
  return { requests };
}

function countIn(deltas: readonly FlowDelta[], name: LatencyName): number {
  return deltas.reduce((sum, { histograms }) => sum + histograms[name].filter((_, i) => i % 2 === 1).reduce(add, 0), 0);
}

const add = (a: number, b: number) => a + b;

/** Every second of the cell with the messages that are due in it. */
function plannedSeconds(cell: Cell, worker: number, workers: number) {
  const warmupS = cell.warmupMs / 1000;
  const mix = mixOf(cell);
  const seconds = Array.from({ length: warmupS + Math.ceil(cell.durationMs / 1000) }, (_, fromT0) => ({
    phase: fromT0 < warmupS ? ('warmup' as const) : ('measure' as const),
    second: fromT0 < warmupS ? fromT0 : fromT0 - warmupS,
    fromT0,
    counts: new Map(
      mix === null ? [[NO_REQUEST, MODELS[cell.model].pacedBy === 'plan' ? 0 : UNPLANNED_PER_SECOND]] : [],
    ),
  }));
  const ordinals = new Map<number, number>();
  const cursor = pacerOf(cell).cursor(worker, workers);
  for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) {
    const ordinal = ordinals.get(cursor.connection) ?? 0;
    ordinals.set(cursor.connection, ordinal + 1);
    const request = mix === null ? NO_REQUEST : mix(cursor.connection, ordinal);
    const { counts } = seconds[Math.floor(dueUs / 1e6)]!;
    counts.set(request, (counts.get(request) ?? 0) + 1);
  }
  return seconds;
}
