import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { Board, type BoardMemory } from '../engine/fanout/board.js';
import type { Leash } from '../engine/pacing/leash.js';
import { messageOf } from '../errors.js';
import type { Interval, WorkerTotals } from '../metrics/interval.js';
import type { Shard } from '../plan/cell.js';
import { cellHash } from '../plan/cell-hash.js';
import { boardLayout } from '../plan/fanout.js';
import { ScriptProblem } from '../script/problem.js';
import { pulseMemory, STUCK_FIX, stuckWords } from '../script/pulse.js';
import { isOfScript } from '../script/strays.js';
import { scriptThreadOptions } from '../script/thread-condition.js';
import { deferred } from './deferred.js';
import { MetronomeThread } from './metronome-thread.js';
import type { FromWorker, ToWorker, WorkerTask } from './protocol.js';
import { STUCK_MS, watchPulse } from './pulse-watch.js';
import { type Instant, type ShardOutcome, type ShardRunner, THREADS_TIMING } from './shard-runner.js';
import { TruthEchoThread } from './truth-echo-thread.js';

/** The files of the helper threads. */
const METRONOME_FILE = fileURLToPath(new URL('../../threads/metronome.js', import.meta.url));
const TRUTH_ECHO_FILE = fileURLToPath(new URL('../../threads/truth-echo.js', import.meta.url));

/** A running shard: its port and its reports so far. */
interface Running {
  readonly worker: number;
  readonly port: MessagePort;
  readonly kill: AbortController;
  readonly outcome: Promise<ShardOutcome>;
  readonly ready: Promise<void>;
  isReady(): boolean;
  /** Resolves with the number of open connections; 0 if the worker is lost. */
  connect(atUs: number, upTo: number | undefined): Promise<number>;
}

/** Worker threads of this process: one piscina pool per run, one long task per worker and cell. */
export class ThreadRunner implements ShardRunner {
  readonly timing = THREADS_TIMING;
  readonly #pool: Piscina;
  readonly #agent: string;
  readonly #leash: Leash | undefined;
  readonly #isChecked: boolean;
  readonly #stuckMs: number;
  #metronome: MetronomeThread | null = null;
  /** Started with the first cell of the run. */
  #truthEcho: TruthEchoThread | null = null;
  #running: readonly Running[] = [];
  /** Of the cell that runs; null if it has none. */
  #board: BoardMemory | null = null;
  #deadline: NodeJS.Timeout | null = null;

