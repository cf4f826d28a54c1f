import type { Bus } from '../bus/bus.js';
import type { BusClock } from '../bus/clock.js';
import { answerEach, ask, type Patience, type Question } from '../bus/exchange.js';
import { peaksOf } from '../coordinator/preflight.js';
import type { Clock, Timer } from '../engine/pacing/clock.js';
import type { Leash } from '../engine/pacing/leash.js';
import { messageOf, usageError, type WsurgeError } from '../errors.js';
import type { HostLoad } from '../machine/host-load.js';
import type { Interval } from '../metrics/interval.js';
import { firstHere, peakConnections, sendingConnections } from '../plan/cell.js';
import { cellHash } from '../plan/cell-hash.js';
import { NOTHING_USED } from '../plan/hand-out.js';
import { redactUrl } from '../profile/redact.js';
import { AgentCell, type AgentThreads } from './agent-cell.js';
import { type WayOptions, Ways } from './agent-way.js';
import { Lease, type LineKeeper } from './lease.js';
import { readOrder } from './order-shape.js';
import {
  type AgentInfo,
  type AgentShard,
  LEASE_MS,
  type Order,
  orderSubject,
  PROTOCOL,
  type Prepared,
  type Report,
  type ReportContext,
  type RowsMissing,
  reportSubject,
  whoSubject,
} from './orders.js';
import { overOffer } from './over-offer.js';
import type { RowPiece } from './row-pieces.js';
import { Tally } from './tally.js';

/** A report is repeated until it is answered, or the lease is over. */
const REPORT: Patience = { timeoutMs: 2000, overallMs: Number.POSITIVE_INFINITY };
/** Whoever ends an agent waits for no coordinator that is gone. */
const LEAVING: Patience = { timeoutMs: 1000, overallMs: 2000 };

/** What an agent tells about itself as it works. */
export type AgentEvent =
  | { readonly type: 'begun'; readonly run: string; readonly by: string }
  /** `url`: without secrets. `perSecond`: null where replies set the pace. The figures are those of this agent. */
  | {
      readonly type: 'cell';
      readonly run: string;
      readonly by: string;
      readonly url: string;
      readonly connections: number;
      readonly perSecond: number | null;
      readonly seconds: number;
    }
  | { readonly type: 'refused'; readonly run: string; readonly by: string; readonly why: string }
  | { readonly type: 'ended'; readonly run: string; readonly by: string; readonly why: string; readonly cells: number };

export interface AgentOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly fleet: string;
  readonly about: Omit<AgentInfo, 'protocol' | 'state' | 'idle'>;
  readonly idle: () => AgentInfo['idle'];
  readonly way: WayOptions;
  readonly makeThreads: (workers: number, instrumentCheck: boolean, leash: Leash) => AgentThreads;
  readonly host: Pick<HostLoad, 'sample'>;
  /** Keeps the lines of a run for the owner of this machine; null: nobody wants them. */
  readonly keeperOf: ((run: string) => LineKeeper) | null;
  /** Wall time as it is told to others. */
  readonly wallTime: () => string;
  readonly onEvent: (event: AgentEvent) => void;
}

/**
 * Works for one run at a time, as its coordinator orders, and does nothing else.
 *
 *     idle --lease--> leased --prepare--> prepared --connect, start--> running --its end--> leased
 *       ^                |                    |                           |
 *       +--- release, or no beat for 10 s: a load stops, drains and closes first
 */
export class Agent {
  readonly #o: AgentOptions;
  readonly #busClock: BusClock;
  readonly #stopAnswering: readonly (() => void)[];
  #lease: Lease | null = null;
  #expiry: Timer | null = null;
  #isLeaving = false;
  #reports = 0;
  #onIdle: (() => void) | null = null;

  constructor(options: AgentOptions) {
    this.#o = options;
    const { bus, clock, fleet, about } = options;
    this.#busClock = {
      nowUs: () => clock.nowUs(),
      after: (ms, call) => {
        const timer = clock.after(ms, call);
        return () => timer.cancel();
      },
    };
    this.#stopAnswering = [
      answerEach(bus, whoSubject(fleet), () => this.info(), this.#busClock),
      answerEach(bus, orderSubject(fleet, about.id), (question) => this.#obey(question), this.#busClock),
    ];
  }

  info(): AgentInfo {
    const { about, idle } = this.#o;
    const lease = this.#lease;
    const state: AgentInfo['state'] =
      lease === null ? { kind: 'idle' } : { kind: 'busy', by: lease.by, run: lease.run, since: lease.since };
    return { protocol: PROTOCOL, ...about, state, idle: idle() };
  }

