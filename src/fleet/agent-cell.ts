import { endWorkers } from '../coordinator/group-runner.js';
import type { Instant, ShardOutcome, ShardRunner } from '../coordinator/shard-runner.js';
import type { Clock } from '../engine/pacing/clock.js';
import { usageError } from '../errors.js';
import type { HostLoad } from '../machine/host-load.js';
import type { BusUse } from '../metrics/agent-result.js';
import type { GroupEnd } from '../metrics/group-end.js';
import { GroupSums } from '../metrics/group-sums.js';
import type { Interval } from '../metrics/interval.js';
import type { PlannedMessages } from '../metrics/planned.js';
import { type Endpoint, isRamp, longestDrainMs, type Shard } from '../plan/cell.js';
import { NOTHING_USED } from '../plan/hand-out.js';
import { rowNumbers } from '../plan/row-numbers.js';
import { type Rows, rowsAt } from '../plan/rows.js';
import { formatDuration } from '../units.js';
import { GroupLines } from './group-lines.js';
import { HostWatch } from './host-watch.js';
import { type AgentShard, LEASE_MS, TOLD_TO_LEAVE } from './orders.js';
import { ReportQueue, type SendReport } from './report-queue.js';

/** The worker threads of an agent. */
export interface AgentThreads
  extends Pick<ShardRunner, 'prepare' | 'connect' | 'start' | 'extend' | 'restarted' | 'stop' | 'done' | 'dispose'> {
  /** `us`: microseconds of this process's monotonic clock. */
  instantAt(us: number): Instant;
}

export interface CellOptions {
  /** Its name, which its lines carry. */
  readonly agent: string;
  readonly threads: AgentThreads;
  readonly clock: Clock;
  readonly host: Pick<HostLoad, 'sample'>;
  readonly shard: AgentShard;
  /** The way that this agent judged and resolved itself. */
  readonly endpoint: Endpoint;
  /** Those of its connections. */
  readonly rows: Rows;
  readonly send: SendReport;
  /** Takes each line of its workers, too. */
  readonly keep?: ((line: Interval) => void) | undefined;
  /** Of its reports so far. */
  readonly busUse: () => BusUse;
}

/** So many messages of the plan are counted before the load; it takes about a second. */
const WALKED_MAX = 10_000_000;

/** A stopped worker may take as long as the drain and this much more to close. Then it is ended. */
const STOP_ALLOWANCE_MS = 5000;

/** One agent's part of one cell: from `prepare` until its workers have ended and everything is told. */
export class AgentCell {
  /** Resolves when the load is over, and told as far as anybody waits for it. Never rejects. */
  readonly over: Promise<void>;
  readonly #o: CellOptions;
  readonly #sums: GroupSums;
  readonly #lines: GroupLines;
  readonly #queue: ReportQueue;
  #watch: HostWatch | null = null;
  #step: 'preparing' | 'prepared' | 'connecting' | 'started' | 'over' = 'preparing';
  #calls = 0;
  /** Settles when the latest `connect` has. */
  #connecting: Promise<unknown> = Promise.resolve();
  /** The coordinator has cut the load short. */
  #isStopped = false;
  /** The agent ends this cell by itself. */
  #isQuitting = false;
  /** Nobody waits for its reports. */
  #isSilent = false;
  #setOver: () => void = () => {};

