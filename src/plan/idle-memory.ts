/**
 * The plan for measuring the server's memory per idle connection: which connections are held, in which steps, or why
 * none are. It is measured before any load, on a fresh server: after a load, connections would reuse memory that the
 * load had freed, and would seem to cost nothing.
 */
import type { Profile } from '../profile/profile.js';
import { type Cell, peakConnections } from './cell.js';

export type IdleMemoryPlan =
  | { readonly cell: Cell; readonly steps: readonly number[]; readonly reason: null }
  | { readonly cell: null; readonly reason: string };

/** Fewer connections take less memory than the memory of a process changes by itself. */
export const LEAST_IDLE = 20;

/** After the last connect of a step the server gets this long to collect its garbage, ms. */
export const IDLE_REST_MS = 700;
/** Then its memory is read so many times, one reading each `IDLE_READ_EVERY_MS`. */
export const IDLE_READINGS = 5;
export const IDLE_READ_EVERY_MS = 80;

const STEPS = 4;
const CLOSE_ALLOWANCE_MS = 600;

/** What makes the run measure it. `asked`: a threshold or the profile. `auto`: a sweep of connections too. */
export type IdleMemoryWish = 'auto' | 'asked';

/** Null if nothing asks for it. `isLocal`: the server's process is on this machine. `byAgents`: other machines make the load. */
export function idleMemoryPlan(
  { idleMemory, thresholds, target }: Pick<Profile, 'idleMemory' | 'thresholds' | 'target'>,
  cells: readonly Cell[],
  wish: IdleMemoryWish,
  isLocal: boolean,
  byAgents = false,
): IdleMemoryPlan | null {
  if (idleMemory === false) return none('the profile says idleMemory: false');
  const isAsked = idleMemory === true || thresholds.some(({ metric }) => metric === 'server_rss_per_connection');
  if (!isAsked && (wish === 'asked' || !hasSweep(cells))) return null;
  if (byAgents && target.pid === 'auto') {
    return none('it is not measured with agents, unless target.pid names a process of this machine');
  }
  if (!isLocal && target.pid === 'auto') {
    return none('the server is not on this machine, or not seen to be: name its process with target.pid if it is');
  }
  const largest = cells.reduce<Cell | null>(
    (most, cell) => (most === null || peakConnections(cell) > peakConnections(most) ? cell : most),
    null,
  );
  return largest === null ? null : idleSteps(largest, peakConnections(largest));
}

/** Opens `connections` connections in the same way as the template, and sends nothing. */
function idleSteps(template: Cell, connections: number): IdleMemoryPlan {
  if (connections < LEAST_IDLE) {
    return none(`it takes ${LEAST_IDLE} connections to tell what one takes, the plan has ${connections}`);
  }
  return {
    cell: {
      ...template,
      ...{ id: 'idle-memory', load: 'idle-memory', model: 'listen', arrival: 'constant', rate: null },
      connections: { from: connections, to: connections },
      axes: { connections, rate: null },
      ...{ lifetime: null, reconnect: { ...template.reconnect, policy: 'never' }, events: [] },
      ...{ warmupMs: 0, durationMs: 1, drainMs: 0 },
    },
    steps: Array.from({ length: STEPS }, (_, i) => Math.round(((i + 1) * connections) / STEPS)),
    reason: null,
  };
}

/** About how long it takes, ms. */
export function idleMemoryMs({ cell, steps }: Extract<IdleMemoryPlan, { reason: null }>): number {
  const connectMs = (cell.connections.to / cell.connectRate) * 1000;
  const lookMs = IDLE_REST_MS + IDLE_READINGS * IDLE_READ_EVERY_MS;
  return connectMs + (steps.length + 1) * lookMs + CLOSE_ALLOWANCE_MS;
}

function hasSweep(cells: readonly Cell[]): boolean {
  return cells.some(({ load, axes }) =>
    cells.some((other) => other.load === load && other.axes.connections !== axes.connections),
  );
}

function none(reason: string): IdleMemoryPlan {
  return { cell: null, reason };
}
