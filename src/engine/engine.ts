import { type ConnectionShares, connectionSharesOf } from '../metrics/connection-times.js';
import { C } from '../metrics/counters.js';
import type { Interval, WorkerHealth, WorkerTotals } from '../metrics/interval.js';
import { Recorder } from '../metrics/recorder.js';
import {
  connectionsHere,
  GRACE_MS,
  hasChurn,
  isMatched,
  longestDrainMs,
  ownedConnections,
  type Shard,
} from '../plan/cell.js';
import type { RowBook } from '../plan/hand-out.js';
import { mixOf } from '../plan/mix.js';
import { needsOf } from '../plan/needs.js';
import { ringSlots } from '../plan/table.js';
import type { AnyScript } from '../script/life.js';
import { type Behavior, behaviorOf } from './behavior.js';
import { Churn } from './churn/churn.js';
import { Drain } from './drain.js';
import { EndOfMeasure } from './end-of-measure.js';
import type { BoardMemory } from './fanout/board.js';
import { type Fanning, fanningOf } from './fanout/fanning.js';
import { Instrument, type TruthEchoLink } from './instrument/instrument.js';
import { WithInstrument } from './instrument/with-instrument.js';
import { LastService } from './last-service.js';
import { LineWriter } from './line-writer.js';
import { ConnectionProgress } from './matching/connection-progress.js';
import { Correlator } from './matching/correlate.js';
import { InFlightTable } from './matching/in-flight.js';
import type { Clock } from './pacing/clock.js';
import { Instants } from './pacing/instants.js';
import type { Leash } from './pacing/leash.js';
import { Scheduler } from './pacing/scheduler.js';
import { Timers } from './pacing/timers.js';
import { type MetronomeLink, wakeOf } from './pacing/wake.js';
import { CLOSE_TIMEOUT_MS, type ConnectFn, Pool, type PoolEvents } from './pool.js';
import { Sender } from './sender.js';
import { Captured } from './session/captured.js';
import { requestReplies } from './session/request-replies.js';
import { scriptedOf } from './session/scripted.js';
import { payloadOf, rowBookOf, type TalkingOptions, talking } from './session/talking.js';
import { Waiting } from './session/waiting.js';
import { type SlowReaders, slowReadersOf } from './slow-readers.js';
import { CLOSE, type CloseCode } from './socket/close-code.js';
import { KeepAlive } from './socket/keep-alive.js';

/** How often to look for messages whose time-out is over. */
const EXPIRE_MS = 100;

export interface EngineOptions {
  readonly shard: Shard;
  readonly clock: Clock;
  readonly connect: ConnectFn;
  readonly health: { sample(): WorkerHealth };
  readonly agent: string;
  /** Null unless the shard is paced by metronome. */
  readonly metronome: MetronomeLink | null;
  /** Null unless the instrument check is on. */
  readonly instrument: TruthEchoLink | null;
  /** The memory of the cell's board; null or absent if it has no fan-out. */
  readonly board?: BoardMemory | null;
  /** Absent where nobody must watch over the load. */
  readonly leash?: Leash | null;
  /** The script of the cell, loaded; absent if it has none. */
  readonly script?: AnyScript | undefined;
  readonly onInterval: (interval: Interval) => void;
}

/**
 * One worker's part of one cell, from the first connect to the last close:
 * `connect` -> `start(t0)` -> warm-up, measure, grace -> drain -> close -> totals. `stop` cuts short and still drains.
 */
