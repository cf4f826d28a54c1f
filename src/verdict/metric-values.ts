/** The value of a threshold's metric over some cells. */
import type { CellResult } from '../metrics/cell-result.js';
import { awaitedOf } from '../metrics/censored.js';
import type { CounterName } from '../metrics/counters.js';
import { flowOf } from '../metrics/flow.js';
import type { IdleMemory } from '../metrics/idle-memory.js';
import { METRICS } from '../profile/metrics.js';
import type { MetricName, Threshold } from '../profile/profile.js';
import { leastOf } from '../stats/extremes.js';
import { measuredMs } from './cell-facts.js';
import { deliverTime, notOwed } from './deliver-times.js';
import { NOBODY_OWED } from './deliveries-text.js';
import {
  connectTime,
  pingTime,
  responseTime,
  sendLag,
  serviceTime,
  sessionDuration,
  sessionTime,
  stepTime,
} from './distributions.js';
import { exactly, type Measured, unknown } from './measured.js';

/** `cells`: at least one. `idle`: the memory measured before the load. */
type Measure = (threshold: Threshold, cells: readonly CellResult[], idle: IdleMemory | undefined) => Measured;

const MEASURES: Readonly<Record<MetricName, Measure>> = {
  ws_connecting: connectTime,
  ws_session_time: sessionTime,
  ws_step_time: stepTime,
  ws_session_duration: sessionDuration,
  ws_ping: pingTime,
  ws_response_time: responseTime,
  ws_service_time: serviceTime,
  ws_send_lag: sendLag,
  ws_deliver_time: deliverTime,
  ws_deliver_first: deliverTime,
  ws_deliver_last: deliverTime,
  ws_deliver_spread: deliverTime,
  ws_sessions: counted((cell) => cell.connections.opened),
  ws_msgs_sent: counted((cell) => messages(cell, 'sent')),
  ws_msgs_received: counted((cell) => messages(cell, 'received')),
  ws_msgs_lost: counted((cell) => messages(cell, 'lost')),
  ws_msgs_duplicated: counted((cell) => messages(cell, 'duplicated')),
  ws_msgs_reordered: counted((cell) => messages(cell, 'reordered')),
  ws_msgs_corrupted: counted((cell) => messages(cell, 'corrupted')),
  ws_msgs_misdelivered: counted((cell) => messages(cell, 'misdelivered')),
  ws_msgs_failed: counted((cell) => messages(cell, 'failed')),
  ws_msgs_blocked: counted((cell) => messages(cell, 'blocked')),
  ws_msgs_counted: counted((cell) => messages(cell, 'counted')),
  ws_msgs_delivered: counted((cell) => messages(cell, 'delivered')),
  ws_msgs_missed: counted((cell) => messages(cell, 'missed')),
  ws_msgs_redelivered: counted((cell) => messages(cell, 'redelivered')),
  ws_close_codes: counted(closeCodes),
  ws_msgs_answered: (_threshold, cells) => answered(cells),
  ws_reach: (_threshold, cells) => reach(cells),
  ws_connections_held: (_threshold, cells) => exactly(leastOf(cells.map(({ connections }) => connections.held))),
  server_cpu_percent: (_threshold, cells) => serverCpu(cells),
  server_rss_per_connection: (_threshold, _cells, idle) => memoryPerConnection(idle),
};

/** True for metrics that only ever grow while a cell runs. */
export function isCount(metric: MetricName): boolean {
  return METRICS[metric].type === 'counter';
}

/** The metric over `cells` (at least one) in its base unit. `idle`: the memory measured before the load. */
export function measure(threshold: Threshold, cells: readonly CellResult[], idle?: IdleMemory): Measured {
  const why = METRICS[threshold.metric].ofDeliveries === true ? notOwed(threshold, cells) : null;
  if (why !== null) return unknown(why);
  return MEASURES[threshold.metric](threshold, cells, idle);
}

function messages(cell: CellResult, name: CounterName | 'lost'): number {
  return flowOf(cell).messages[name];
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

/** A sum over cells, or their mean rate: `of` is the count of one cell. */
function counted(of: (cell: CellResult, threshold: Threshold) => number): Measure {
  return (threshold, cells) => {
    const traffic = sumOver(cells, (cell) => messages(cell, 'planned') + messages(cell, 'received'));
    if (METRICS[threshold.metric].needsMessages === true && traffic === 0) return unknown('no messages');
    const sum = sumOver(cells, (cell) => of(cell, threshold));
    if (threshold.aggregation.kind !== 'rate') return exactly(sum);
    const seconds = sumOver(cells, measuredMs) / 1000;
    return seconds > 0 ? exactly(sum / seconds, 'per second') : unknown('no measured time');
  };
}

function reach(cells: readonly CellResult[]): Measured {
  const delivered = sumOver(cells, (cell) => messages(cell, 'delivered'));
  const missed = sumOver(cells, (cell) => messages(cell, 'missed'));
  const owed = delivered + missed;
  return owed === 0 ? unknown(NOBODY_OWED) : exactly(delivered / owed);
}

function answered(cells: readonly CellResult[]): Measured {
  const awaited = sumOver(cells, (cell) => awaitedOf(flowOf(cell).messages));
  const count = sumOver(cells, (cell) => messages(cell, 'answered'));
  if (awaited > 0) return exactly(count / awaited);
  const planned = sumOver(cells, (cell) => messages(cell, 'planned'));
  return unknown(planned === 0 ? 'no messages were planned' : 'no message has a reply of its own');
}

/** The busiest of the cells: an average over loads would hide the one that matters. */
function serverCpu(cells: readonly CellResult[]): Measured {
  let most = 0;
  for (const { server } of cells) {
    if (server.status === 'unavailable') return unknown(server.reason);
    if (server.cpuPercent === null) return unknown('the CPU time of the server could not be read');
    most = Math.max(most, server.cpuPercent);
  }
  return exactly(most);
}

/** Measured with idle connections before the load, so it does not depend on the cells. */
function memoryPerConnection(idle: IdleMemory | undefined): Measured {
  if (idle === undefined) return unknown('it was not measured: --idle-memory');
  if (idle.status === 'none') return unknown(idle.reason);
  const { bytes, ci } = idle.server;
  const atLeastNone = (value: number) => Math.max(0, value);
  if (ci === null) return exactly(atLeastNone(bytes), '2 points');
  const half = (ci[1] - ci[0]) / 2;
  // The process gave memory back meanwhile: a connection takes no more than half the width of the interval.
  const high = ci[1] > 0 ? ci[1] : half;
  return { kind: 'bracket', low: atLeastNone(ci[0]), high, actual: atLeastNone(bytes), note: `± ${shortBytes(half)}` };
}

/** `0.2 KB`: in the unit of the benchmark table, with as few digits as say something. */
function shortBytes(bytes: number): string {
  return `${Number((bytes / 1000).toPrecision(bytes < 10_000 ? 1 : 2))} KB`;
}
