import { type Cell, peakConnections } from './cell.js';

/** A connection of a ramp starts connecting this long before messages count on it. */
const CONNECT_LEAD_MS = 500;

/**
 * When connection c of a cell starts to connect, microseconds from the start of the cell's connect phase
 * (`before: t0`) or from t0 (`before` false) for the connections a ramp adds while it runs.
 */
export function connectStart(cell: Cell, connection: number): { readonly beforeT0: boolean; readonly atUs: number } {
  const { from } = cell.connections;
  if (connection < from) return { beforeT0: true, atUs: (connection * 1e6) / cell.connectRate };
  const openUs = plannedOpenUs(cell, connection);
  return { beforeT0: false, atUs: Math.max(0, openUs - CONNECT_LEAD_MS * 1000) };
}

/** When a connection added by a ramp is planned to be open, us from t0: the middle of its step. */
function plannedOpenUs(cell: Cell, connection: number): number {
  const { from, to } = cell.connections;
  return cell.warmupMs * 1000 + ((connection - from + 0.5) / (to - from)) * cell.durationMs * 1000;
}

/** How many connections the plan has open at an instant, us from t0; at least 1. */
export function openConnectionsAt(cell: Cell, atUs: number): number {
  const { from, to } = cell.connections;
  const share = (atUs - cell.warmupMs * 1000) / (cell.durationMs * 1000);
  if (share <= 0) return Math.max(1, from);
  return Math.max(1, Math.min(peakConnections(cell), from + Math.floor((to - from) * share + 0.5)));
}