export class Engine {
  readonly #o: EngineOptions;
  readonly #shard: Shard;
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #correlator: Correlator;
  /** Null if no message needs what the reply to another one brings. */
  readonly #waiting: Waiting | null;
  /** Null if no message is sent to many. */
  readonly #fanning: Fanning | null;
  readonly #shares: ConnectionShares | null;
  readonly #behavior: Behavior;
  readonly #sender: Sender;
  readonly #scheduler: Scheduler;
  readonly #pool: Pool;
  /** Null if connections are never replaced, cut or reconnected. */
  readonly #churn: Churn | null;
  readonly #settled: (connection: number, nowUs: number) => void;
  readonly #instrument: Instrument | null;
  /** Null if connections are not pinged. */
  readonly #keepAlive: KeepAlive | null;
  /** The heartbeats of the protocol; null if it has none. */
  readonly #beats: KeepAlive | null;
  #instrumentReady: Promise<void> | undefined;
  readonly #drain: Drain;
  /** Null if nobody reads slowly. */
  readonly #slow: SlowReaders | null;
  readonly #timers: Timers;
  readonly #instants: Instants;
  readonly #end: EndOfMeasure;
  readonly #progress: ConnectionProgress;
  readonly #rows: RowBook;
  readonly #lines: LineWriter;
  #hasEnded = false;
  #t0Us = Number.POSITIVE_INFINITY;
  #stopped = false;
  #closeCode: CloseCode = CLOSE.normal;
  /** True during a read of a socket. Messages that its replies make due are sent when all replies have been handled. */
  #reading = false;
  #replanAfterRead = false;

