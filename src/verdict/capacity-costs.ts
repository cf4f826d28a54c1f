/** The cost of a connection and of a message: slopes of straight lines through the steps of a capacity search. */
import type { CellResult } from '../metrics/cell-result.js';
import { leastSquares } from '../stats/least-squares.js';
import { donePerSecond } from './done.js';
import { MEMORY_FIT } from './limits.js';

/** One step, with the kernel's memory for TCP sockets of this machine, bytes. */
export interface CostPoint {
  readonly cell: CellResult;
  readonly idleSocketBytes: number | null;
  readonly socketBytes: number | null;
}

export interface Cost {
  readonly what: string;
  readonly unit: 'bytes' | 'us';
  readonly per: 'connection' | 'message';
  /** Null where no line explains the points. */
  readonly value: number | null;
  readonly r2: number | null;
  readonly points: number;
  readonly note: string | null;
}

type Point = readonly [x: number, y: number];

const US_PER_CPU_PERCENT = 10_000;

/**
 * Slopes over the steps by least squares. Memory per connection is read before the first message, CPU per message over the
 * measured time. The kernel's memory is that of the whole machine, so it holds both ends of a connection if both are
 * here. A line that explains less than 90 % of the variance gives no cost.
 */
export function costsOf(points: readonly CostPoint[]): Cost[] {
  const per = (x: (point: CostPoint) => number | null, y: (point: CostPoint) => number | null): Point[] =>
    points.flatMap((point) => {
      const [at, value] = [x(point), y(point)];
      return at === null || value === null ? [] : [[at, value] as const];
    });
  const connections = ({ cell }: CostPoint) => Math.min(cell.connections.opened, cell.connections.asked);
  const answered = ({ cell }: CostPoint) => (donePerSecond(cell) > 0 ? donePerSecond(cell) : null);
  const server = (of: 'idleRssBytes' | 'cpuPercent', factor: number) => (point: CostPoint) => {
    const { server } = point.cell;
    return server.status === 'measured' && server[of] !== null ? server[of] * factor : null;
  };
  return [
    cost('server memory (RSS)', 'bytes', 'connection', per(connections, server('idleRssBytes', 1))),
    cost(
      'kernel memory of sockets',
      'bytes',
      'connection',
      per(connections, ({ idleSocketBytes }) => idleSocketBytes),
    ),
    cost('server CPU', 'us', 'message', per(answered, server('cpuPercent', US_PER_CPU_PERCENT))),

    cost(
      'kernel memory of sockets',
      'bytes',
      'message',
      per(answered, ({ socketBytes }) => socketBytes),
    ),
  ].filter(({ points }) => points > 0);
}

function cost(what: string, unit: Cost['unit'], per: Cost['per'], points: readonly Point[]): Cost {
  const facts = { what, unit, per, points: points.length };
  const distinct = new Set(points.map(([x]) => x)).size;
  const line = distinct < MEMORY_FIT.points ? null : leastSquares(points);
  if (line === null)
    return { ...facts, value: null, r2: null, note: `n/a: needs ${MEMORY_FIT.points} different steps` };
  if (line.r2 >= MEMORY_FIT.r2 && line.slope > 0) return { ...facts, value: line.slope, r2: line.r2, note: null };
  return { ...facts, value: null, r2: line.r2, note: 'n/a: it does not follow the load' };
}
