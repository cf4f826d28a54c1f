/** The value of a threshold's metric over some cells. */
import type { CellResult } from '../metrics/cell-result.js';
import type { CounterName } from '../metrics/counters.js';
import { METRICS } from '../profile/metrics.js';
import type { MetricName, Threshold } from '../profile/profile.js';
import { leastSquares } from '../stats/least-squares.js';
import { formatBytes, formatCount } from '../units.js';
import { measuredMs } from './cell-facts.js';
import { MEMORY_FIT } from './limits.js';
import { exactly, type Measured, unknown } from './measured.js';
import { measuredTrend } from './trends.js';

/** Sums over cells: each a count of one cell. */
const COUNTS: Readonly<Partial<Record<MetricName, (cell: CellResult, threshold: Threshold) => number>>> = {
  ws_sessions: (cell) => cell.connections.opened,
  ws_msgs_sent: (cell) => messages(cell, 'sent'),
  ws_msgs_received: (cell) => messages(cell, 'received'),
  ws_msgs_lost: (cell) => messages(cell, 'lost'),
  ws_msgs_duplicated: (cell) => messages(cell, 'duplicated'),
  ws_msgs_reordered: (cell) => messages(cell, 'reordered'),
  ws_msgs_corrupted: (cell) => messages(cell, 'corrupted'),
  ws_msgs_misdelivered: (cell) => messages(cell, 'misdelivered'),
  ws_close_codes: closeCodes,
};

/** Counts of trouble: without any traffic, zero of them means nothing. */
const TROUBLE: ReadonlySet<MetricName> = new Set([
  'ws_msgs_lost',
  'ws_msgs_duplicated',
  'ws_msgs_reordered',
  'ws_msgs_corrupted',
  'ws_msgs_misdelivered',
]);

/** True for metrics that only ever grow while a cell runs. */
export function isCount(metric: MetricName): boolean {
  return METRICS[metric].type === 'counter';
}

/** The metric over `cells`, at least one, in its base unit. */
export function measure(threshold: Threshold, cells: readonly CellResult[]): Measured {
  const { metric } = threshold;
  const count = COUNTS[metric];
  if (count !== undefined) return counted(threshold, cells, count);
  if (METRICS[metric].type === 'trend') return measuredTrend(threshold, cells);
  if (metric === 'ws_msgs_answered') return answered(cells);
  if (metric === 'ws_connections_held') return exactly(Math.min(...cells.map(({ connections }) => connections.held)));
  if (metric === 'server_cpu_percent') return serverCpu(cells);
  return memoryPerConnection(cells);
}

function messages(cell: CellResult, name: CounterName | 'lost'): number {
  return cell.flows.reduce((sum, flow) => sum + flow.messages[name], 0);
}

function closeCodes(cell: CellResult, { selector }: Threshold): number {
  const wanted = selector['code'];
  return cell.closeCodes
    .filter(({ code }) => wanted === undefined || String(code) === wanted)
    .reduce((sum, { count }) => sum + count, 0);
}

function sumOver(cells: readonly CellResult[], of: (cell: CellResult) => number): number {
  return cells.reduce((sum, cell) => sum + of(cell), 0);
}

function counted(
  threshold: Threshold,
  cells: readonly CellResult[],
  of: (cell: CellResult, threshold: Threshold) => number,
): Measured {
  const traffic = sumOver(cells, (cell) => messages(cell, 'planned') + messages(cell, 'received'));
  if (TROUBLE.has(threshold.metric) && traffic === 0) return unknown('no messages');
  const sum = sumOver(cells, (cell) => of(cell, threshold));
  if (threshold.aggregation.kind !== 'rate') return exactly(sum);
  const seconds = sumOver(cells, measuredMs) / 1000;
  return seconds > 0 ? exactly(sum / seconds, 'per second') : unknown('no measured time');
}

function answered(cells: readonly CellResult[]): Measured {
  const planned = sumOver(cells, (cell) => messages(cell, 'planned'));
  const count = sumOver(cells, (cell) => messages(cell, 'answered'));
  return planned === 0 ? unknown('no messages were planned') : exactly(count / planned);
}

/** The busiest of the cells: an average over loads would hide the one that matters. */
function serverCpu(cells: readonly CellResult[]): Measured {
  let most = 0;
  for (const { server } of cells) {
    if (server.status === 'unavailable') return unknown(`n/a: ${server.reason}`);
    if (server.cpuPercent === null) return unknown('n/a: the CPU time of the server could not be read');
    most = Math.max(most, server.cpuPercent);
  }
  return exactly(most);
}

/** What the memory did where it did not follow the connections: often they cost less than the server's own noise. */
function spreadOf(points: readonly (readonly [connections: number, bytes: number])[]): string {
  const memory = points.map(([, bytes]) => bytes);
  const range = Math.max(...memory) - Math.min(...memory);
  const connections = points.map(([count]) => count);
  const added = Math.max(...connections) - Math.min(...connections);
  return `idle memory moved by ${formatBytes(range)}, not in step with ${formatCount(added)} more connections`;
}

/** Slope of idle memory over open connections, bytes, over one load's rising connection counts. */
function memoryPerConnection(cells: readonly CellResult[]): Measured {
  const sweep = risingSweep(cells);
  if (sweep === null) return unknown(`n/a: needs ${MEMORY_FIT.points} rising connection counts of one load`);
  const points: [number, number][] = [];
  for (const { server, connections } of sweep) {
    if (server.status === 'unavailable') return unknown(`n/a: ${server.reason}`);
    if (server.idleRssBytes === null) return unknown('n/a: the memory of the server could not be read');
    // Memory is read before connections are replaced: what opened later has no part in it.
    points.push([Math.min(connections.opened, connections.asked), server.idleRssBytes]);
  }
  const line = leastSquares(points);
  if (line === null) return unknown('n/a: the same number of connections opened in every cell');
  const note = `r2 ${(Math.floor(line.r2 * 1000) / 1000).toFixed(line.r2 < MEMORY_FIT.r2 ? 2 : 3)}`;
  return line.r2 < MEMORY_FIT.r2 ? unknown(`${note}: ${spreadOf(points)}`) : exactly(line.slope, note);
}

/**
 * The first load with enough rising connection counts, reduced to the cells that had more than every one before: memory that
 * a larger cell left behind would hide in a smaller one after it.
 */
function risingSweep(cells: readonly CellResult[]): readonly CellResult[] | null {
  for (const load of new Set(cells.map((cell) => cell.load))) {
    const rising: CellResult[] = [];
    for (const cell of cells) {
      const most = rising.at(-1)?.axes.connections ?? 0;
      if (cell.load === load && cell.axes.connections > most) rising.push(cell);
    }
    if (rising.length >= MEMORY_FIT.points) return rising;
  }
  return null;
}
