import assert from 'node:assert/strict';
import { type Cell, hasSession, isMatched, isRamp, type Phase, peakConnections } from '../plan/cell.js';
import { hasResponseTime, MODELS } from '../plan/models.js';
import { needsOf } from '../plan/needs.js';
import { bracketsOf, pooledChecks } from './brackets.js';
import { cellLaws } from './cell-laws.js';
import type { CellResult, ClientResult, Quantiles, RequestResult, RuledResult, SecondResult } from './cell-result.js';
import { mayBeAnswered } from './censored.js';
import { ChurnMerger } from './churn-merge.js';
import { clientResultOf } from './client-result.js';
import { connectionsOf } from './connection-shares.js';
import { addCounts } from './count-sums.js';
import { addCounters, COUNTERS, type CounterName, namedCounters } from './counters.js';
import { FanoutTotals } from './fanout-totals.js';
import { censoredIn, type FlowCounters, FlowTotals, hasPercentiles } from './flow-totals.js';
import { FramesApart } from './frames-apart.js';
import { Totals } from './histogram.js';
import {
  type CloseCount,
  CONNECT_PHASES,
  type ConnectionCounts,
  type ConnectPhase,
  type ErrorCount,
  type Interval,
  type ScriptDelta,
  type WorkerTotals,
} from './interval.js';
import { withoutGuesses } from './order-doubt.js';
import { overloadOf } from './overload.js';
import { plannedByRequest } from './planned.js';
import { summarize } from './quantiles.js';
import type { SecondCounts } from './seconds/bootstrap-table.js';
import { SecondSeries } from './seconds/second-series.js';
import { SessionTotals } from './session-totals.js';
import { Silences } from './silence.js';
import { type CellContext, type CellSoFar, type PartAsked, stillRunning } from './so-far.js';
import { stationarityOf } from './stationarity.js';
import { subscribersOf } from './subscribers.js';
import { bytesOf, silentOf, WorkerLedger } from './worker-ledger.js';

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

/** Adds up the lines of all workers of one cell, in any order, and computes the cell's result. */
export class CellMerger {
  #cell: Cell;
  readonly #workers: number;
  readonly #ledgers: readonly WorkerLedger[];
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
  readonly #openNow: number[];
  readonly #apart = new FramesApart();
  readonly #silences = new Silences();

  constructor(cell: Cell, workers: number) {
    this.#cell = cell;
    this.#workers = workers;
    const { requests = [], steps = [], rules = [] } = cell.wire ?? {};
    this.#ledgers = Array.from({ length: workers }, (_, worker) => new WorkerLedger(worker, cell.id, requests.length));
    // In a closed loop the wait is no part of any time that is shown.
    const mayWait = needsOf(cell.wire) !== null && hasResponseTime(cell.model);
    this.#flow = new FlowTotals(mayWait);
    this.#requests = requests.map(() => new FlowTotals(mayWait));
    this.#fanout = requests.map(({ reaches }) => (reaches === undefined ? null : new FanoutTotals()));
    this.#session = hasSession(cell) ? new SessionTotals(steps.filter(({ timed }) => timed)) : null;
    this.#ruled = rules.map(() => 0);
    this.#series = new SecondSeries(cell);
    this.#churn = new ChurnMerger(cell, workers);
    this.#openNow = new Array(workers).fill(0);
  }

  /** Connections open now, according to the newest line of each worker. */
  get open(): number {
    return this.#openNow.reduce((sum, open) => sum + open, 0);
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
    this.#ledger(interval.worker).add(interval);
    this.#openNow[interval.worker] = interval.open;
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
    if (interval.stage === 'measure' && interval.second !== null) {
      this.#series.addOpen(interval.worker, interval.second, interval.elapsedMs, interval.openMin);
      this.#series.addInFlight(interval.worker, interval.second, interval.elapsedMs, interval.inFlight);
    }
  }

