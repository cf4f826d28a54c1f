import type { Turn } from '../campaign/ab-rounds.js';
import type { MachineCanary } from '../coordinator/canary.js';
import type { CellResult, QuantileName, Quantiles } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import type { SecondResult } from '../metrics/second-result.js';
import { type Cell, peakConnections } from '../plan/cell.js';
import { cellMs } from '../plan/plan.js';
import { MODEL_NAMES } from '../profile/models.js';
import { redactUrl } from '../profile/redact.js';
import { plain } from '../verdict/cell-facts.js';
import type { CanaryEvent, JudgedCellEvent, PlanEvent, RunEvent } from './events.js';
import { ToldSeconds } from './told-seconds.js';

/** Version of a line. A reader must accept keys and types that it does not know. */
const EVENTS_VERSION = 1;

/** One line of `--events`, as plain data: docs/guide/events.md describes every key. */
export interface EventLine {
  readonly v: typeof EVENTS_VERSION;
  readonly type:
    | 'plan'
    | 'canary'
    | 'phase'
    | 'second'
    | 'cell'
    | 'agent_leaving'
    | 'agent_lost'
    | 'reason'
    | 'verdict';
  readonly [key: string]: unknown;
}

/** Words of our own that stand as values in a line: never a secret, whatever the secrets are. */
export const EVENT_WORDS: ReadonlySet<string> = new Set([
  ...['plan', 'canary', 'phase', 'second', 'cell', 'reason', 'verdict', 'run', 'ab', 'capacity'],
  ...['agent_leaving', 'agent_lost'],
  ...['connect', 'warmup', 'measure', 'drain', 'measured', 'pre-warm', 'baseline'],
  ...MODEL_NAMES,
  ...['timer', 'metronome', 'spin', 'response', 'service'],
  ...[
    'valid',
    'degraded',
    'invalid',
    'note',
    'failing',
    'overloaded',
    'down',
    'client',
    'target',
    'unknown',
    'samples',
  ],
]);

/**
 * Turns the events of a run, or of one turn of a comparison, into lines. Most events have none: lines of workers are no
 * news by themselves.
 */
export class EventLines {
  readonly turn: Turn | null;
  #seconds = new ToldSeconds();

  constructor(turn: Turn | null) {
    this.turn = turn;
  }

  of(event: RunEvent): EventLine[] {
    switch (event.type) {
      case 'plan':
        return [this.#plan(event)];
      case 'canary':
        return event.canaries.map((canary) => this.#canary(event, canary));
      case 'cell-start':
        this.#seconds = new ToldSeconds();
        return [];
      case 'phase':
        if (event.role === 'measured') this.#seconds.enter(event);
        return [this.#phase(event)];
      case 'second':
        if (event.role !== 'measured') return [];
        return [...this.#seconds.settled(event)].map((second) => this.#second(event.cell, second));
      case 'cell':
        return [
          ...this.#seconds.rest(event.result).map((second) => this.#second(event.cell, second)),
          this.#cell(event),
        ];
      case 'agent-left': {
        const { agent, how, why, cell, role } = event;
        return [this.#line(`agent_${how}`, { agent, cell: cell.id, role, why })];
      }
      case 'reason': {
        const { code, side, severity, cell, message, fix } = event.reason;
        return [this.#line('reason', { code, side, severity, cell, message, fix })];
      }
      case 'verdict': {
        const { passed, exitCode, validity, target, word, answer } = event;
        return [this.#line('verdict', { passed, exitCode, validity, target, word, answer })];
      }
      default:
        return [];
    }
  }

  #plan({ command, name, folder, targets, cells, workers, pacing }: PlanEvent): EventLine {
    const totalMs = cells === null ? null : cells.reduce((sum, cell) => sum + cellMs(cell), 0);
    const planned = { cells: cells === null ? null : cells.map(plannedCell), workers, pacing, totalMs };
    return this.#line('plan', { command, name, folder, targets: targets.map(redactUrl), ...planned });
  }

  #canary({ url, engine }: CanaryEvent, { agent, report }: MachineCanary): EventLine {
    const { tcpUs, tlsUs, upgradeUs, sessionUs, replyUs, requests } = report;
    const times = { tcpUs: whole(tcpUs), tlsUs: whole(tlsUs), upgradeUs: whole(upgradeUs), replyUs: whole(replyUs) };
    const session = sessionUs === null ? {} : { sessionUs: whole(sessionUs) };
    const asked = requests === null ? {} : { requests };
    const by = agent === null ? {} : { agent };
    return this.#line('canary', { url: redactUrl(url), engine, ...by, ...times, ...session, ...asked });
  }

  #phase({ cell, role, phase, atMs }: Extract<RunEvent, { type: 'phase' }>): EventLine {
    return this.#line('phase', { cell: cell.id, role, phase, atMs: Math.round(atMs) });
  }

  #second(cell: Cell, told: SecondResult): EventLine {
    const { phase, second, planned, sent, answered, received, open, inFlight, p50, p90, p99, max } = told;
    return this.#line('second', {
      ...{ cell: cell.id, phase, second, planned, sent, answered, received, open, inFlight },
      ...deliveriesOf(told),
      ...{ p50Us: p50, p90Us: p90, p99Us: p99, maxUs: max },
    });
  }

  #cell({ result, judged }: JudgedCellEvent): EventLine {
    const { id, load, connections, interrupted } = result;
    const flow = flowOf(result);
    const { planned, sent, answered, received, lost, failed } = flow.messages;
    const headline = headlineOf(flow);
    const at = (name: QuantileName) => (headline === null ? null : plain(headline, name));
    const { validity, target, step = null } = judged;
    return this.#line('cell', {
      ...{ cell: id, load, asked: connections.asked, held: connections.held },
      ...{ planned, sent, answered, received, lost, latency: latencyOf(result) },
      ...{ p50Us: at('p50'), p95Us: at('p95'), p99Us: at('p99'), maxUs: headline?.max ?? null },
      ...(result.protocol === undefined ? {} : { failed, ...sessionOf(result), ...requestsOf(result) }),
      ...fanoutOf(result),
      ...{ interrupted, validity, target, step },
    });
  }

  #line(type: EventLine['type'], rest: Readonly<Record<string, unknown>>): EventLine {
    return { v: EVENTS_VERSION, type, ...(this.turn === null ? {} : { turn: this.turn }), ...rest };
  }
}

