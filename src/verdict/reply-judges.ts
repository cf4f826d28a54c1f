/** Could wsurge tell which frames were replies, and receive them? If not, the target is not to blame. */
import type { CellResult } from '../metrics/cell-result.js';
import { orderDoubt } from '../metrics/order-doubt.js';
import { formatCount } from '../units.js';
import { percent } from './cell-facts.js';
import { countOf, ownEndList, ownEnds } from './ended-by.js';
import { severityOf } from './findings.js';
import { LIMITS } from './limits.js';
import type { CellReason } from './verdict.js';

export function replyReasons(cell: CellResult): CellReason[] {
  return [...orderReasons(cell), ...limitReasons(cell)];
}

/** Messages that came while no reply was awaited, if replies are matched by order; else 0. */
export function unaskedInOrder(cell: CellResult): number {
  return orderDoubt(cell)?.unexpected ?? 0;
}

function orderReasons(cell: CellResult): CellReason[] {
  const { unexpected, bundled } = orderDoubt(cell) ?? { unexpected: 0, bundled: 0 };
  const unsure = unexpected + bundled;
  const severity = severityOf(unsure, LIMITS.replies_unsure);
  if (severity === null) return [];
  const found = [
    ...(unexpected > 0 ? [`${formatCount(unexpected)} messages came that nobody asked for`] : []),
    ...(bundled > 0 ? [`${formatCount(bundled)} frames may have held several replies`] : []),
  ];
  const message = `${found.join(', and ')}: matching by order cannot tell which message a reply belongs to, so no latency is given, and the counts of answers may be wrong`;
  const fix =
    'let replies carry the number of their message (--match sequence), have the target send nothing of its own meanwhile, or measure with --match none';
  return [{ code: 'replies_unsure', side: 'client', severity, cell: cell.id, message, fix, measure: unsure }];
}

/** Connections that wsurge ended because of its own limits. */
function limitReasons(cell: CellResult): CellReason[] {
  const ends = ownEnds(cell, 'limit');
  const count = countOf(ends);
  const share = count / Math.max(1, cell.connections.opened);
  const severity = severityOf(share, LIMITS.client_limit);
  if (severity === null) return [];
  const of = `${formatCount(count)} of ${formatCount(cell.connections.opened)} connections (${percent(share)})`;
  const message = `wsurge itself ended ${of} at a limit of its own: ${ownEndList(ends)}`;
  const fix =
    'if messages of this size are meant, raise receive.largest (default 16 MiB) or receive.unfinished (default a quarter of the memory); else have the target send smaller messages';
  return [{ code: 'client_limit', side: 'client', severity, cell: cell.id, message, fix, measure: share }];
}