  /** Tells the coordinator, stops a load and lets it end. Then takes no more orders. */
  async leave(why: string): Promise<void> {
    this.#isLeaving = true;
    const lease = this.#lease;
    if (lease !== null) {
      const told = this.#report(lease, { kind: 'leaving', why }, LEAVING).catch(() => 'gone');
      lease.cell?.quit();
      await Promise.all([told, lease.cell?.over]);
      this.#end(lease, why);
      await this.#untilIdle();
    }
    for (const stop of this.#stopAnswering) stop();
  }

  async #obey({ body }: Question): Promise<unknown> {
    const { run, epoch, order } = readOrder(body);
    this.#expireIfOver();
    if (order.kind === 'lease') return this.#take(run, epoch, order);
    const lease = this.#lease;
    if (lease === null || lease.run !== run || lease.ended.aborted) throw gone('this agent does not work for that run');
    this.#renew(lease);
    // None of these belongs to a cell.
    if (order.kind === 'beat') return { ok: true };
    if (order.kind === 'release') return this.#end(lease, 'its coordinator is done');
    if (order.kind === 'reach') return await this.#toldIfRefused(lease, lease.ways.reach(order, lease.ended));
    if (order.kind === 'rows') return this.#keep(lease, order);
    if (epoch < lease.epoch) throw gone('that cell is over');
    if (order.kind === 'prepare') return await this.#toldIfRefused(lease, this.#prepare(lease, epoch, order));
    return this.#steer(lease, epoch, order);
  }

