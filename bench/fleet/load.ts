import type { Cell } from '../../src/plan/cell.js';
import { benchCell } from '../cell.js';

export const FLEET = 'bench';
/** Each simulated agent. */
export const FLEET_LINE = { workers: 4, messages: 4000, connections: 100 } as const;

export const idOf = (agent: number): string => `a${String(agent).padStart(4, '0')}-00000000`;
export const nameOf = (agent: number): string => `a${String(agent).padStart(4, '0')}`;

/** The load of all agents together. No connection of it is opened. */
export function fleetCell(agents: number, seconds: number): Cell {
  const { messages, connections } = FLEET_LINE;
  const load = { connections: agents * connections, rate: agents * messages, seconds };
  return { ...benchCell({ model: 'open', ...load }), warmupMs: 0, drainMs: 1000 };
}
