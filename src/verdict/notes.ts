/** The notes below a table of cells. */

import type { CellResult } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import { disjoint, type Range } from '../stats/intervals.js';
import { formatCount } from '../units.js';
import { hasFanout, plain } from './cell-facts.js';
import { deliveriesText } from './deliveries-text.js';
import { countOf, ownEndList, ownEnds } from './ended-by.js';
import { NOTED_DIFFERENCE_US } from './limits.js';
import { overloadText } from './overload.js';
import { failedConnects, failureList, lossCodes, lostConnections, targetLimitedBy } from './target-status.js';
import type { Validity } from './verdict.js';
import { isClientLimited } from './work-judges.js';
import { worstRequestText } from './worst-request.js';

export interface ConcurrencyNote {
  readonly cellId: string;
  readonly text: string;
}

type Judged = CellResult & { readonly validity: Validity };

/** Notes in the order of the cells; a cell may have several. Ramps have no row of percentiles and no comparison. */
export function concurrencyNotes(cells: readonly Judged[]): ConcurrencyNote[] {
  return cells.flatMap((cell) => {
    const texts = [comparisonNote(cell, baselineOf(cell, cells)), ...limitNotes(cell), ...lossNotes(cell)];
    return texts.flatMap((text) => (text === null ? [] : [{ cellId: cell.id, text }]));
  });
}

/** The cell with the fewest connections of the same load; at the same rate if several cells have it. */
function baselineOf(cell: Judged, cells: readonly Judged[]): Judged | null {
  const load = cells.filter((other) => other.load === cell.load && !other.ramp);
  const sameRate = load.filter(({ axes }) => axes.rate === cell.axes.rate);
  const candidates = sameRate.length > 1 ? sameRate : load;
  let fewest: Judged | null = null;
  for (const other of candidates) {
    if (fewest === null || other.axes.connections < fewest.axes.connections) fewest = other;
  }
  return fewest !== null && fewest.axes.connections < cell.axes.connections ? fewest : null;
}

/**
 * A difference of p50 if it is proven (95 % intervals apart) and large enough to matter. Null if one of the two cells
 * is INVALID.
 */
function comparisonNote(cell: Judged, baseline: Judged | null): string | null {
  if (baseline === null || cell.ramp) return null;
  if (cell.validity === 'invalid' || baseline.validity === 'invalid') return null;
  const now = medianOf(cell);
  const before = medianOf(baseline);
  if (now === null || before === null) return null;
  const count = baseline.axes.connections;
  const against = `against ${formatCount(count)} ${count === 1 ? 'connection' : 'connections'}`;
  const proven = disjoint(now.interval, before.interval) && Math.abs(now.us - before.us) > NOTED_DIFFERENCE_US;
  if (!proven) return `p50: no difference proven ${against}`;
  const change = Math.round((now.us / before.us - 1) * 100);
  return `p50 ${change > 0 ? '+' : ''}${change} % ${against}`;
}

/** p50 with its interval: response time in the open model, service time in the closed one. */
function medianOf(cell: CellResult): { readonly us: number; readonly interval: Range } | null {
  const quantiles = headlineOf(flowOf(cell));
  if (quantiles === null) return null;
  const us = plain(quantiles, 'p50');
  const interval = quantiles.ci.p50;
  return us === null || interval === undefined ? null : { us, interval };
}

function limitNotes(cell: CellResult): string[] {
  const notes: string[] = [];
  const cpuPercent = targetLimitedBy(cell);
  if (cpuPercent !== null) notes.push(`limited by: target CPU ${Math.round(cpuPercent)} %`);
  const limited = cell.client.workers.filter((worker) => isClientLimited(cell, worker));
  if (limited.length > 0) {
    const busiest = Math.max(...limited.map(({ busy }) => busy ?? 0));
    const rate = formatCount(cell.rate.answeredPerSecond);
    notes.push(`limited by the client (worker busy ${Math.round(busiest * 100)} %): throughput >= ${rate}/s`);
  }
  return notes;
}

const RULED_WORDS = { duty: 'answered at once', count: 'counted', trailer: 'behind a reply' } as const;