  constructor(options: EngineOptions) {
    const { shard, clock } = options;
    const { cell, worker, workers } = shard;
    this.#o = options;
    this.#shard = shard;
    this.#clock = clock;
    this.#timers = new Timers(clock);
    this.#instants = new Instants(clock, this.#timers);
    const owned = ownedConnections(shard);
    const end = new EndOfMeasure((cell.warmupMs + cell.durationMs) * 1000);
    const recorder = new Recorder(cell);
    const table = new InFlightTable(owned, ringSlots(cell, connectionsHere(shard)));
    const progress = new ConnectionProgress(owned);
    this.#rows = rowBookOf(shard);
    const captured = new Captured();
    const mix = mixOf(cell);
    const scripted = scriptedOf(options, recorder, (c) => this.#pool.terminate(c));
    const waiting = this.#waitingOf(owned, captured, table, recorder);
    this.#waiting = waiting;
    const payload = payloadOf(shard, this.#rows, captured, mix, scripted);
    const t0Us = () => this.#t0Us;
    const lastService = new LastService();
    const fanning = fanningOf({ shard, board: options.board ?? null, owned, recorder, t0Us, lastService });
    this.#fanning = fanning;
    this.#end = end;
    this.#recorder = recorder;
    this.#progress = progress;
    end.onExtended((endUs) => recorder.extend(endUs));
    const slow = slowReadersOf(cell, worker, workers, clock);
    this.#slow = slow;
    const connect = talking(slow?.holding(options.connect) ?? options.connect, {
      cell,
      captured,
      recorder,
      scripted,
      ...this.#talk(),
    });
    const pool = new Pool(shard, owned, connect, clock, recorder, this.#rows, this.#poolEvents());
    this.#pool = pool;
    this.#keepAlive = this.#keepAliveOf(owned);
    this.#beats = this.#beatsOf(owned);
    const shares = connectionSharesOf(cell, owned);
    this.#shares = shares;
    const sender = new Sender(owned, {
      ...{ shard, clock, pool, table, progress, payload, recorder, mix, waiting, t0Us },
      publisher: fanning?.publisher ?? null,
      shares,
    });
    this.#sender = sender;
    const send = (connection: number, dueUs: number) => sender.add(connection, dueUs);
    const notConnected = (connection: number, dueUs: number) => sender.giveUp(connection, dueUs, C.notConnected);
    const onRetire = (connection: number) => this.#behavior.onClose(connection);
    const churn = hasChurn(cell)
      ? new Churn({ shard, owned, clock, end, pool, table, send, notConnected, onRetire })
      : null;
    this.#churn = churn;
    this.#settled = this.#settledBy(churn);
    this.#correlator = new Correlator({
      ...{ cell, worker, workers, table, progress, payload, recorder, t0Us, usedNumbers: shard.used?.numbers ?? 0 },
      ...{ mix, waiting, replies: requestReplies(cell, captured, waiting) },
      deliveries: fanning?.deliveries ?? null,
      ...{ lastService, shares, settled: this.#settled },
      unexplained: scripted === null ? null : (...of) => scripted.hear(...of),
      orderLost: (c) => {
        recorder.error('open', 'order_lost');
        pool.terminate(c);
      },
    });
    const isWaiting = () => this.#instrument?.isWaiting === true || this.#fanning?.isWaiting === true;
    this.#drain = new Drain({ cell, clock, table, progress, pool, correlator: this.#correlator, isWaiting });
    const behavior = behaviorOf(shard, end, {
      send: churn?.send ?? send,
      replan: (nowUs) => this.#replan(this.#t0Us + nowUs),
    });
    this.#instrument = this.#instrumentOf(end, lastService);
    this.#behavior = this.#instrument === null ? behavior : new WithInstrument(behavior, this.#instrument);
    const wake = wakeOf(shard.pacing, clock, options.metronome);
    this.#scheduler = new Scheduler(clock, wake, this.#behavior, () => sender.flush(), options.leash);
    end.onExtended((endUs) => this.#onExtended(endUs));
    this.#lines = new LineWriter({ engine: options, recorder, pool, table, churn, instrument: this.#instrument });
  }

  #poolEvents(): PoolEvents {
    return {
      onOpen: (c) => this.#onOpen(c),
      onFrame: (c, bytes, start, end, nowUs) => {
        this.#reading = true;
        this.#correlator.onFrame(c, bytes, start, end, nowUs);
      },
      onReadEnd: (nowUs) => this.#endRead(nowUs),
      onPong: (c) => this.#drain.onPong(c),
      onClosed: (c) => this.#onClosed(c),
    };
  }

  #talk(): Pick<TalkingOptions, 'onReply' | 'onDelivery' | 'onBeat' | 'onRuled'> {
    return {
      onReply: (c, number, fails, bytes, start, end, us) => {
        this.#reading = true;
        this.#correlator.onReply(c, number, fails, bytes, start, end, us);
      },
      onDelivery: (...of) => this.#correlator.onDelivery(...of),
      onBeat: (everyMs) => this.#beats?.atMost(everyMs),
      onRuled: (c, rule, counter, number, bytes, us) => this.#correlator.onRuled(c, rule, counter, number, bytes, us),
    };
  }

  #waitingOf(owned: number, captured: Captured, table: InFlightTable, recorder: Recorder): Waiting | null {
    const { cell } = this.#shard;
    const needs = needsOf(cell.wire);
    if (needs === null || !isMatched(cell)) return null;
    return new Waiting({
      ...{ needs, owned, captured, table, recorder, timeoutMs: cell.reply.timeoutMs, t0Us: () => this.#t0Us },
      settled: (c, nowUs) => this.#settled(c, nowUs),
    });
  }

  /** What happens when a message is settled. Called for every reply, so it does no more than the cell needs. */
  #settledBy(churn: Churn | null): (connection: number, nowUs: number) => void {
    const settled = (c: number, nowUs: number) => {
      this.#behavior.onSettled(c, nowUs - this.#t0Us);
      if (this.#drain.isWaiting) this.#drain.check();
    };
    const lifetimes = churn?.lifetimes ?? null;
    if (lifetimes === null) return settled;
    return (c, nowUs) => {
      settled(c, nowUs);
      lifetimes.onSettled(c);
    };
  }

  #keepAliveOf(connections: number): KeepAlive | null {
    const intervalMs = this.#shard.cell.keepAliveMs;
    const ping = (c: number) => this.#pool.keepAlive(c);
    return intervalMs === undefined ? null : new KeepAlive({ intervalMs, connections, clock: this.#clock, ping });
  }

  #beatsOf(connections: number): KeepAlive | null {
    const beat = this.#shard.cell.wire?.beat ?? null;
    if (beat === null) return null;
    const ping = (c: number) => this.#pool.beat(c);
    return new KeepAlive({ intervalMs: beat.everyMs, connections, clock: this.#clock, ping });
  }

  #instrumentOf(end: EndOfMeasure, lastService: LastService): Instrument | null {
    const { instrument: echo, connect, clock, shard } = this.#o;
    if (echo === null) return null;
    const settled = () => this.#drain.check();
    return new Instrument({ echo, cell: shard.cell, end, connect, clock, lastService, settled });
  }

  /**
   * Opens the connections planned before t0. Resolves when each is open, failed or past its deadline. `upTo`: only this
   * many connections of the cell; another call with a higher number opens the missing ones.
   */
  async connect(startUs: number, upTo?: number): Promise<{ readonly open: number }> {
    this.#lines.everySecond(startUs);
    this.#keepAlive?.start();
    this.#beats?.start();
    this.#instrumentReady ??= this.#instrument?.connect();
    await Promise.all([this.#pool.connect(startUs, upTo), this.#instrumentReady]);
    this.#lines.rename('idle');
    return { open: this.#pool.open };
  }

  /** Runs the load from t0 (us of the clock, in the future) to the end. Resolves with the totals when all is closed. */
  async run(t0Us: number): Promise<WorkerTotals> {
    const { cell } = this.#shard;
    const measureUs = t0Us + cell.warmupMs * 1000;
    await this.#instants.until(() => t0Us);
    this.#lines.rename('idle');
    this.#lines.write();
    this.#t0Us = t0Us;
    this.#lines.start(t0Us);
    this.#lines.everySecond(t0Us);
    this.#timers.every(EXPIRE_MS, () => this.#expire());
    this.#pool.connectDuring(t0Us);
    if (!this.#stopped) {
      this.#churn?.start(t0Us);
      this.#instrument?.start(t0Us);
      this.#behavior.start(this.#pool.openConnections());
      this.#scheduler.start(t0Us);
    }
    this.#lines.rename('warmup');
    await this.#instants.until(() => measureUs);
    this.#lines.enter('measure');
    // Lines end on whole seconds of the phase, even if the warm-up does not last whole seconds.
    this.#lines.everySecond(measureUs);
    await this.#instants.untilAndHeard(() => t0Us + this.#end.endUs);
    this.#churn?.endMeasure();
    this.#lines.enter('drain');
    if (!this.#stopped) this.#ping(measureUs);
    await this.#instants.until(() => t0Us + this.#end.endUs + GRACE_MS * 1000);
    this.#churn?.stop();
    // After a stop, only messages that were overdue by more than the grace count as unsent. The others were never due.
    const lastUs = this.#stopped ? this.#sinceT0Us() - GRACE_MS * 1000 : Number.POSITIVE_INFINITY;
    this.#endSending(Math.min(this.#end.endUs, lastUs));
    await this.#drainAll();
    await this.#close();
    return this.#finish();
  }

  /**
   * Sets a longer measured time. If this comes after sending has ended, the messages of the added time count as unsent.
   */
  extend(durationMs: number): void {
    if (!this.#stopped) this.#end.extend((this.#shard.cell.warmupMs + durationMs) * 1000);
  }

  #onExtended(endUs: number): void {
    if (this.#hasEnded) this.#countUnsent(endUs);
    else this.#replan(this.#clock.nowUs());
    // run() is waiting for the old end; wake it so that it waits for the new one.
    this.#instants.lookAgain();
  }

  /** The restart with this event number is over: the server accepts connections again. */
  restarted(event: number): void {
    this.#churn?.serverIsBack(event);
  }

  /** Sends no further message, but waits for those in flight. `isLeaving`: closes as one who goes away. */
  stop(isLeaving = false): void {
    if (isLeaving) this.#closeCode = CLOSE.leaving;
    if (this.#stopped) return;
    this.#stopped = true;
    this.#pool.abandonConnects();
    if (this.#hasEnded) this.#waiting?.giveUp();
    this.#drain.check();
    this.#instants.stop();
  }

  #expire(): void {
    const nowUs = this.#clock.nowUs();
    this.#waiting?.expire(nowUs);
    this.#correlator.unanswered.expire(nowUs);
    if (this.#fanning === null) return;
    this.#fanning.look(nowUs, this.#drain.isWaiting);
    if (this.#drain.isWaiting) this.#drain.check();
  }

  #sinceT0Us(): number {
    return this.#clock.nowUs() - this.#t0Us;
  }

  #replan(nowUs: number): void {
    if (this.#reading) this.#replanAfterRead = true;
    else this.#scheduler.replan(nowUs);
  }

  #endRead(nowUs: number): void {
    this.#reading = false;
    if (this.#waiting !== null && !this.#o.leash?.isOver(nowUs))
      this.#sender.sendReady(this.#waiting, this.#waiting.takeReady());
    if (!this.#replanAfterRead) return;
    this.#replanAfterRead = false;
    this.#scheduler.replan(nowUs);
  }

  #onOpen(connection: number): void {
    if (this.#churn !== null) this.#correlator.unanswered.onReopen(connection);
    this.#waiting?.onOpen(connection);
    this.#slow?.onOpen(connection);
    this.#fanning?.deliveries.onOpen(connection, this.#clock.nowUs());
    this.#behavior.onOpen(connection, this.#sinceT0Us());
  }

  #onClosed(connection: number): number {
    this.#waiting?.onClose(connection);
    this.#fanning?.deliveries.onClose(connection, this.#clock.nowUs());
    const lost = this.#correlator.unanswered.onClose(connection);
    this.#behavior.onClose(connection);
    this.#drain.onClosed(connection);
    return lost;
  }

  /** Confirms that open connections are alive: pings each of them at the end of the measure phase. */
  #ping(measureUs: number): void {
    const churn = this.#churn;
    const slow = this.#slow;
    const isLeftOut = (c: number) => slow?.has(c) === true || churn?.isInPlansHands(c) === true;
    this.#drain.ping((churn?.inPlansHands ?? 0) + (slow?.open ?? 0), isLeftOut, measureUs);
  }

  #endSending(untilUs: number): void {
    this.#hasEnded = true;
    this.#scheduler.stop();
    this.#countUnsent(untilUs);
    if (this.#stopped) this.#waiting?.giveUp();
    // What waits for a value may still go out, but on connections whose deliveries all workers then wait for.
    this.#fanning?.publisher.end();
  }

  #countUnsent(untilUs: number): void {
    this.#behavior.unsent(untilUs, (connection, dueUs) => this.#sender.giveUp(connection, dueUs, C.unsentAtStop));
  }

  async #drainAll(): Promise<void> {
    const { cell } = this.#shard;
    // A message that waits may go out at the end of its time-out, and its reply has a time-out of its own.
    const waitMs = this.#waiting === null || this.#waiting.count === 0 ? 0 : cell.reply.timeoutMs;
    await this.#drain.wait(longestDrainMs(cell) + waitMs + EXPIRE_MS * 2, this.#stopped);
    this.#waiting?.giveUp();
    this.#correlator.unanswered.expire(this.#clock.nowUs());
    this.#correlator.unanswered.abandon();
    this.#fanning?.abandon(this.#clock.nowUs());
    this.#instrument?.giveUp();
  }

  async #close(): Promise<void> {
    this.#lines.enter('close');
    this.#keepAlive?.stop();
    this.#beats?.stop();
    this.#slow?.end();
    await Promise.all([this.#pool.close(CLOSE_TIMEOUT_MS, this.#closeCode), this.#instrument?.close(CLOSE_TIMEOUT_MS)]);
  }

  #finish(): WorkerTotals {
    this.#lines.write();
    this.#lines.stop();
    this.#timers.cancelAll();
    return {
      worker: this.#shard.worker,
      lines: this.#lines.count,
      ...this.#recorder.totals(),
      used: { ordinals: this.#progress.most(), lives: this.#rows.most },
      openAtEnd: this.#pool.open,
      pinged: this.#drain.confirmed,
      ...(this.#drain.withoutPong === 0 ? {} : { withoutPong: this.#drain.withoutPong }),
      stopped: this.#stopped,
      ...(this.#shares === null ? {} : { answered: this.#shares.counts() }),
      ...(this.#fanning === null ? {} : { subscribers: this.#fanning.deliveries.subscribers() }),
    };
  }
}
