import { type CellDeps, type CellObserver, recovered, runCell, type ServerProbe } from '../coordinator/coordinator.js';
import { HandOut } from '../coordinator/hand-out.js';
import { measureIdleMemory } from '../coordinator/idle-memory.js';
import { machineCpuMs } from '../machine/host-load.js';
import { socketMemoryBytes } from '../machine/proc/socket-memory.js';
import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import type { IdleMemory } from '../metrics/idle-memory.js';
import type { CellMerger } from '../metrics/merge.js';
import type { ServerSecond } from '../metrics/seconds/server-second.js';
import { COUNTS_ALONE } from '../metrics/so-far.js';
import type { Cell } from '../plan/cell.js';
import type { IdleMemoryPlan } from '../plan/idle-memory.js';
import type { Threshold } from '../profile/profile.js';
import { shouldAbort } from '../verdict/abort.js';
import { isUnreachable } from '../verdict/unreachable.js';
import type { CellSource } from './cell-source.js';
import { NullTwins, type TwinServer } from './null-twins.js';
import { ServerWatch } from './server-watch.js';

/** Calls that a campaign makes while it runs. */
export interface CampaignObserver extends CellObserver {
  /** Every second of the measured time as seen from outside the load, for the run folder. */
  onServerSecond(second: ServerSecond): void;
  /** Before the load: the connections about to be held idle, and how many there will be in the end. Absent if nobody watches. */
  onIdleMemory?(connections: number, of: number): void;
  onCellStart(cell: Cell, ordinal: number): void;
  onCellDone(cell: Cell, result: CellResult): void;
}

export interface CampaignDeps extends Omit<CellDeps, 'stop'> {
  readonly source: CellSource;
  /** Connections that are held idle before any load, to measure the server's memory for one; absent for none. */
  readonly idleMemory?: IdleMemoryPlan | null;
  /** Run before the cells, its results thrown away; null for none. */
  readonly preWarm: Cell | null;
  /** The echo that the null twins are sent to; absent where none is run. */
  readonly twins?: TwinServer | null;
  readonly thresholds: readonly Threshold[];
  /** Ctrl-C or SIGTERM. */
  readonly interrupt: AbortSignal;
}

/**
 * Runs what the source gives, cell after cell, until it ends, is interrupted, a threshold aborts, or the target is
 * gone.
 */
export async function runCampaign(deps: CampaignDeps, observer: CampaignObserver): Promise<RunOutcome> {
  const { source, preWarm, interrupt } = deps;
  const cells: CellResult[] = [];
  const aborting = new AbortWatch(deps.thresholds.filter((threshold) => threshold.abortOnFail));
  const stop = AbortSignal.any([interrupt, aborting.signal]);
  const server = new ServerRest(deps.server, stop);
  const handOut = new HandOut();
  const aside = { ...deps, handOut, extension: null, stop: interrupt };
  const twins = deps.twins == null ? null : new NullTwins(deps.twins, { ...aside, handOut: handOut.again() });
  const idleMemory = await idleMemoryOf(deps, aside, observer);
  if (preWarm !== null && !interrupt.aborted) {
    await server.ready();
    await runCell(preWarm, aside, quietly(observer));
  }
  if (!interrupt.aborted) await twins?.warmUp(quietly(observer));
  const unstarted: Cell[] = [];
  let reason: string | null = null;
  while (reason === null) {
    if (interrupt.aborted) reason = 'interrupted';
    else if (aborting.expression !== null) reason = `aborted by ${aborting.expression}`;
    if (reason !== null) break;
    const cell = source.next(cells);
    if (cell === null) break;
    await server.ready();
    if (stop.aborted) {
      unstarted.push(cell);
      continue;
    }
    observer.onCellStart(cell, cells.length);
    const alone = await watched(cell, { ...deps, handOut, stop }, observer, aborting);
    if (twins !== null) await server.ready();
    const measured = deps.extension?.measured(cell) ?? cell;
    const result = twins === null ? alone : await twins.beside(measured, alone, quietly(observer));
    cells.push(result);
    observer.onCellDone(cell, result);
    if (isUnreachable(result) && !stop.aborted) reason = 'the target took no connection any more';
  }
  return {
    cells,
    notRun: [...unstarted, ...source.remaining()].map((cell) => ({ id: cell.id, reason: reason ?? 'not reached' })),
    interrupted: interrupt.aborted,
    abortedBy: aborting.expression,
    ...(idleMemory === null ? {} : { idleMemory }),
  };
}

