import assert from 'node:assert/strict';
import { type Cell, hasSession, isMatched, isRamp, type Phase, peakConnections } from '../plan/cell.js';
import { hasResponseTime, MODELS } from '../plan/models.js';
import { needsOf } from '../plan/needs.js';
import { agentFigures } from './agent-figures.js';
import { bracketsOf } from './brackets.js';
import { cellLaws } from './cell-laws.js';
import type { CellResult, ClientResult, Quantiles, RequestResult, RuledResult, WorkerResult } from './cell-result.js';
import { mayBeAnswered } from './censored.js';
import { ChurnMerger } from './churn-merge.js';
import { clientResultOf } from './client-result.js';
import { connectionsOf } from './connection-shares.js';
import { addCounts } from './count-sums.js';
import type { CounterName } from './counters.js';
import { FanoutTotals } from './fanout-totals.js';
import { censoredIn, FlowTotals, hasPercentiles } from './flow-totals.js';
import { FramesApart } from './frames-apart.js';
import type { Group, GroupEnd } from './group-end.js';
import { Totals } from './histogram.js';
import {
  type CloseCount,
  CONNECT_PHASES,
  type ConnectPhase,
  type ErrorCount,
  type Interval,
  type ScriptDelta,
  type WorkerSpan,
} from './interval.js';
import { MergedGroups } from './merged-groups.js';
import { withoutGuesses } from './order-doubt.js';
import { overloadOf } from './overload.js';
import type { PlannedMessages } from './planned.js';
import { summarize } from './quantiles.js';
import type { SecondResult } from './second-result.js';
import type { SecondCounts } from './seconds/bootstrap-table.js';
import { SecondSeries } from './seconds/second-series.js';
import { SessionTotals } from './session-totals.js';
import { Silences } from './silence.js';
import { type CellContext, type CellSoFar, type PartAsked, stillRunning } from './so-far.js';
import { stationarityOf } from './stationarity.js';
import { subscribersOf } from './subscribers.js';

/** A count that still grows. */
interface Ruled extends RuledResult {
  count: number;
}

interface Parts {
  readonly all: readonly SecondResult[];
  /** Seconds of the measured time; empty if no intervals are needed. */
  readonly counts: readonly SecondCounts[];
  readonly laws: boolean;
  readonly histograms: boolean;
  readonly client: boolean;
}

/**
 * Adds up the lines of one cell, in any order, and computes the cell's result. A line may be of one worker, or of all
 * workers of a machine together.
 */
export class CellMerger {
  #cell: Cell;
  readonly #groups: MergedGroups;
  readonly #workersNow: () => readonly WorkerResult[];
  readonly #series: SecondSeries;
  readonly #churn: ChurnMerger;
  readonly #flow: FlowTotals;
  readonly #requests: readonly FlowTotals[];
  /** By request; null for one that reaches nobody else. */
  readonly #fanout: readonly (FanoutTotals | null)[];
  /** Null if connections are open at once. */
  readonly #session: SessionTotals | null;
  readonly #ruled: number[];
  /** Messages that only a script explains. */
  readonly #heard: Ruled[] = [];
  readonly #connect = Object.fromEntries(CONNECT_PHASES.map((name) => [name, new Totals()])) as Record<
    ConnectPhase,
    Totals
  >;
  readonly #sessions = new Totals();
  readonly #pings = new Totals();
  readonly #closes = new Map<string, CloseCount>();
  readonly #errors = new Map<string, ErrorCount>();
  /** Null if the instrument check is off. */
  #check: { readonly added: Totals; missed: number } | null = null;
  readonly #apart = new FramesApart();
  readonly #silences = new Silences();

  /**
   * `groups`: the machines that run the cell; together they have all of its workers. `workersNow`: what is known of the
   * workers of groups that have not ended.
   */
  constructor(cell: Cell, groups: readonly Group[], workersNow: () => readonly WorkerResult[] = () => []) {
    this.#cell = cell;
    this.#groups = new MergedGroups(cell, groups);
    this.#workersNow = workersNow;
    const { requests = [], steps = [], rules = [] } = cell.wire ?? {};
    // In a closed loop the wait is no part of any time that is shown.
    const mayWait = needsOf(cell.wire) !== null && hasResponseTime(cell.model);
    this.#flow = new FlowTotals(mayWait);
    this.#requests = requests.map(() => new FlowTotals(mayWait));
    this.#fanout = requests.map(({ reaches }) => (reaches === undefined ? null : new FanoutTotals()));
    this.#session = hasSession(cell) ? new SessionTotals(steps.filter(({ timed }) => timed)) : null;
    this.#ruled = rules.map(() => 0);
    this.#series = new SecondSeries(cell);
    this.#churn = new ChurnMerger(cell);
  }

