import type { RunEvent } from '../../app/events.js';
import type { CampaignEvent, CellRole } from '../../campaign/events.js';
import type { CellPhase, CellProgress } from '../../coordinator/cell-events.js';
import type { QuantileName, Quantiles } from '../../metrics/cell-result.js';
import { C } from '../../metrics/counters.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import { headlineOf } from '../../metrics/flow.js';
import type { Interval } from '../../metrics/interval.js';
import type { SecondResult } from '../../metrics/second-result.js';
import { COUNTS_ALONE } from '../../metrics/so-far.js';
import { type Cell, hasReplies, peakConnections } from '../../plan/cell.js';
import { sends } from '../../plan/cells.js';
import { fanoutOf } from '../../plan/fanout.js';
import { twinOf } from '../../plan/null-twin.js';
import { cellMs, type Plan } from '../../plan/plan.js';
import type { ProgressState } from '../../report/live/progress.js';
import {
  DELIVERY_STATES,
  type DeliveryTimes,
  type DeliveryTotals,
  REQUEST_STATES,
  type RequestStates,
  type RequestTotals,
  type RunTotals,
} from '../../report/live/prometheus.js';
import type { AgentNow } from '../../report/shared/agents-now.js';
import { plain } from '../../verdict/cell-facts.js';
import { AgentBoard } from './agent-board.js';

const COUNTED = ['planned', 'sent', 'answered', 'timedOut', 'failed', 'blocked', 'received'] as const;
/** Seconds of p99 that are kept: more than any terminal shows. */
const NEWEST_SECONDS = 60;

/** The cell that runs now. */
interface Running {
  readonly cell: Cell;
  readonly role: CellRole;
  readonly progress: CellProgress;
  phase: CellPhase;
  /** Of the newest event, from the start of the cell. */
  atMs: number;
  errors: number;
  /** The newest seconds, the oldest first. */
  p99HistoryUs: readonly (number | null)[];
  isAnswered: boolean;
  newestSecond: string;
}

/** The present state of a campaign, for the terminal or for Prometheus. It costs a few additions a line. */
export class LiveState {
  readonly #plan: Plan;
  #ordinal = 0;
  #running: Running | null = null;
  readonly #totals: RunTotals = {
    ...{ planned: 0, sent: 0, answered: 0, timedOut: 0, failed: 0, blocked: 0, received: 0 },
    ...{ errors: 0, bytesSent: 0, bytesReceived: 0 },
  };
  readonly #requests = new Map<string, Record<keyof RequestTotals, number>>();
  readonly #deliveries = new Map<string, Record<keyof DeliveryTotals, number>>();
  readonly #agents = new AgentBoard();
  readonly #health = new Map<number, Interval['health']>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Sums over all measured cells so far. They never fall. */
  get totals(): Readonly<RunTotals> {
    return this.#totals;
  }

  /** The agents that make the load, the worst first. They are known from the first cell on. */
  agents(): readonly AgentNow[] {
    return this.#agents.now();
  }

  /** What each request did: sums over all measured cells so far, and latencies of the running one. */
  requests(): RequestStates {
    const { requests = [], fanout = [] } = this.#running?.progress.soFar(COUNTS_ALONE) ?? {};
    const latency = requests.map((request) => {
      const headline = headlineOf(request);
      const at = (name: QuantileName) => (headline === null ? null : plain(headline, name));
      return { request: request.name, p50Us: at('p50'), p99Us: at('p99'), maxUs: headline?.max ?? null };
    });
    return {
      ...{ totals: this.#requests, latency },
      ...{ deliveries: this.#deliveries, deliveryTimes: fanout.map(deliveryTimesOf) },
    };
  }

  /** Takes the events of a campaign; others change nothing. */
  readonly sink = (event: CampaignEvent | RunEvent): void => {
    // Cells before the first measured one have no number.
    if (event.type === 'cell-start') this.#ordinal = event.ordinal + 1;
    else if (event.type === 'phase') this.#phase(event);
    else if (event.type === 'second') this.#second(event);
    else if (event.type === 'line') this.#line(event.line);
    else if (event.type === 'agent-second') this.#agents.told(event.second);
    else if (event.type === 'agent-left') this.#agents.left(event.agent, event.how, event.why);
  };

  /** Nothing runs any more. */
  end(): void {
    this.#running = null;
  }

  /** Null before the first cell and after the last. */
  state(): ProgressState | null {
    const running = this.#running;
    if (running === null) return null;
    const { cell, progress, atMs } = running;
    const agents = this.#agents.now();
    const latest = progress.latest();
    const health = [...this.#health.values()];
    const worst = (of: (one: Interval['health']) => number) =>
      health.length === 0 ? null : Math.max(...health.map(of));
    // Longer than planned if `--until-ci` extended the cell.
    const wholeMs = cellMs({ ...cell, durationMs: progress.durationMs });
    return {
      cell: cell.id,
      cellNumber: this.#ordinal,
      cells: this.#plan.cells.length,
      stage: running.phase,
      timeLeftMs: Math.max(0, wholeMs - atMs) + this.#laterMs(running),
      cellShare: atMs / wholeMs,
      open: agents.length === 0 ? progress.open : openAt(agents),
      asked: peakConnections(cell),
      ratePerSecond: latest === null ? 0 : achievedIn(latest, cell),
      askedPerSecond: cell.rate === null ? null : cell.rate.to,
      p50Us: latest?.p50 ?? null,
      p99Us: latest?.p99 ?? null,
      maxUs: latest?.max ?? null,
      latencyGap: latencyGap(running),
      ...deliveriesOf(running, latest),
      p99HistoryUs: running.p99HistoryUs,
      errors: running.errors,
      busy: worst(({ busy }) => busy),
      blockedMs: worst(({ blockedMs }) => blockedMs),
      ...(agents.length === 0 ? {} : { agents }),
    };
  }

  #phase({ cell, role, phase, atMs, progress }: Extract<CampaignEvent, { type: 'phase' }>): void {
    if (this.#running?.progress !== progress) {
      const nothingYet = { errors: 0, p99HistoryUs: [], isAnswered: false, newestSecond: '' };
      this.#running = { cell, role, progress, phase, atMs, ...nothingYet };
      this.#health.clear();
      this.#agents.begin(cell, progress.agents);
    }
    this.#running.phase = phase;
    this.#running.atMs = atMs;
  }

  #second({ progress, atMs }: Extract<CampaignEvent, { type: 'second' }>): void {
    const running = this.#running;
    if (running?.progress !== progress) return;
    running.atMs = atMs;
    this.#agents.passed();
    const latest = progress.latest();
    if (latest === null) return;
    const key = `${latest.phase} ${latest.second}`;
    // Later lines may have added to a second that is known already.
    const before = key === running.newestSecond ? running.p99HistoryUs.slice(0, -1) : running.p99HistoryUs;
    const p99Us = hasReplies(running.cell) ? latest.p99 : (latest.deliverP99 ?? latest.p99);
    running.p99HistoryUs = [...before.slice(1 - NEWEST_SECONDS), p99Us];
    running.newestSecond = key;
    running.isAnswered ||= latest.p99 !== null;
  }

  #line({ workers, health, errors, flow, bytes }: Interval): void {
    this.#health.set(workers[0], health);
    for (const { count } of errors) {
      if (this.#running !== null) this.#running.errors += count;
      this.#totals.errors += count;
    }
    for (const { counters, request } of flow) {
      for (const name of COUNTED) this.#totals[name] += counters[C[name]] ?? 0;
      if (request !== undefined) this.#request(request, counters);
    }
    this.#totals.bytesSent += bytes.sent;
    this.#totals.bytesReceived += bytes.received;
  }

  #request(request: number, counters: readonly number[]): void {
    const wanted = this.#running?.cell.wire?.requests[request];
    if (wanted === undefined) return;
    const { name, reaches } = wanted;
    const sums = this.#requests.get(name) ?? { planned: 0, sent: 0, answered: 0, timedOut: 0, failed: 0, blocked: 0 };
    for (const state of REQUEST_STATES) sums[state] += counters[C[state]] ?? 0;
    this.#requests.set(name, sums);
    if (reaches === undefined) return;
    const deliveries = this.#deliveries.get(name) ?? { ...NO_DELIVERIES };
    for (const state of DELIVERY_STATES) deliveries[state] += counters[C[state]] ?? 0;
    this.#deliveries.set(name, deliveries);
  }

  /** What follows this cell: its null twin, and the cells after it with theirs. */
  #laterMs({ cell, role }: Running): number {
    const own = role === 'baseline' ? 0 : this.#twinMs(cell);
    return this.#plan.cells.slice(this.#ordinal).reduce((sum, next) => sum + cellMs(next) + this.#twinMs(next), own);
  }

  #twinMs(cell: Cell): number {
    const twin = this.#plan.nullTwin ? twinOf(cell).cell : null;
    return twin === null ? 0 : cellMs(twin);
  }
}