  #addRuled(ruled: readonly number[]): void {
    const known = this.#ruled.length;
    assert(ruled.length <= known, `counts of ${ruled.length} rules, but the cell has ${known}`);
    for (const [rule, count] of ruled.entries()) this.#ruled[rule]! += count;
  }

  workerDone(totals: WorkerTotals): void {
    this.#ledger(totals.worker).done(totals);
  }

  workerLost(worker: number, error: string): void {
    this.#ledger(worker).giveUp(error, plannedByRequest(this.#cell, worker, this.#workers));
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

  #ledger(worker: number): WorkerLedger {
    const ledger = this.#ledgers[worker];
    assert(ledger !== undefined, `worker ${worker} is none of ${this.#workers}`);
    return ledger;
  }

  #result(context: CellContext, { all, counts, laws, ...asked }: Parts): CellResult {
    const cell = this.#cell;
    const seconds = measuredSeconds(cell, context);
    const counters = this.#named('measure');
    const perSecond = (count: number) => (seconds === 0 ? 0 : count / seconds);
    const connections = this.#connectionSums();
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
        ...silentOf(this.#ledgers),
      },
      rate: {
        askedPerSecond: askedRate(cell),
        plannedPerSecond: perSecond(counters.planned),
        sentPerSecond: perSecond(counters.sent),
        answeredPerSecond: perSecond(counters.answered),
        receivedPerSecond: perSecond(counters.received),
      },
      flows: [this.#flow.result(cell, 'message', this.#countersOf(null), counts, asked.histograms)],
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
      bytes: bytesOf(this.#ledgers),
      ...(cell.reconnect.policy === 'never' ? {} : { reconnect: cell.reconnect.policy }),
      ...this.#churnAndEvents(seconds, context),
      client: this.#client(context, counters.clamped, asked.client ? this.#ledgers : []),
      server: context.server,
      laws: laws
        ? cellLaws({
            ...{ cell, ledgers: this.#ledgers, churn: this.#churn, connections, seconds: all },
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
    const pinged = this.#ledgers.reduce((sum, ledger) => sum + (ledger.totals?.pinged ?? 0), 0);
    return isUnconfirmed ? fewest : Math.min(fewest, pinged);
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
    const check = pooledChecks(this.#ledgers.map((ledger) => ledger.check));
    return { brackets: bracketsOf(latencies, censoredIn(cell, counters), check) };
  }

  #requestResults(perSecond: (count: number) => number, isEncoded: boolean): Pick<CellResult, 'requests'> {
    const cell = this.#cell;
    if (this.#requests.length === 0) return {};
    const needs = needsOf(cell.wire);
    const requests = this.#requests.map((totals, request): RequestResult => {
      const counters = this.#countersOf(request);
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
    const check = pooledChecks(this.#ledgers.map((ledger) => ledger.check));
    const fanout = this.#fanout.flatMap((totals, request) => {
      const { name, reaches } = cell.wire!.requests[request]!;
      const counters = this.#countersOf(request).measure;
      return totals === null
        ? []
        : [totals.result(cell, { name, reaches: reaches!, counters, perSecond, check, isEncoded })];
    });
    if (fanout.length === 0) return {};
    const subscribers = subscribersOf(
      this.#ledgers.flatMap(({ totals }) => (totals === null ? [] : [totals])),
      this.#workers,
    );
    return { fanout, ...(subscribers === null ? {} : { subscribers }) };
  }

  #byConnection(): Pick<CellResult, 'byConnection'> {
    const totals = this.#ledgers.flatMap((ledger) => (ledger.totals === null ? [] : [ledger.totals]));
    const byConnection = connectionsOf(totals, this.#workers);
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

  /** The counters of a request, or of all messages (null), lost workers included. */
  #countersOf(request: number | null): FlowCounters {
    const named = (phase: Phase) => {
      const sums = new Float64Array(COUNTERS.length);
      for (const ledger of this.#ledgers) {
        addCounters(sums, (request === null ? ledger : ledger.requests[request]!).counters[phase]);
      }
      return namedCounters(sums);
    };
    return { warmup: named('warmup'), measure: named('measure') };
  }

  /** A distribution without seconds. `missing`: connects that never opened and therefore rank last. */
  #plain(totals: Totals, missing = 0): Quantiles {
    const otherCensored = totals.count === 0 ? 0 : missing;
    return summarize(totals, { timedOut: 0, otherCensored, timeoutUs: 0, seed: this.#cell.seed });
  }

  #client(context: CellContext, clamped: number, ledgers: readonly WorkerLedger[]): ClientResult {
    const timeoutUs = this.#cell.reply.timeoutMs * 1000;
    // A spinning worker is never idle, so its loop does not tell how busy it is.
    const spins = context.pacing === 'spin';
    const results = ledgers.map((ledger) => ledger.result(timeoutUs));
    const workers = spins ? results.map((worker) => ({ ...worker, busy: null })) : results;
    const { host, agents } = context;
    return { ...clientResultOf(workers, host, clamped), ...(agents === undefined ? {} : { agents }) };
  }

  #connectionSums(): ConnectionCounts & { openAtEnd: number } {
    const sums = { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0, openAtEnd: 0 };
    for (const ledger of this.#ledgers) {
      for (const key of Object.keys(ledger.connections) as (keyof ConnectionCounts)[]) {
        sums[key] += ledger.connections[key];
      }
      sums.openAtEnd += ledger.totals?.openAtEnd ?? 0;
    }
    return sums;
  }

  #named(phase: Phase): Record<CounterName, number> {
    return this.#countersOf(null)[phase];
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
