import { type CellDeps, recovered, runCell, type ServerProbe } from '../coordinator/coordinator.js';
import { HandOut } from '../coordinator/hand-out.js';
import { measureIdleMemory } from '../coordinator/idle-memory.js';
import { machineCpuMs } from '../machine/host-load.js';
import { socketMemoryBytes } from '../machine/proc/socket-memory.js';
import { leftAgent } from '../metrics/agent-result.js';
import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import type { IdleMemory } from '../metrics/idle-memory.js';
import type { Cell } from '../plan/cell.js';
import type { IdleMemoryPlan } from '../plan/idle-memory.js';
import type { Threshold } from '../profile/profile.js';
import { isUnreachable } from '../verdict/unreachable.js';
import { AbortRule } from './abort-rule.js';
import type { CellSource } from './cell-source.js';
import { type EventSink, ofCell } from './events.js';
import { NullTwins, type TwinServer } from './null-twins.js';
import { ServerSampler } from './server-sampler.js';

export interface CampaignDeps extends Omit<CellDeps, 'stop'> {
  readonly source: CellSource;
  /** Connections that are held idle before any load, to measure the server's memory for one; absent for none. */
  readonly idleMemory?: IdleMemoryPlan | null;
  /** Memory that the kernel uses for sockets of the load and the server, bytes; absent: reads that of this machine. */
  readonly socketBytes?: () => number | null;
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
 * gone. Tells `sink` everything that happens.
 */
export async function runCampaign(deps: CampaignDeps, sink: EventSink): Promise<RunOutcome> {
  const { source, preWarm, interrupt } = deps;
  const cells: CellResult[] = [];
  const aborting = new AbortRule(deps.thresholds);
  const emit = inOrder(new ServerSampler({ server: deps.server, machineCpuMs }), aborting, sink);
  const stop = AbortSignal.any([interrupt, aborting.signal]);
  const server = new ServerRest(deps.server, stop);
  const handOut = new HandOut();
  const aside = { ...deps, handOut, extension: null, stop: interrupt };
  const twins = deps.twins == null ? null : new NullTwins(deps.twins, { ...aside, handOut: handOut.again() }, emit);
  const idleMemory = await idleMemoryOf(deps, aside, emit);
  if (preWarm !== null && !interrupt.aborted) {
    await server.ready();
    await runCell(preWarm, aside, ofCell(preWarm, 'pre-warm', emit));
  }
  if (!interrupt.aborted) await twins?.warmUp();
  const unstarted: Cell[] = [];
  let reason: string | null = null;
  while (reason === null) {
    if (interrupt.aborted) reason = 'interrupted';
    else if (aborting.failed !== null) reason = `aborted by ${aborting.failed}`;
    if (reason !== null) break;
    const cell = source.next();
    if (cell === null) break;
    await server.ready();
    if (stop.aborted) {
      unstarted.push(cell);
      continue;
    }
    emit({ type: 'cell-start', cell, ordinal: cells.length });
    const alone = await runCell(cell, { ...deps, handOut, stop }, ofCell(cell, 'measured', emit));
    if (twins !== null) await server.ready();
    const result = twins === null ? alone : await twins.beside(deps.extension?.measured(cell) ?? cell, alone);
    cells.push(result);
    source.settle(result);
    emit({ type: 'cell', cell, result });
    if (!stop.aborted) reason = endOf(result);
  }
  return {
    cells,
    notRun: [...unstarted, ...source.remaining()].map((cell) => ({ id: cell.id, reason: reason ?? 'not reached' })),
    interrupted: interrupt.aborted,
    abortedBy: aborting.failed,
    ...(idleMemory === null ? {} : { idleMemory }),
  };
}

/** Why no further cell is run after this one; null if the next one may be. */
function endOf(result: CellResult): string | null {
  if (isUnreachable(result)) return 'the target took no connection any more';
  return leftAgent(result.client.agents);
}

/**
 * The only place that says in which order an event is worked through: the server's second that ends with it is told
 * first, then the event itself, and the abort rule decides last, when everybody has heard of what it judges.
 */
function inOrder(sampler: ServerSampler, aborting: AbortRule, sink: EventSink): EventSink {
  return (event) => {
    const second = sampler.secondUntil(event);
    if (second !== null) sink({ type: 'server-second', second });
    sink(event);
    aborting.judge(event);
  };
}

/** Measures idle memory on the fresh server, before anything else. Null if nothing asks for it. */
async function idleMemoryOf(
  { idleMemory, interrupt, socketBytes = () => socketMemoryBytes() }: CampaignDeps,
  deps: CellDeps,
  emit: EventSink,
): Promise<IdleMemory | null> {
  if (idleMemory == null || interrupt.aborted) return null;
  const onStep = (connections: number, of: number) => emit({ type: 'idle-memory', connections, of });
  return await measureIdleMemory(idleMemory, { ...deps, socketBytes }, onStep);
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
