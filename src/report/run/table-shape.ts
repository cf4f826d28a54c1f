/**
 * The table of a load. Its shape follows from the planned cells, so that rows can be printed as they complete.
 */
import { MODELS } from '../../plan/models.js';
import type { Arrival, Model } from '../../profile/profile.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount } from '../../units.js';
import type { ColumnHead, Trait } from './column.js';
import { columnsOf, type TableKind } from './columns.js';

/** The facts of a cell that decide its table. Planned and measured cells both have them. */
export interface CellShape {
  readonly id: string;
  readonly load: string;
  readonly model: Model;
  readonly arrival: Arrival;
  readonly ramp: boolean;
  readonly axes: { readonly connections: number; readonly rate: number | null };
  /** Absent if it has none. */
  readonly traits?: readonly Trait[];
}

export interface TableShape {
  readonly load: string;
  readonly kind: TableKind;
  /** The load's name, or the cell's where a ramp has a table of its own. */
  readonly title: string;
  /** What all rows share, and what their latency is. */
  readonly subtitle: string;
  readonly columns: readonly ColumnHead[];
  /** Ids of the cells it shows, in order. */
  readonly cells: readonly string[];
  /** Of any of its cells; absent if none has any. */
  readonly traits?: readonly Trait[];
}

const NO_WAIT_COUNTED = 'the wait before sending is not counted';

/** One table a load, in the order of the cells; a ramp has one for each cell. */
export function tableShapes(cells: readonly CellShape[]): TableShape[] {
  const loads = new Map<string, CellShape[]>();
  for (const cell of cells) loads.set(cell.load, [...(loads.get(cell.load) ?? []), cell]);
  return [...loads.values()].flatMap((load) => {
    const steady = load.filter(({ ramp }) => !ramp);
    const ramps = load.filter(({ ramp }) => ramp).map((cell) => shapeOf([cell], 'ramp'));
    return steady.length === 0 ? ramps : [shapeOf(steady, kindOf(steady)), ...ramps];
  });
}

function kindOf(cells: readonly CellShape[]): TableKind {
  if (cells.every(({ model, axes }) => !MODELS[model].sends || axes.rate === 0)) return 'hold';
  const rates = distinct(cells.map(({ axes }) => axes.rate)) > 1;
  const connections = distinct(cells.map(({ axes }) => axes.connections)) > 1;
  if (rates && connections) return 'matrix';
  return rates ? 'rate' : 'connections';
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}

function shapeOf(cells: readonly CellShape[], kind: TableKind): TableShape {
  const first = cells[0]!;
  const traits = [...new Set(cells.flatMap(({ traits = [] }) => traits))];
  return {
    load: first.load,
    kind,
    title: sanitize(kind === 'ramp' ? first.id : first.load, 60),
    subtitle: subtitleOf(first, kind, traits.includes('delivers') ? 'deliver time' : 'response time'),
    columns: columnsOf(kind, traits),
    cells: cells.map(({ id }) => id),
    ...(traits.length === 0 ? {} : { traits }),
  };
}

function subtitleOf({ model, arrival, axes }: CellShape, kind: TableKind, headline: string): string {
  if (kind === 'hold') return MODELS[model].sends ? 'connections held, no messages' : 'listening';
  if (MODELS[model].headline === 'service') return `service time · ${model}: ${NO_WAIT_COUNTED}`;
  const parts = [kind === 'ramp' ? `${headline}, per second` : headline, `${model}, ${arrival} arrivals`];
  if (kind === 'connections' && axes.rate !== null) parts.push(`${formatCount(axes.rate)} msg/s asked`);
  if (kind === 'rate') {
    parts.push(`${formatCount(axes.connections)} ${axes.connections === 1 ? 'connection' : 'connections'}`);
  }
  return parts.join(' · ');
}