  /** Names of the agents of the cell; empty where this machine makes the load. */
  get agents(): readonly string[] {
    return this.#groups.agents;
  }

  /** Connections open now, according to the newest lines. */
  get open(): number {
    return this.#groups.open;
  }

  /** The newest complete second, for live views; null before the first. */
  latest(): SecondResult | null {
    return this.#series.latest();
  }

  /** What was due in one second of a phase, as far as reported; null where nothing is. */
  second(phase: Phase, second: number): SecondResult | null {
    return this.#series.at(phase, second);
  }

  /** The measured time as planned now, ms. Grows when the cell is extended. */
  get durationMs(): number {
    return this.#cell.durationMs;
  }

  /** Sets a longer measured time. */
  extend(durationMs: number): void {
    assert(durationMs >= this.#cell.durationMs, `a cell of ${this.#cell.durationMs} ms cannot end at ${durationMs} ms`);
    this.#cell = { ...this.#cell, durationMs };
    this.#churn.extend(durationMs);
  }

  add(interval: Interval): void {
    this.#groups.add(interval);
    for (const delta of interval.flow) {
      this.#series.add(delta);
      this.#flow.add(delta);
      if (delta.request === undefined) continue;
      this.#requests[delta.request]!.add(delta);
      this.#fanout[delta.request]?.add(delta);
    }
    for (const phase of CONNECT_PHASES) this.#connect[phase].add(interval.connect[phase]);
    if (interval.session !== undefined) this.#session?.add(interval.session);
    if (interval.script !== undefined) this.#addScript(interval.script);
    this.#addRuled(interval.ruled ?? []);
    this.#sessions.add(interval.sessions);
    this.#pings.add(interval.pings);
    addCounts(this.#closes, interval.closes, (close) => `${close.code} ${close.clean} ${close.by}`);
    addCounts(this.#errors, interval.errors, (error) => `${error.phase} ${error.code}`);
    this.#apart.add(interval);
    this.#silences.add(interval);
    this.#churn.add(interval);
    this.#addCheck(interval);
    if (interval.stage === 'measure' && interval.second !== null) {
      const { workers, second, elapsedMs } = interval;
      this.#series.addOpen(workers[0], second, elapsedMs, interval.openMin);
      this.#series.addInFlight(workers[0], second, elapsedMs, interval.inFlight);
    }
  }

  /** The last replies arrive in the drain. Its end may be reported with the close. */
  #addCheck({ instrument, stage }: Interval): void {
    if (instrument === null || ['connect', 'idle', 'warmup'].includes(stage)) return;
    this.#check ??= { added: new Totals(), missed: 0 };
    this.#check.added.add(instrument.added ?? []);
    this.#check.missed += instrument.missed;
  }

  #addRuled(ruled: readonly number[]): void {
    const known = this.#ruled.length;
    assert(ruled.length <= known, `counts of ${ruled.length} rules, but the cell has ${known}`);
    for (const [rule, count] of ruled.entries()) this.#ruled[rule]! += count;
  }

  /** A machine has told everything. */
  groupDone(end: GroupEnd): void {
    this.#groups.done(end);
    const { open, inFlight, held } = end.seconds;
    this.#series.settle(end.workers, open, inFlight);
    this.#churn.settle(end.workers, held);
  }

  /** Nothing more is heard of a machine. What it had open is no longer counted, from its last line on. */
  groupGone(workers: WorkerSpan): void {
    if (!this.#groups.leave(workers)) return;
    this.#series.leave(workers);
    this.#churn.leave(workers);
  }

  /** A machine is gone, with what it had not told. `planned`: messages of its workers; null if it did not say how many. */
  groupLost(workers: WorkerSpan, error: string, planned: PlannedMessages | null): void {
    this.groupGone(workers);
    this.#groups.lost(this.#cell, workers, error, planned);
  }

  /** The result of a running cell. Laws are not checked, and only the requested parts are computed. */
  soFar(measuredMs: number, asked: PartAsked): CellSoFar {
    const context = stillRunning(measuredMs);
    const counts = asked.intervals ? this.#series.counts() : [];
    const { histograms, client } = asked;
    const all = this.#series.newest(asked.newestSeconds);
    const result = this.#result(context, { all, counts, laws: false, histograms, client });
    return { ...result, heldSoFar: this.#churn.fewestHeldSoFar() ?? this.#series.fewestOpenSoFar() };
  }

  finish(context: CellContext): CellResult {
    const laws = context.withoutTotals !== true;
    const [all, counts] = [this.#series.results(), this.#series.counts()];
    return this.#result(context, { all, counts, laws, histograms: true, client: true });
  }

  #result(context: CellContext, { all, counts, laws, ...asked }: Parts): CellResult {
    const cell = this.#cell;
    const seconds = measuredSeconds(cell, context);
    const counters = this.#named('measure');
    const perSecond = (count: number) => (seconds === 0 ? 0 : count / seconds);
    const connections = this.#groups.connections();
    const measured = all.filter(({ phase }) => phase === 'measure');
    return withoutGuesses({
      id: cell.id,
      load: cell.load,
      axes: cell.axes,
      model: cell.model,
      match: cell.reply.match,
      arrival: cell.arrival,
      pacing: context.pacing,
      ramp: isRamp(cell),
      interrupted: context.interrupted,
      phases: context.phases,
      connections: {
        asked: peakConnections(cell),
        held: this.#held(context.interrupted || context.withoutTotals === true),
        ...connections,
        ...this.#groups.silent(),
      },
      rate: {
        askedPerSecond: askedRate(cell),
        plannedPerSecond: perSecond(counters.planned),
        sentPerSecond: perSecond(counters.sent),
        answeredPerSecond: perSecond(counters.answered),
        receivedPerSecond: perSecond(counters.received),
      },
      flows: [this.#flow.result(cell, 'message', this.#groups.countersOf(null), counts, asked.histograms)],
      ...(cell.wire === undefined ? {} : { protocol: cell.wire.protocol }),
      ...this.#requestResults(perSecond, asked.histograms),
      ...this.#fanoutResults(perSecond, asked.histograms),
      ...this.#byConnection(),
      ...(this.#session === null
        ? {}
        : { session: this.#session.result(connections.failed + connections.abandoned, cell.seed, asked.histograms) }),
      ...this.#ruledResults(),
      ...(asked.histograms ? this.#brackets(this.#flow, counters) : {}),
      ...this.#apart.result(),
      ...this.#silences.result(),
      connectUs: Object.fromEntries(
        CONNECT_PHASES.map((phase) => [
          phase,
          this.#plain(this.#connect[phase], connections.failed + connections.abandoned - this.#churn.refused()),
        ]),
      ) as CellResult['connectUs'],
      connectHistogram: asked.histograms ? this.#connect.total.encode() : '',
      sessionUs: this.#plain(this.#sessions),
      pingUs: this.#plain(this.#pings),
      closeCodes: [...this.#closes.values()],
      errors: [...this.#errors.values()],
      bytes: this.#groups.bytes(),
      ...(cell.reconnect.policy === 'never' ? {} : { reconnect: cell.reconnect.policy }),
      ...this.#churnAndEvents(seconds, context),
      client: this.#client(context, counters.clamped, asked.client),
      server: context.server,
      laws: laws
        ? cellLaws({
            ...{ cell, groups: this.#groups.all, workers: this.#groups.workers, connections, seconds: all },
            ...{ totalsOf: (phase: Phase) => this.#named(phase), interrupted: context.interrupted },
            ready: this.#session?.ready ?? null,
          })
        : [],
      overload: overloadOf(cell, counters, measured),
      // A load with events is not steady.
      stationarity:
        hasPercentiles(cell, counters) && mayBeAnswered(counters) && cell.events.length === 0
          ? stationarityOf(counts, measured, { timeoutUs: cell.reply.timeoutMs * 1000, seed: cell.seed })
          : null,
      seconds: all,
    });
  }

  /** The fewest connections open in any second of the measure phase, confirmed by the pings answered at its end. */
  #held(isUnconfirmed: boolean): number {
    const fewest = this.#churn.fewestHeld() ?? this.#series.fewestOpen() ?? 0;
    return isUnconfirmed ? fewest : Math.min(fewest, this.#groups.pinged());
  }

  #churnAndEvents(seconds: number, { restartProblems }: CellContext): Pick<CellResult, 'churn' | 'events'> {
    const churn = this.#churn.churn(seconds);
    const events = this.#churn.events(restartProblems);
    return { ...(churn === null ? {} : { churn }), ...(events.length === 0 ? {} : { events }) };
  }

  /** The brackets; absent if no message has a latency. */
  #brackets(
    { latency: { measure }, ofTarget }: FlowTotals,
    counters: Record<CounterName, number>,
  ): Pick<CellResult, 'brackets'> {
    const cell = this.#cell;
    if (!isMatched(cell) || !mayBeAnswered(counters)) return {};
    const latencies = { headline: measure[MODELS[cell.model].headline], service: ofTarget };
    return { brackets: bracketsOf(latencies, censoredIn(cell, counters), this.#check) };
  }

  #requestResults(perSecond: (count: number) => number, isEncoded: boolean): Pick<CellResult, 'requests'> {
    const cell = this.#cell;
    if (this.#requests.length === 0) return {};
    const needs = needsOf(cell.wire);
    const requests = this.#requests.map((totals, request): RequestResult => {
      const counters = this.#groups.countersOf(request);
      const { planned, sent, answered } = counters.measure;
      return {
        ...totals.result(cell, cell.wire!.requests[request]!.name, counters, [], isEncoded),
        ...(needs === null || needs.needs[request]!.length === 0
          ? {}
          : { waitUs: totals.waits(cell, counters.measure) }),
        perSecond: { planned: perSecond(planned), sent: perSecond(sent), answered: perSecond(answered) },
        ...(isEncoded ? this.#brackets(totals, counters.measure) : {}),
      };
    });
    return { requests };
  }

  #fanoutResults(perSecond: (count: number) => number, isEncoded: boolean): Pick<CellResult, 'fanout' | 'subscribers'> {
    const cell = this.#cell;
    const check = this.#check;
    const fanout = this.#fanout.flatMap((totals, request) => {
      const { name, reaches } = cell.wire!.requests[request]!;
      const counters = this.#groups.countersOf(request).measure;
      return totals === null
        ? []
        : [totals.result(cell, { name, reaches: reaches!, counters, perSecond, check, isEncoded })];
    });
    if (fanout.length === 0) return {};
    const subscribers = subscribersOf(this.#groups.byConnection(), this.#groups.workers);
    return { fanout, ...(subscribers === null ? {} : { subscribers }) };
  }

  #byConnection(): Pick<CellResult, 'byConnection'> {
    const byConnection = connectionsOf(this.#groups.byConnection(), this.#groups.workers);
    return byConnection === null ? {} : { byConnection };
  }

  #addScript({ asks, frames }: ScriptDelta): void {
    this.#session?.addAsks(asks);
    for (const { name, means, count } of frames) {
      const known = this.#heard.find((each) => each.name === name && each.means === means);
      if (known === undefined) this.#heard.push({ name, means, count });
      else known.count += count;
    }
  }

  /** The sums of rules that have one name and meaning, and of what the script explained. */
  #ruledResults(): Pick<CellResult, 'ruled'> {
    const ruled: Ruled[] = this.#heard.map((each) => ({ ...each }));
    for (const [rule, { name, means: said }] of (this.#cell.wire?.rules ?? []).entries()) {
      if (said === 'reply' || said === 'fails' || said === 'delivery') continue;
      const means = said === 'ends' ? 'count' : said;
      const known = ruled.find((each) => each.name === name && each.means === means);
      if (known === undefined) ruled.push({ name, means, count: this.#ruled[rule]! });
      else known.count += this.#ruled[rule]!;
    }
    const some = ruled.filter(({ count }) => count > 0);
    return some.length === 0 ? {} : { ruled: some };
  }

  /** A distribution without seconds. `missing`: connects that never opened and therefore rank last. */
  #plain(totals: Totals, missing = 0): Quantiles {
    const otherCensored = totals.count === 0 ? 0 : missing;
    return summarize(totals, { timedOut: 0, otherCensored, timeoutUs: 0, seed: this.#cell.seed });
  }

  #client(context: CellContext, clamped: number, isAsked: boolean): ClientResult {
    const results = isAsked ? this.#groups.results(this.#workersNow()) : [];
    // A spinning worker is never idle, so its loop does not tell how busy it is.
    const spins = context.pacing === 'spin';
    const workers = spins ? results.map((worker) => ({ ...worker, busy: null })) : results;
    const { host, agents } = context;
    const client = clientResultOf(workers, host, clamped);
    if (agents === undefined) return client;
    return {
      ...client,
      agents: agents.map((agent) => {
        const group = this.#groups.of(agent.workers);
        return { ...agent, ...agentFigures(this.#cell, group, agents.length) };
      }),
    };
  }

  #named(phase: Phase): Record<CounterName, number> {
    return this.#groups.countersOf(null)[phase];
  }
}

/** The planned length of the measure phase; for an interrupted one, its actual length. */
function measuredSeconds(cell: Cell, context: CellContext): number {
  if (!context.interrupted) return cell.durationMs / 1000;
  const measured = context.phases.find((phase) => phase.name === 'measure');
  return measured === undefined ? 0 : (measured.toMs - measured.fromMs) / 1000;
}

/** The mean planned rate of a cell over its measure phase. */
function askedRate(cell: Cell): number | null {
  return cell.rate === null ? null : (cell.rate.from + cell.rate.to) / 2;
}
