import { createHash } from 'node:crypto';
import type { Profile } from '../profile/profile.js';
import { type Cell, peakConnections, peakRate } from './cell.js';
import { cellsOf, preWarmCell, selectCells, sends } from './cells.js';
import { boardBytes, boardLayout, peakDeliveries } from './fanout.js';
import { type IdleMemoryPlan, type IdleMemoryWish, idleMemoryMs, idleMemoryPlan } from './idle-memory.js';
import { MODELS } from './models.js';
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
  /** Which connections are opened idle before the load, or why none are; null if nothing asks for it. */
  readonly idleMemory: IdleMemoryPlan | null;
  /** True if every cell that can have a null twin is followed by it. */
  readonly nullTwin: boolean;
  /** How workers wake up, after `auto` was resolved. */
  readonly pacing: Pacing;
  /** SHA-256 over the cells; equal plans have equal hashes, whatever the number of workers. */
  readonly hash: string;
  readonly estimate: PlanEstimate;
}

export interface PlanEstimate {
  /** With the null twins. */
  readonly totalMs: number;
  /** Time of the null twins alone; 0 without them. */
  readonly twinMs: number;
  /** Time of the idle connections before the load; 0 without them. */
  readonly idleMs: number;
  readonly connections: number;
  /** Messages due in warm-up and measure phases; null if replies set the pace (closed). */
  readonly messages: number | null;
  readonly peakConnections: number;
  readonly peakRatePerSecond: number;
  /** In-flight tables of all workers at the largest cell. */
  readonly tableBytes: number;
  /** The board of the largest cell; 0 if none has fan-out. */
  readonly boardBytes: number;
}

/** Time that a cell takes beyond its planned phases when all goes well: drain, close, the server's files closed. */
const CLOSE_ALLOWANCE_MS = 600;

const CONNECTIONS_PER_WORKER = 500;
const RATE_PER_WORKER = 20_000;

/**
 * The number of workers if the profile says `auto`: enough for the largest cell. One core is left to a local target.
 */
export function autoWorkers(cells: readonly Cell[], cores: number, localTarget: boolean): number {
  const connections = Math.max(0, ...cells.map(peakConnections));
  const rate = Math.max(0, ...cells.map((cell) => (peakRate(cell) ?? 0) + peakDeliveries(cell)));
  const wanted = Math.max(Math.ceil(connections / CONNECTIONS_PER_WORKER), Math.ceil(rate / RATE_PER_WORKER), 1);
  return Math.min(wanted, Math.max(1, localTarget ? cores - 1 : cores));
}

/** True if nobody can tell beforehand how many messages the cell sends. */
function isPacedByReplies({ model }: Cell): boolean {
  return MODELS[model].pacedBy === 'replies';
}

/** The most messages due in a second, over all workers; null if replies set the pace. */
function wakesPerSecond(cells: readonly Cell[]): number | null {
  if (cells.some(isPacedByReplies)) return null;
  return Math.max(0, ...cells.map((cell) => peakRate(cell) ?? 0));
}

/** The cells of a profile, how many workers they need, and an estimate of what the run takes. Sends nothing. */
export function planOf(
  profile: Profile,
  options: {
    readonly only: readonly string[];
    readonly cores: number;
    readonly localTarget: boolean;
    /** With several machines: how many workers they have for these cells, and cores that none of them needs. */
    readonly split?: (cells: readonly Cell[]) => { readonly workers: number; readonly freeCores: number };
    readonly nullTwin?: boolean;
    /** What may ask for the memory of idle connections; absent: nothing. */
    readonly idleMemory?: IdleMemoryWish;
  },
): Plan {
  const cells = selectCells(cellsOf(profile), options.only);
  // A server that was already running gets no load that the user did not ask for; it is warmed up by the cells' own
  // warm-up.
  const preWarm = profile.target.kind === 'url' ? null : preWarmCell(cells);
  const { cores, localTarget, split, nullTwin = false } = options;
  const wish = options.idleMemory;
  const idleMemory = wish === undefined ? null : idleMemoryPlan(profile, cells, wish, localTarget, split !== undefined);
  const { workers, freeCores } = split?.(cells) ?? ofOneMachine(profile.workers, cells, { cores, localTarget });
  return {
    cells,
    preWarm,
    ...{ workers, nullTwin, idleMemory },
    pacing: profile.pacing === 'auto' ? automaticPacing(wakesPerSecond(cells), freeCores, workers) : profile.pacing,
    hash: createHash('sha256').update(JSON.stringify(cells)).digest('hex'),
    estimate: estimateOf(cells, preWarm, nullTwin ? nullTwins(cells) : [], idleMemory, workers),
  };
}

function ofOneMachine(
  asked: Profile['workers'],
  cells: readonly Cell[],
  { cores, localTarget }: { readonly cores: number; readonly localTarget: boolean },
) {
  const workers = asked === 'auto' ? autoWorkers(cells, cores, localTarget) : asked;
  return { workers, freeCores: cores - workers - (localTarget ? 1 : 0) };
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
  workers: number,
): PlanEstimate {
  const own = preWarm === null ? cells : [preWarm, ...cells];
  const timeOf = (all: readonly Cell[]) => all.reduce((sum, cell) => sum + cellMs(cell), 0);
  const held = idle === null || idle.cell === null ? null : idle;
  const idleMs = held === null ? 0 : idleMemoryMs(held);
  const idleConnections = held === null ? 0 : peakConnections(held.cell);
  return {
    totalMs: timeOf(own) + timeOf(twins) + idleMs,
    twinMs: timeOf(twins),
    idleMs,
    connections: cells.reduce((sum, cell) => sum + peakConnections(cell), idleConnections),
    messages: cells.some(isPacedByReplies) ? null : cells.reduce((sum, cell) => sum + plannedMessages(cell), 0),
    peakConnections: Math.max(0, ...cells.map(peakConnections)),
    peakRatePerSecond: Math.max(0, ...cells.map((cell) => peakRate(cell) ?? 0)),
    tableBytes: Math.max(0, ...cells.map((cell) => ringSlots(cell) * peakConnections(cell) * BYTES_PER_SLOT)),
    boardBytes: Math.max(0, ...cells.map((cell) => bytesOfBoard(cell, workers))),
  };
}

function bytesOfBoard(cell: Cell, workers: number): number {
  const layout = boardLayout(cell, workers);
  return layout === null ? 0 : boardBytes(layout);
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