  /** The owner of this machine sees what others wanted of it, too. */
  async #toldIfRefused<T>({ run, by, ended }: Lease, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!ended.aborted) this.#o.onEvent({ type: 'refused', run, by, why: messageOf(error) });
      throw error;
    }
  }

  #take(run: string, epoch: number, { by, instrumentCheck }: Extract<Order, { kind: 'lease' }>): unknown {
    const held = this.#lease;
    if (held !== null && held.run === run && !held.ended.aborted) {
      this.#renew(held);
      return { ok: true };
    }
    if (this.#isLeaving) throw usageError('leaving', 'this agent was told to end', 'take another agent');
    if (held !== null) {
      const message = `this agent works for ${held.by} since ${held.since}`;
      throw usageError('busy', message, 'wait until that run is over, or take another agent');
    }
    const asked = { run, by, epoch, instrumentCheck };
    const keeper = this.#o.keeperOf?.(run) ?? null;
    const lease = new Lease(asked, this.#o.wallTime(), new Ways(this.#o.way), keeper);
    this.#lease = lease;
    this.#renew(lease);
    this.#o.onEvent({ type: 'begun', run, by });
    return { ok: true };
  }

  async #prepare(
    lease: Lease,
    epoch: number,
    { shard }: Extract<Order, { kind: 'prepare' }>,
  ): Promise<Prepared | RowsMissing> {
    if (this.#isLeaving) throw usageError('leaving', 'this agent was told to end', 'take another agent');
    if (epoch === lease.epoch) throw outOfOrder('prepare', 'a cell with this number was prepared before');
    const problem = overOffer(shard, this.#o.about.offers);
    if (problem !== null) throw problem;
    const endpoint = lease.ways.endpointFor(shard);
    const missing = shard.rows === undefined ? [] : lease.rows.missing(shard.rows);
    if (missing.length > 0) return { missing };
    const rows = lease.rows.rowsOf(shard, shard.rows, shard.reuse ?? 'cycle', shard.used ?? NOTHING_USED);
    const before = lease.cell;
    lease.epoch = epoch;
    lease.cell = null;
    // The coordinator has given it up.
    before?.abandon();
    await before?.over;
    const makeThreads = (workers: number) => this.#o.makeThreads(workers, lease.instrumentCheck, lease.leash);
    const threads = await lease.threads(shard.to - shard.from, makeThreads);
    if (threads === null || lease.epoch !== epoch) throw gone('that cell is over');
    const { bus, clock, host } = this.#o;
    const tally = new Tally();
    const { reconnects } = bus;
    const busUse = () => ({ reconnects: bus.reconnects - reconnects, ...tally.counts });
    const send = (report: Report) => this.#report(lease, report, REPORT, epoch, tally);
    const agent = this.#o.about.name;
    const keep = (line: Interval) => lease.keeper?.add(line);
    const cell = new AgentCell({ agent, threads, clock, host, shard, endpoint, rows, send, busUse, keep });
    lease.cell = cell;
    lease.cells++;
    this.#o.onEvent({ type: 'cell', run: lease.run, by: lease.by, ...shareOf(shard) });
    const planned = await cell.prepare();
    return { cellHash: cellHash(shard.cell), planned, address: endpoint.address };
  }

  #keep(lease: Lease, piece: RowPiece): unknown {
    lease.rows.add(piece);
    return { ok: true };
  }

  #steer(lease: Lease, epoch: number, order: CellOrder): unknown {
    const { cell } = lease;
    if (cell === null || epoch !== lease.epoch) throw outOfOrder(order.kind, 'no such cell is prepared');
    switch (order.kind) {
      case 'connect':
        cell.connect(order.atUs, order.upTo);
        break;
      case 'start':
        cell.start(order.t0Us);
        break;
      case 'extend':
        cell.extend(order.durationMs);
        break;
      case 'restarted':
        cell.restarted(order.event);
        break;
      case 'stop':
        cell.stop(order.deadlineMs);
        break;
    }
    return { ok: true };
  }

  /** A sign of life of the coordinator. */
  #renew(lease: Lease): void {
    const { clock } = this.#o;
    lease.leash.extend(clock.nowUs() + LEASE_MS * 1000);
    this.#expiry?.cancel();
    this.#expiry = clock.after(LEASE_MS, () => this.#expire(lease));
  }

  /** After this process stood still, what waited in its socket comes before the timer. */
  #expireIfOver(): void {
    const lease = this.#lease;
    if (lease?.leash.isOver(this.#o.clock.nowUs())) this.#expire(lease);
  }

  #expire(lease: Lease): void {
    this.#end(lease, `nothing was heard of its coordinator for ${LEASE_MS / 1000} s`);
  }

  /** Ends the work for a run. The agent is idle as soon as its load is gone. */
  #end(lease: Lease, why: string): unknown {
    if (lease.ended.aborted) return { ok: true };
    this.#expiry?.cancel();
    this.#expiry = null;
    lease.end();
    void this.#clear(lease, why);
    return { ok: true };
  }

  async #clear(lease: Lease, why: string): Promise<void> {
    lease.cell?.abandon();
    await lease.cell?.over;
    await lease.disposeThreads();
    await lease.keeper?.close();
    this.#lease = null;
    const { run, by, cells } = lease;
    this.#o.onEvent({ type: 'ended', run, by, why, cells });
    this.#onIdle?.();
  }

  #untilIdle(): Promise<void> {
    if (this.#lease === null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  async #report(
    lease: Lease,
    report: Report,
    patience: Patience,
    epoch = lease.epoch,
    tally = new Tally(),
  ): Promise<'ok' | 'gone'> {
    const { bus, fleet, about } = this.#o;
    const context: ReportContext = { agent: about.id, epoch };
    const question = {
      id: `${about.id}-${epoch}-${this.#reports++}`,
      kind: report.kind,
      body: { ...context, report },
    };
    const subject = reportSubject(fleet, lease.run);
    tally.sent();
    const { value, tries } = await ask(bus, subject, question, patience, lease.ended, this.#busClock);
    tally.repeated(tries - 1);
    return value === 'ok' ? 'ok' : 'gone';
  }
}

/** What a part of a cell is, for the owner of the machine. */
function shareOf({ cell, from, to, workers, endpoint }: AgentShard) {
  const senders = sendingConnections(cell);
  const { peakMessagesPerSecond } = peaksOf([cell]);
  const perSecond = (peakMessagesPerSecond * firstHere(senders, { from, to }, workers)) / Math.max(1, senders);
  return {
    url: redactUrl(endpoint.url),
    connections: firstHere(peakConnections(cell), { from, to }, workers),
    perSecond: Number.isFinite(perSecond) ? perSecond : null,
    seconds: (cell.warmupMs + cell.durationMs) / 1000,
  };
}

type CellOrder = Exclude<Order, { kind: 'lease' | 'reach' | 'rows' | 'prepare' | 'beat' | 'release' }>;

/** The coordinator is no longer, or not yet, whom this agent works for. */
function gone(message: string): WsurgeError {
  return usageError('gone', message, 'run it again');
}

function outOfOrder(order: string, why: string): WsurgeError {
  return usageError('out_of_order', `the order ${order} makes no sense now: ${why}`, 'run it again');
}