/** The times are those of the request with the slowest p99. */
function deliveriesOf({ progress }: Running, latest: SecondResult | null): Pick<ProgressState, 'deliveries'> {
  if (latest?.delivered === undefined) return {};
  const times = (progress.soFar(COUNTS_ALONE)?.fanout ?? []).map(({ deliverUs }) => ({
    ...{ p50Us: plain(deliverUs, 'p50'), p99Us: plain(deliverUs, 'p99') },
  }));
  times.sort((a, b) => (b.p99Us ?? b.p50Us ?? 0) - (a.p99Us ?? a.p50Us ?? 0));
  return { deliveries: { perSecond: latest.delivered, p50Us: null, p99Us: null, ...times[0] } };
}

/** Connections open now. Those of a lost agent are closed, or nobody knows of them. */
function openAt(agents: readonly AgentNow[]): number {
  return agents.reduce((sum, { open }) => sum + (open ?? 0), 0);
}

const NO_DELIVERIES = Object.fromEntries(DELIVERY_STATES.map((name) => [name, 0])) as Record<
  keyof DeliveryTotals,
  number
>;

function deliveryTimesOf({ name, reach, deliverUs, firstUs, lastUs, spreadUs }: FanoutResult): DeliveryTimes {
  const all = { deliver: deliverUs, first: firstUs, last: lastUs, spread: spreadUs };
  const times = (Object.entries(all) as [keyof typeof all, Quantiles][]).map(([of, quantiles]) => ({
    ...{ of, p50Us: plain(quantiles, 'p50'), p99Us: plain(quantiles, 'p99'), maxUs: quantiles.max },
  }));
  return { request: name, reach, times };
}

function latencyGap({ cell, isAnswered }: Running): string {
  if (!sends(cell)) return 'nothing is sent';
  if (fanoutOf(cell) !== null && !hasReplies(cell)) return 'nothing delivered yet';
  if (!hasReplies(cell)) return cell.reply.match === 'none' ? 'replies are not matched' : 'no message has a reply';
  return isAnswered ? 'nothing answered in this second' : 'nothing answered yet';
}

/** As in the tables: answered, or sent where no reply is matched, or received where nothing is sent. */
function achievedIn({ answered, sent, received, unmatched = 0 }: SecondResult, cell: Cell): number {
  if (!sends(cell)) return received;
  return cell.reply.match === 'none' ? sent : answered + unmatched;
}
