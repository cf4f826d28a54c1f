import { createHash } from 'node:crypto';
import type { Profile } from '../profile/profile.js';
import { type Cell, peakConnections, peakRate } from './cell.js';
import { cellsOf, preWarmCell, selectCells, sends } from './cells.js';
import { type IdleMemoryPlan, type IdleMemoryWish, idleMemoryMs, idleMemoryPlan } from './idle-memory.js';
import { twinOf, twinPreWarm } from './null-twin.js';
import { automaticPacing, type Pacing } from './pacing.js';
import { BYTES_PER_SLOT, ringSlots } from './table.js';

/**
 * The whole run, resolved: which cells, in which order, on how many workers. Pure data; nothing is sent by making it.
 */
export interface Plan {
  readonly cells: readonly Cell[];
  readonly preWarm: Cell | null;
  readonly workers: number;
  /** Which connections are held idle before the load, or why none are; null where nothing asks for it. */
  readonly idleMemory: IdleMemoryPlan | null;
  /** Every cell that can be is run again, right after itself, against an echo that does nothing else. */
  readonly nullTwin: boolean;
  /** How workers wake up; what `auto` stood for. */
  readonly pacing: Pacing;
  /** SHA-256 over the cells; equal plans have equal hashes, whatever the number of workers. */
  readonly hash: string;
  readonly estimate: PlanEstimate;
}

export interface PlanEstimate {
  /** With the null twins. */
  readonly totalMs: number;
  /** Of the null twins alone; 0 where none is run. */
  readonly twinMs: number;
  /** Of the connections held idle before the load; 0 where none are. */
  readonly idleMs: number;
  readonly connections: number;
  /** Messages due in warm-up and measure phases; null where replies set the pace (closed). */
  readonly messages: number | null;
  readonly peakConnections: number;
  readonly peakRatePerSecond: number;
  /** In-flight tables of all workers at the largest cell. */
  readonly tableBytes: number;
}

/** Time that a cell takes beyond its planned phases when all goes well: drain, close, the server's files closed. */
const CLOSE_ALLOWANCE_MS = 600;

const CONNECTIONS_PER_WORKER = 500;
const RATE_PER_WORKER = 20_000;

/** The number of workers where the profile says `auto`: enough for the largest cell, a core left to a local target. */
export function autoWorkers(cells: readonly Cell[], cores: number, localTarget: boolean): number {
  const connections = Math.max(0, ...cells.map(peakConnections));
  const rate = Math.max(0, ...cells.map((cell) => peakRate(cell) ?? 0));
  const wanted = Math.max(Math.ceil(connections / CONNECTIONS_PER_WORKER), Math.ceil(rate / RATE_PER_WORKER), 1);
  return Math.min(wanted, Math.max(1, localTarget ? cores - 1 : cores));
}

/** The most messages due in a second, over all workers; null where replies set the pace. */
function wakesPerSecond(cells: readonly Cell[]): number | null {
  if (cells.some(({ model }) => model === 'closed')) return null;
  return Math.max(0, ...cells.map((cell) => peakRate(cell) ?? 0));
}

/** The cells of a profile, how many workers they need, and an estimate of what the run takes. Sends nothing. */
export function planOf(
  profile: Profile,
  options: {
    readonly only: readonly string[];
    readonly cores: number;
    readonly localTarget: boolean;
    readonly nullTwin?: boolean;
    /** What may ask for the memory of idle connections; absent: nothing. */
    readonly idleMemory?: IdleMemoryWish;
  },
): Plan {
  const cells = selectCells(cellsOf(profile), options.only);
  // A server that was running before is not loaded beyond what was asked for; its warm-up is the cell's own.
  const preWarm = profile.target.kind === 'url' ? null : preWarmCell(cells);
  const { cores, localTarget, nullTwin = false } = options;
  const wish = options.idleMemory;
  const idleMemory = wish === undefined ? null : idleMemoryPlan(profile, cells, wish, localTarget);
  const workers = profile.workers === 'auto' ? autoWorkers(cells, cores, localTarget) : profile.workers;
  const freeCores = cores - workers - (localTarget ? 1 : 0);
  return {
    cells,
    preWarm,
    ...{ workers, nullTwin, idleMemory },
    pacing: profile.pacing === 'auto' ? automaticPacing(wakesPerSecond(cells), freeCores, workers) : profile.pacing,
    hash: createHash('sha256').update(JSON.stringify(cells)).digest('hex'),
    estimate: estimateOf(cells, preWarm, nullTwin ? nullTwins(cells) : [], idleMemory),
  };
}

/** The messages that all null twins together send. */
function nullTwins(cells: readonly Cell[]): Cell[] {
  return [twinPreWarm(cells), ...cells.map((cell) => twinOf(cell).cell)].filter((cell) => cell !== null);
}

function estimateOf(
  cells: readonly Cell[],
  preWarm: Cell | null,
  twins: readonly Cell[],
  idle: IdleMemoryPlan | null,
): PlanEstimate {
  const own = preWarm === null ? cells : [preWarm, ...cells];
  const closed = cells.some((cell) => cell.model === 'closed');
  const timeOf = (all: readonly Cell[]) => all.reduce((sum, cell) => sum + cellMs(cell), 0);
  const held = idle === null || idle.cell === null ? null : idle;
  const idleMs = held === null ? 0 : idleMemoryMs(held);
  const idleConnections = held === null ? 0 : peakConnections(held.cell);
  return {
    totalMs: timeOf(own) + timeOf(twins) + idleMs,
    twinMs: timeOf(twins),
    idleMs,
    connections: cells.reduce((sum, cell) => sum + peakConnections(cell), idleConnections),
    messages: closed ? null : cells.reduce((sum, cell) => sum + plannedMessages(cell), 0),
    peakConnections: Math.max(0, ...cells.map(peakConnections)),
    peakRatePerSecond: Math.max(0, ...cells.map((cell) => peakRate(cell) ?? 0)),
    tableBytes: Math.max(0, ...cells.map((cell) => ringSlots(cell) * peakConnections(cell) * BYTES_PER_SLOT)),
  };
}

/** About how long a cell takes from its first connect to its last close, ms. */
export function cellMs(cell: Cell): number {
  const connectMs = (cell.connections.from / cell.connectRate) * 1000;
  return connectMs + cell.warmupMs + cell.durationMs + CLOSE_ALLOWANCE_MS;
}

/** Messages due in a cell, warm-up included; for Poisson arrivals the expected number. */
export function plannedMessages(cell: Cell): number {
  if (!sends(cell) || cell.rate === null) return 0;
  const { from, to } = cell.rate;
  return Math.round((from * cell.warmupMs) / 1000 + (((from + to) / 2) * cell.durationMs) / 1000);
}