/** What the rules were about, in one line: `1,200 messages answered at once (ping), 500 counted (tick 400, said 100)`. */
function ruledText({ ruled = [] }: CellResult): string | null {
  const parts = (['duty', 'count', 'trailer'] as const).flatMap((means) => {
    const own = ruled.filter((each) => each.means === means);
    if (own.length === 0) return [];
    const names = own.map(({ name, count }) => (own.length === 1 ? name : `${name} ${formatCount(count)}`));
    return [`${formatCount(countOf(own))} ${RULED_WORDS[means]} (${names.join(', ')})`];
  });
  return parts.length === 0 ? null : `messages that rules were about: ${parts.join('; ')}`;
}

/** Messages that came so early that no connection was open to count them. */
function earlyText({ session }: CellResult): string | null {
  const early = session?.early ?? 0;
  if (early === 0) return null;
  const what = early === 1 ? 'message' : 'messages';
  return `${formatCount(early)} ${what} before a session was ready, that no rule is about: in no other figure`;
}

/** Replies that say no, and messages that could not be sent for want of a value. */
function refusedNotes(cell: CellResult): string[] {
  const { failed, blocked } = flowOf(cell).messages;
  return [
    ...(failed > 0 ? [`${formatCount(failed)} replies say no${worstRequestText(cell, 'failed')}`] : []),
    ...(blocked > 0
      ? [`${formatCount(blocked)} messages never sent, for want of a value${worstRequestText(cell, 'blocked')}`]
      : []),
  ];
}

/** What became of deliveries that did not come as they should. */
function deliveryNotes(cell: CellResult): string[] {
  if (!hasFanout(cell)) return [];
  const { messages } = flowOf(cell);
  return (['missed', 'deliveredLate', 'redelivered', 'gone', 'replayed', 'misdelivered'] as const)
    .filter((kind) => messages[kind] > 0)
    .map((kind) => deliveriesText(cell, kind));
}

/** Notes on messages that answer nothing, and on frames with several messages. */
function foreignNotes(cell: CellResult): string[] {
  const { unexpected } = flowOf(cell).messages;
  const { bundled = 0, keepAlive } = cell;
  const ruled = ruledText(cell);
  const early = earlyText(cell);
  return [
    ...(ruled === null ? [] : [ruled]),
    ...(early === null ? [] : [early]),
    ...(unexpected > 0 ? [`${formatCount(unexpected)} messages came that nobody asked for`] : []),
    ...(bundled > 0 ? [`${formatCount(bundled)} messages came several in one frame`] : []),
    ...(keepAlive === undefined
      ? []
      : [`kept alive by ${formatCount(keepAlive.pings)} pings, ${formatCount(keepAlive.pongs)} answered`]),
  ];
}

function lossNotes(cell: CellResult): string[] {
  const notes: string[] = [];
  const overload = overloadText(cell);
  if (overload !== null) notes.push(overload);
  const { attempts } = cell.connections;
  const refused = failedConnects(cell);
  if (refused.length > 0) {
    const failed = refused.reduce((sum, { count }) => sum + count, 0);
    notes.push(`${formatCount(failed)} of ${formatCount(attempts)} connections failed: ${failureList(refused)}`);
  }
  const dropped = lostConnections(cell);
  if (dropped > 0) notes.push(`${formatCount(dropped)} open connections lost: ${lossCodes(cell)}`);
  const own = ownEnds(cell);
  if (own.length > 0) notes.push(`${formatCount(countOf(own))} open connections ended by wsurge: ${ownEndList(own)}`);
  const { withoutPong = 0 } = cell.connections;
  if (withoutPong > 0)
    notes.push(`${formatCount(withoutPong)} connections answered no ping: messages they answered count instead`);
  notes.push(...foreignNotes(cell), ...refusedNotes(cell), ...deliveryNotes(cell));
  const { lost, timedOut } = flowOf(cell).messages;
  if (lost > 0) notes.push(`${formatCount(lost)} messages lost, ${formatCount(timedOut)} timed out`);
  else if (timedOut > 0) notes.push(`${formatCount(timedOut)} messages answered after the timeout`);
  return notes;
}
