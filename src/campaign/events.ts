import type { CellEvent } from '../coordinator/cell-events.js';
import type { CellResult } from '../metrics/cell-result.js';
import type { ServerSecond } from '../metrics/seconds/server-second.js';
import type { Cell } from '../plan/cell.js';

/**
 * Why a cell runs: for its result, to warm up the server, or for the baseline: on the echo of the null twins, whose
 * warm-up is one of them.
 */
export type CellRole = 'measured' | 'pre-warm' | 'baseline';

/** Of which cell an event tells. */
interface OfCell {
  readonly cell: Cell;
  readonly role: CellRole;
}

/**
 * Everything that happens while a campaign runs, in the order in which it happens. Of cells that run for no result of
 * their own only phases, seconds and agents that leave are told: their lines are thrown away.
 */
export type CampaignEvent =
  /** Before any load: idle connections are about to be held, and how many there will be in the end. */
  | { readonly type: 'idle-memory'; readonly connections: number; readonly of: number }
  /** A measured cell is about to run. `ordinal` counts from 0. */
  | { readonly type: 'cell-start'; readonly cell: Cell; readonly ordinal: number }
  | (Extract<CellEvent, { type: 'phase' | 'second' | 'agent-left' }> & OfCell)
  /** A worker's line of a measured cell. */
  | Extract<CellEvent, { type: 'line' | 'agent-second' }>
  /** The server's process and this machine in one second of the measured time. */
  | { readonly type: 'server-second'; readonly second: ServerSecond }
  /** A measured cell has its result. */
  | { readonly type: 'cell'; readonly cell: Cell; readonly result: CellResult };

/**
 * Takes every event. A sink never throws and does not depend on the order of sinks. A sink never waits, with one
 * exception: `--events -` writes to stdout, and a write to a full pipe holds this thread up until somebody reads.
 */
export type EventSink = (event: CampaignEvent) => void;

/** One sink that hands every event to each of `sinks`. */
export function toAll(sinks: readonly EventSink[]): EventSink {
  return (event) => {
    for (const sink of sinks) sink(event);
  };
}

/** Tells `sink` what happens in one cell. */
export function ofCell(cell: Cell, role: CellRole, sink: EventSink): (event: CellEvent) => void {
  return (event) => {
    const isOfAny = event.type === 'phase' || event.type === 'second' || event.type === 'agent-left';
    if (isOfAny) sink({ ...event, cell, role });
    else if (role === 'measured') sink(event);
  };
}
