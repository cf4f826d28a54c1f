/** The cost of a message: slopes of straight lines through the steps of a capacity search. */
import type { CellResult } from '../metrics/cell-result.js';
import { leastSquares } from '../stats/least-squares.js';
import { countsDeliveries, donePerSecond } from './done.js';
import { MEMORY_FIT } from './limits.js';

/** One step, with the kernel's memory for TCP sockets of this machine under load, bytes. */
export interface CostPoint {
  readonly cell: CellResult;
  readonly socketBytes: number | null;
}

export interface Cost {
  readonly what: string;
  readonly unit: 'bytes' | 'us';
  readonly per: 'message' | 'delivery';
  /** Null if no line explains the points. */
  readonly value: number | null;
  readonly r2: number | null;
  readonly points: number;
  readonly note: string | null;
}

type Point = readonly [x: number, y: number];

const US_PER_CPU_PERCENT = 10_000;

/**
 * Slopes over the steps by least squares, over the measured time. The kernel's memory is that of the whole machine, so
 * it holds both ends of a connection if both are here. A line that explains less than 90 % of the variance gives no
 * cost. Memory per connection is no slope over steps: `docs/decisions/memory-per-connection.md`.
 */
export function costsOf(points: readonly CostPoint[]): Cost[] {
  const per = (x: (point: CostPoint) => number | null, y: (point: CostPoint) => number | null): Point[] =>
    points.flatMap((point) => {
      const [at, value] = [x(point), y(point)];
      return at === null || value === null ? [] : [[at, value] as const];
    });
  const answered = ({ cell }: CostPoint) => (donePerSecond(cell) > 0 ? donePerSecond(cell) : null);
  const serverCpu = ({ cell: { server } }: CostPoint) =>
    server.status === 'measured' && server.cpuPercent !== null ? server.cpuPercent * US_PER_CPU_PERCENT : null;
  const unit = points.some(({ cell }) => countsDeliveries(cell)) ? 'delivery' : 'message';
  const socketMemory = per(answered, ({ socketBytes }) => socketBytes);
  return [
    cost('server CPU', { unit: 'us', per: unit }, per(answered, serverCpu)),
    cost('kernel memory of sockets', { unit: 'bytes', per: unit }, socketMemory),
  ].filter(({ points }) => points > 0);
}

function cost(what: string, of: Pick<Cost, 'unit' | 'per'>, points: readonly Point[]): Cost {
  const facts = { what, ...of, points: points.length };
  const distinct = new Set(points.map(([x]) => x)).size;
  const line = distinct < MEMORY_FIT.points ? null : leastSquares(points);
  if (line === null)
    return { ...facts, value: null, r2: null, note: `n/a: needs ${MEMORY_FIT.points} different steps` };
  if (line.r2 >= MEMORY_FIT.r2 && line.slope > 0) return { ...facts, value: line.slope, r2: line.r2, note: null };
  return { ...facts, value: null, r2: line.r2, note: 'n/a: it does not follow the load' };
}