function plannedCell(cell: Cell) {
  const { id, load, model, rate } = cell;
  const ratePerSecond = rate === null ? null : Math.max(rate.from, rate.to);
  return { id, load, model, connections: peakConnections(cell), ratePerSecond, totalMs: cellMs(cell) };
}

function latencyOf(cell: CellResult): 'response' | 'service' | null {
  const { latencyUs } = flowOf(cell);
  if (headlineOf({ latencyUs }) === null) return null;
  return latencyUs.response === null ? 'service' : 'response';
}

function deliveriesOf({ delivered, missed, ...times }: SecondResult) {
  if (delivered === undefined) return {};
  const { deliverP50, deliverP99, firstP50, firstP99, lastP50, lastP99 } = times;
  return {
    ...{ delivered, missed, deliverP50Us: deliverP50, deliverP99Us: deliverP99 },
    ...{ firstP50Us: firstP50, firstP99Us: firstP99, lastP50Us: lastP50, lastP99Us: lastP99 },
  };
}

/** How long sessions took until they were ready. */
function sessionOf({ session }: CellResult) {
  if (session === undefined) return {};
  const { readyUs } = session;
  return { ready: { count: readyUs.count, p50Us: plain(readyUs, 'p50'), p99Us: plain(readyUs, 'p99') } };
}

/** Each request by itself. */
function requestsOf({ requests }: CellResult) {
  if (requests === undefined) return {};
  return {
    requests: requests.map((request) => {
      const { planned, sent, answered, failed, blocked, lost } = request.messages;
      const headline = headlineOf(request);
      const at = (name: QuantileName) => (headline === null ? null : plain(headline, name));
      return {
        ...{ request: request.name, planned, sent, answered, failed, blocked, lost },
        ...{ p50Us: at('p50'), p95Us: at('p95'), p99Us: at('p99'), maxUs: headline?.max ?? null },
      };
    }),
  };
}

/** Each request that reaches others, and how even it was. */
function fanoutOf({ fanout, subscribers }: CellResult) {
  if (fanout === undefined) return {};
  return {
    fanout: fanout.map(({ name, reaches, messages, deliveries, reach, ...times }) => ({
      ...{ request: name, reaches, ...messages, ...deliveries, reach },
      ...{ deliver: timesOf(times.deliverUs), first: timesOf(times.firstUs), last: timesOf(times.lastUs) },
      spread: timesOf(times.spreadUs),
    })),
    ...(subscribers === undefined ? {} : { subscribers: evennessOf(subscribers) }),
  };
}

function timesOf(quantiles: Quantiles) {
  return { p50Us: plain(quantiles, 'p50'), p99Us: plain(quantiles, 'p99'), maxUs: quantiles.max };
}

function evennessOf({ count, missing, unreached, jain, worst }: NonNullable<CellResult['subscribers']>) {
  return { count, missing, unreached, jain, worst };
}

function whole(us: number | null): number | null {
  return us === null ? null : Math.round(us);
}