  constructor(options: CellOptions) {
    this.#o = options;
    const { clock, send } = options;
    const { cell, from, to, workers } = options.shard;
    const span = [from, to] as const;
    this.#sums = new GroupSums(cell, { name: options.agent, workers: span }, workers);
    this.#lines = new GroupLines(clock, { agent: options.agent, cell: cell.id, workers: span }, (line) =>
      this.#queue.add(line),
    );
    this.#queue = new ReportQueue({
      send,
      onGone: () => this.abandon(),
      onFull: () => this.quit(),
    });
    this.over = new Promise((resolve) => {
      this.#setOver = resolve;
    });
  }

  get isOver(): boolean {
    return this.#step === 'over';
  }

  /**
   * Makes the workers ready. Rejects if they cannot even be made; then the cell is over. Resolves with the number of
   * messages that they plan; null where it would take long to count them.
   */
  async prepare(): Promise<PlannedMessages | null> {
    const { threads, shard } = this.#o;
    let planned: PlannedMessages | null = null;
    try {
      await threads.prepare(shardsOf(this.#o), (line) => {
        this.#o.keep?.(line);
        this.#sums.add(line);
        this.#lines.add(line);
      });
      if (walkedMessages(shard) <= WALKED_MAX) planned = await this.#walkPlans();
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#step = 'prepared';
    void this.#untilDone();
    if (this.#isQuitting) this.#cutShort();
    return planned;
  }

  connect(atUs: number, upTo: number | undefined): void {
    if (this.#isEnding()) return this.#tellConnected(Promise.resolve(0));
    if (this.#step !== 'prepared' && this.#step !== 'connecting') throw this.#outOfOrder('connect');
    const at = this.#instantNear(atUs);
    this.#step = 'connecting';
    this.#tellConnected(this.#o.threads.connect(at, upTo));
  }

  start(t0Us: number): void {
    if (this.#isEnding()) return;
    if (this.#step !== 'connecting') throw this.#outOfOrder('start');
    const t0 = this.#instantNear(t0Us);
    this.#step = 'started';
    const { threads, clock, host, shard } = this.#o;
    const { warmupMs, durationMs } = shard.cell;
    this.#watch = new HostWatch(clock, host, t0Us + warmupMs * 1000, durationMs);
    void threads.start(t0);
  }

  extend(durationMs: number): void {
    if (this.#isEnding()) return;
    if (this.#step !== 'started') throw this.#outOfOrder('extend');
    const { cell, longestMs = cell.durationMs } = this.#o.shard;
    if (durationMs > longestMs) {
      const message = `the load is to be measured for ${formatDuration(durationMs)}, and at most ${formatDuration(longestMs)} were announced`;
      throw usageError('bad_order', message, 'run it again');
    }
    this.#watch?.extend(durationMs);
    this.#sums.extend(durationMs);
    this.#o.threads.extend(durationMs);
  }

  restarted(event: number): void {
    if (!this.#isEnding()) this.#o.threads.restarted(event);
  }

  /** The coordinator's stop. If the load has not started yet, it ends with the coordinator's start. */
  stop(deadlineMs: number): void {
    if (this.#isEnding()) return;
    this.#isStopped = true;
    this.#watch?.end();
    this.#o.threads.stop(deadlineMs);
  }

  /** The agent's own stop: sends no more, drains, closes with 1001, and tells what became of the load. */
  quit(): void {
    if (this.#isEnding()) return;
    this.#isQuitting = true;
    if (this.#step !== 'preparing') this.#cutShort();
  }

  /** The same, but nobody waits for what became of the load. */
  abandon(): void {
    this.#isSilent = true;
    this.#queue.giveUp();
    this.quit();
  }

  /** True once orders change nothing any more. */
  #isEnding(): boolean {
    return this.#isQuitting || this.isOver;
  }

  #cutShort(): void {
    const { threads, clock, shard } = this.#o;
    const now = () => threads.instantAt(clock.nowUs());
    this.#watch?.end();
    if (this.#step === 'prepared') this.#connecting = threads.connect(now(), 0);
    threads.stop(longestDrainMs(shard.cell) + STOP_ALLOWANCE_MS, true);
    // Workers end by running to the end. Stopped ones do so at once, when they have given up their connects.
    if (this.#step !== 'started') void this.#connecting.then(() => threads.start(now()));
    this.#step = 'started';
  }

  #tellConnected(connected: Promise<number>): void {
    const call = this.#calls++;
    this.#connecting = connected.then((open) => {
      if (!this.#isSilent) this.#tell({ kind: 'connected', call, open });
    });
  }

  #tell(report: Parameters<SendReport>[0]): void {
    this.#o.send(report).then(
      (answer) => {
        if (answer === 'gone') this.abandon();
      },
      // Nobody waits for it any more: whoever gave up the lease ends the cell as well.
      () => {},
    );
  }

  async #untilDone(): Promise<void> {
    const outcomes = await this.#o.threads.done();
    this.#lines.flush();
    const host = this.#watch?.facts() ?? new HostWatch(this.#o.clock, this.#o.host, this.#o.clock.nowUs(), 0).facts();
    const reports = await this.#queue.finish();
    if (!this.#isSilent) {
      const end = await this.#groupEnd(outcomes);
      await this.#o.send({ kind: 'done', reports, end, host, bus: this.#o.busUse() }).catch(() => 'gone');
    }
    this.#end();
  }

  async #groupEnd(outcomes: readonly ShardOutcome[]): Promise<GroupEnd> {
    const isCut = this.#isStopped || this.#isQuitting;
    // The laws compare the load with the plan, and lost workers owe the rest of theirs.
    if (!isCut || this.#isQuitting || outcomes.some(({ status }) => status === 'lost')) await this.#walkPlans();
    endWorkers(this.#sums, outcomes);
    for (const outcome of outcomes) {
      // Nobody stopped it but this agent, which was told to leave: what it had still to send was never offered.
      const isOwed = outcome.status === 'done' && outcome.totals.stopped && !this.#isStopped;
      if (isOwed) this.#sums.workerLost(outcome.worker, TOLD_TO_LEAVE);
    }
    return this.#sums.end(isCut, this.#lines.count);
  }

  /** Other work of this agent goes on meanwhile: it answers beats. */
  #walkPlans(): Promise<PlannedMessages> {
    return this.#sums.walkPlans(() => new Promise((resolve) => void this.#o.clock.soon(resolve)));
  }

  #end(): void {
    this.#step = 'over';
    this.#setOver();
  }

  /**
   * Throws WsurgeError 104 for an instant that is further from now than a lease lasts. Of a load that began long ago all
   * messages would be due at once, and an agent that waits for long would be kept from others.
   */
  #instantNear(us: number): Instant {
    const { clock, threads } = this.#o;
    if (Math.abs(us - clock.nowUs()) <= LEASE_MS * 1000) return threads.instantAt(us);
    const message = `an order names an instant that is more than ${LEASE_MS / 1000} s from now`;
    throw usageError('bad_order', message, 'check that neither machine was suspended, and run it again');
  }

  #outOfOrder(order: string): Error {
    const message = `the order ${order} came while the cell was ${this.#step}`;
    return usageError('out_of_order', message, 'the coordinator and this agent disagree: run it again');
  }
}

/** How many messages a walk of the plans of all its workers passes. That of a ramp passes all messages for each worker. */
function walkedMessages({ cell, from, to, workers }: AgentShard): number {
  const perSecond = cell.rate === null ? 0 : Math.max(cell.rate.from, cell.rate.to);
  const share = isRamp(cell) ? to - from : (to - from) / workers;
  return (perSecond * share * (cell.warmupMs + cell.durationMs)) / 1000;
}

function shardsOf({ shard, endpoint, rows }: CellOptions): Shard[] {
  const { from, to, endpoint: _, rows: __, ...rest } = shard;
  const { reuse = 'cycle', used = NOTHING_USED } = shard;
  return Array.from({ length: to - from }, (_, place) => {
    const worker = from + place;
    const numbers = rowNumbers({ ...shard, from: worker, to: worker + 1 }, rows.total, reuse, used);
    return { ...rest, endpoint, worker, rows: rowsAt(numbers, rows) };
  });
}