  /**
   * `workerFile`: absolute path of the compiled load-worker. `instrumentCheck`: whether workers measure their own error
   * during the load.
   */
  constructor(options: {
    readonly workers: number;
    readonly workerFile: string;
    readonly agent: string;
    readonly instrumentCheck: boolean;
    /** A load has a script; absent for none. */
    readonly hasScript?: boolean;
    /** Absent where nobody must watch over the load. */
    readonly leash?: Leash;
    /** After so long in one call of a script a worker is ended and lost; shorter in tests. */
    readonly stuckMs?: number;
  }) {
    this.#stuckMs = options.stuckMs ?? STUCK_MS;
    this.#agent = options.agent;
    this.#leash = options.leash;
    this.#isChecked = options.instrumentCheck;
    this.#pool = new Piscina({
      filename: options.workerFile,
      minThreads: options.workers,
      maxThreads: options.workers,
      concurrentTasksPerWorker: 1,
      // By default piscina blocks the worker's event loop between tasks, and with it every socket.
      atomics: 'disabled',
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      ...(options.hasScript === true ? { execArgv: scriptThreadOptions() } : {}),
    });
    // A thread without a shard failed, so it could not even start. The pool makes no new one, so nobody will take the
    // shards that wait. (If a thread fails idle between two cells, it is replaced, and no shard waits.)
    this.#pool.on('error', (error) => {
      for (const running of this.#running) if (!running.isReady()) running.kill.abort(error);
    });
  }

  async prepare(shards: readonly Shard[], onInterval: (interval: Interval) => void): Promise<void> {
    const needsMetronome = shards.some(({ pacing }) => pacing === 'metronome');
    this.#metronome = needsMetronome ? new MetronomeThread(METRONOME_FILE, shards.length) : null;
    if (this.#isChecked) {
      this.#truthEcho ??= await TruthEchoThread.start(TRUTH_ECHO_FILE, shards.length);
    }
    this.#board = boardOf(shards);
    const hash = shards[0] === undefined ? '' : cellHash(shards[0].cell);
    this.#running = onMachine(shards).map((shard, place) => this.#run(shard, place, hash, onInterval));
    await Promise.all(this.#running.map((running) => running.ready));
  }

  instantIn(ms: number): Instant {
    return this.instantAt((performance.now() + ms) * 1000);
  }

  /** `us`: microseconds of this process's monotonic clock. */
  instantAt(us: number): Instant {
    return us as unknown as Instant;
  }

  async connect(at: Instant, upTo?: number): Promise<number> {
    const atUs = at as unknown as number;
    const open = await Promise.all(this.#running.map((running) => running.connect(atUs, upTo)));
    return open.reduce((sum, count) => sum + count, 0);
  }

  start(t0: Instant): void {
    this.#tellAll({ type: 'start', t0Us: t0 as unknown as number });
  }

  extend(durationMs: number): void {
    this.#tellAll({ type: 'extend', durationMs });
  }

  restarted(event: number): void {
    this.#tellAll({ type: 'restarted', event });
  }

  stop(deadlineMs: number, isLeaving = false): void {
    this.#tellAll({ type: 'stop', isLeaving });
    if (this.#deadline !== null) return;
    this.#deadline = setTimeout(() => {
      for (const running of this.#running) running.kill.abort(new Error('did not stop in time and was cut off'));
    }, deadlineMs);
  }

  async done(): Promise<readonly ShardOutcome[]> {
    const outcomes = await Promise.all(this.#running.map((running) => running.outcome));
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
    this.#running = [];
    this.#board = null;
    await this.#metronome?.stop();
    this.#metronome = null;
    return outcomes;
  }

  async dispose(): Promise<void> {
    await this.#truthEcho?.stop();
    await this.#pool.destroy();
  }

  #tellAll(message: ToWorker): void {
    for (const running of this.#running) running.port.postMessage(message);
  }

  /** `place`: of the shard among those of this machine, from 0. Workers are numbered over all machines. */
  #run(shard: Shard, place: number, hash: string, onInterval: (interval: Interval) => void): Running {
    const { port1: port, port2 } = new MessageChannel();
    const kill = new AbortController();
    const ready = deferred<void>();
    let connected = deferred<number>();
    let isReady = false;
    let hasEnded = false;
    port.on('message', (message: FromWorker) => {
      if (message.type === 'ready' && message.cellHash !== hash) {
        kill.abort(new Error('the worker prepared another cell than the one it was sent'));
      } else if (message.type === 'ready') {
        isReady = true;
        ready.resolve();
      } else if (message.type === 'connected') connected.resolve(message.open);
      else onInterval(message.interval);
    });
    const metronome = shard.pacing === 'metronome' ? (this.#metronome?.links[place] ?? null) : null;
    const instrument = this.#truthEcho?.links[place] ?? null;
    const script = shard.cell.wire?.script ?? null;
    const pulse = script === null ? null : pulseMemory();
    const link = { agent: this.#agent, port: port2, metronome, instrument, board: this.#board, pulse };
    const task: WorkerTask = { shard, ...link, leash: this.#leash?.memory };
    const transferList = metronome === null ? [port2] : [port2, metronome.port];
    const unwatch =
      pulse === null
        ? () => {}
        : watchPulse(pulse, this.#stuckMs, (place, seconds) =>
            kill.abort(new Error(`${stuckWords(script!.path, place, seconds)}: ${STUCK_FIX}`)),
          );
    const outcome = this.#pool
      .run(task, { transferList, signal: kill.signal })
      .then(
        (totals: WorkerTotals): ShardOutcome => ({ worker: shard.worker, status: 'done', totals }),
        (error: unknown): ShardOutcome => {
          const reason = kill.signal.aborted ? messageOf(kill.signal.reason) : lostWords(error, script?.path);
          return { worker: shard.worker, status: 'lost', error: reason };
        },
      )
      .then(async (ended) => {
        // Lines posted before the end may still be under way. One tick of the event loop delivers them.
        await new Promise((resolve) => setImmediate(resolve));
        port.close();
        unwatch();
        ready.resolve();
        hasEnded = true;
        connected.resolve(0);
        return ended;
      });
    return {
      ...{ worker: shard.worker, port, kill, outcome },
      ready: ready.promise,
      isReady: () => isReady,
      connect: (atUs, upTo) => {
        if (hasEnded) return Promise.resolve(0);
        connected = deferred<number>();
        port.postMessage({ type: 'connect', atUs, upTo } satisfies ToWorker);
        return connected.promise;
      },
    };
  }
}

/** Shards that are only some of a cell's know the others of their machine. Their workers have consecutive numbers. */
function onMachine(shards: readonly Shard[]): readonly Shard[] {
  const [first] = shards;
  if (first === undefined || shards.length === first.workers) return shards;
  const machine = { from: first.worker, to: first.worker + shards.length };
  return shards.map((shard) => ({ ...shard, machine }));
}

/** Why a worker ended that nobody ended. `script`: the path of the one that it ran; absent for none. */
function lostWords(error: unknown, script: string | undefined): string {
  if (script === undefined) return messageOf(error);
  if (/^worker exited with code/.test(messageOf(error))) {
    return `the script ${script} ended its worker: a script may not call process.exit, throw where a connection fails`;
  }
  if (!isOfScript(error)) return messageOf(error);
  return ScriptProblem.of('script_stray', `the script ${script}: code that nobody awaits`, error).message;
}

/** The memory for the board of the shards' cell; null if it has no fan-out. */
function boardOf([shard]: readonly Shard[]): BoardMemory | null {
  const layout = shard === undefined ? null : boardLayout(shard.cell, shard.workers);
  return layout === null ? null : Board.memory(layout);
}