/** Measures idle memory on the fresh server, before anything else. Null if nothing asks for it. */
async function idleMemoryOf(
  { idleMemory, interrupt }: CampaignDeps,
  deps: CellDeps,
  observer: CampaignObserver,
): Promise<IdleMemory | null> {
  if (idleMemory == null || interrupt.aborted) return null;
  const onStep = (connections: number, of: number) => observer.onIdleMemory?.(connections, of);
  return await measureIdleMemory(idleMemory, { ...deps, socketBytes: () => socketMemoryBytes() }, onStep);
}

/** Runs one cell and samples the server's process meanwhile. */
async function watched(
  cell: Cell,
  deps: CellDeps,
  observer: CampaignObserver,
  aborting: AbortWatch,
): Promise<CellResult> {
  const watch = new ServerWatch({
    ...{ server: deps.server, machineCpuMs },
    onSecond: (second) => observer.onServerSecond(second),
    nowMs: () => performance.now(),
  });
  try {
    return await runCell(cell, deps, watch.watching(aborting.watching(observer)));
  } finally {
    watch.end();
  }
}

/** The pause for the server between two cells. There is none before the first cell, nor after the last. */
class ServerRest {
  readonly #server: ServerProbe;
  readonly #stop: AbortSignal;
  #fdsBefore: number | null | undefined;

  constructor(server: ServerProbe, stop: AbortSignal) {
    this.#server = server;
    this.#stop = stop;
  }

  /** Resolves when the next cell may begin. */
  async ready(): Promise<void> {
    if (this.#fdsBefore !== undefined) await recovered(this.#server, this.#fdsBefore, this.#stop);
    this.#fdsBefore = this.#server.sample()?.openFds ?? null;
  }
}

/** A helper cell (a warm-up) shows its phase, but reports and records nothing. */
function quietly(observer: CampaignObserver): CellObserver {
  return {
    onPhase: (phase, cell) => observer.onPhase(phase, cell),
    onProgress: (merger, cell) => observer.onProgress(merger, cell),
    onInterval: () => {},
  };
}

/** Thresholds are evaluated this often. Every worker reports every second, so most lines bring nothing new. */
const DECISION_EVERY_MS = 1000;

/** Evaluates the thresholds marked `abortOnFail` on the running cell, once a second. */
class AbortWatch {
  readonly #thresholds: readonly Threshold[];
  readonly #controller = new AbortController();
  #measureStartMs: number | null = null;
  #lookedMs = 0;
  expression: string | null = null;

  constructor(thresholds: readonly Threshold[]) {
    this.#thresholds = thresholds;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  watching(observer: CellObserver): CellObserver {
    this.#measureStartMs = null;
    return {
      onPhase: (phase, cell) => {
        this.#measureStartMs = phase === 'measure' ? performance.now() : null;
        this.#lookedMs = 0;
        observer.onPhase(phase, cell);
      },
      onProgress: (merger, cell) => {
        observer.onProgress(merger, cell);
        this.#look(merger);
      },
      onInterval: (interval) => observer.onInterval(interval),
    };
  }

  #look(merger: CellMerger): void {
    if (this.#thresholds.length === 0 || this.#measureStartMs === null || this.expression !== null) return;
    const elapsedMs = performance.now() - this.#measureStartMs;
    if (elapsedMs - this.#lookedMs < DECISION_EVERY_MS) return;
    this.#lookedMs = elapsedMs;
    const soFar = merger.soFar(elapsedMs, COUNTS_ALONE);
    const failed = this.#thresholds.find((threshold) => shouldAbort(threshold, soFar, elapsedMs));
    if (failed === undefined) return;
    this.expression = `${failed.metric} ${failed.expression}`;
    this.#controller.abort();
  }
}
