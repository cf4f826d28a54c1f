import { wireOf } from '../dialect/translate.js';
import { DEFAULT_MODEL } from '../profile/models.js';
import type { Load, Profile, Span } from '../profile/profile.js';
import { seedOf } from '../stats/rng.js';
import type { Cell } from './cell.js';
import { MODELS } from './models.js';

/** Every cell of a profile in the order it runs: loads as written, connections the outer axis, rates the inner. */
export function cellsOf(profile: Profile): Cell[] {
  return profile.load.flatMap((load) =>
    load.connections.flatMap((connections) =>
      (load.rates.length === 0 ? [null] : load.rates).map((rate) => cellOf(profile, load, connections, rate)),
    ),
  );
}

function cellOf(profile: Profile, load: Load, connections: Span, rate: Span | null): Cell {
  const total = rate === null ? null : totalRate(load, connections, rate);
  const id = `${load.name}/${axesName(load, connections, rate)}`;
  return {
    id,
    load: load.name,
    model: load.model,
    arrival: load.arrival,
    connections,
    rate: total,
    axes: { connections: connections.to, rate: total === null ? null : total.to },
    inFlight: load.inFlight,
    thinkMs: load.thinkMs,
    message: load.message,
    reply: load.reply,
    warmupMs: load.warmupMs,
    durationMs: load.durationMs,
    drainMs: load.drainMs,
    connectRate: load.connectRate,
    connectTimeoutMs: load.connectTimeoutMs,
    maxInFlight: load.maxInFlight,
    seed: seedOf(profile.seed, id),
    lifetime: load.lifetime,
    reconnect: load.reconnect,
    ...(load.keepAliveMs === null ? {} : { keepAliveMs: load.keepAliveMs }),
    ...(load.fairness === undefined ? {} : { fairness: load.fairness }),
    events: load.events,
    ...(load.talk === null ? {} : { wire: wireOf(profile.protocol, load.talk, load.reply.field) }),
  };
}

function totalRate(load: Load, connections: Span, rate: Span): Span {
  if (load.ratePer === 'total') return rate;
  return { from: rate.from * connections.from, to: rate.to * connections.to };
}

function axesName(load: Load, connections: Span, rate: Span | null): string {
  const parts = [`c${spanName(connections)}`];
  if (rate !== null) parts.push(`${load.ratePer === 'total' ? 'r' : 'rpc'}${spanName(rate)}`);
  if (load.model !== DEFAULT_MODEL) parts.push(load.model);
  return parts.join('-');
}

function spanName(span: Span): string {
  return span.from === span.to ? String(span.from) : `${span.from}..${span.to}`;
}

/** The cells named by `--only`: a load's name takes all its cells, a cell's id that one. */
export function selectCells(cells: readonly Cell[], only: readonly string[]): Cell[] {
  if (only.length === 0) return [...cells];
  return cells.filter((cell) => only.includes(cell.load) || only.includes(cell.id));
}

const PRE_WARM_MS = 3000;

/**
 * The pre-warm cell, whose results are thrown away. It comes first if wsurge starts the server: the p50 of a cold
 * server is up to 1.5 times that of a warm one. It runs at the plan's highest rate, for 3 s at most and no longer than
 * the longest cell. Null if no cell sends messages.
 */
export function preWarmCell(cells: readonly Cell[]): Cell | null {
  let hottest: Cell | null = null;
  for (const cell of cells) {
    if (!sends(cell)) continue;
    if (hottest === null || (cell.rate?.to ?? 0) > (hottest.rate?.to ?? 0)) hottest = cell;
  }
  if (hottest === null) return null;
  const longestMs = Math.max(...cells.map((cell) => cell.warmupMs + cell.durationMs));
  const steady = <T extends Span | null>(span: T): T => (span === null ? span : ({ from: span.to, to: span.to } as T));
  return {
    ...hottest,
    id: 'pre-warm',
    load: 'pre-warm',
    connections: steady(hottest.connections),
    rate: steady(hottest.rate),
    lifetime: null,
    events: [],
    warmupMs: 0,
    durationMs: Math.min(PRE_WARM_MS, longestMs),
  };
}

/** True if the cell sends any messages. */
export function sends(cell: Cell): boolean {
  const { pacedBy } = MODELS[cell.model];
  if (pacedBy === 'plan') return cell.rate !== null && (cell.rate.from > 0 || cell.rate.to > 0);
  return MODELS[cell.model].sends;
}
