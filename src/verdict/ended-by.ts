/** Open connections that wsurge ended itself, and why. */
import type { CellResult } from '../metrics/cell-result.js';
import type { ErrorCount } from '../metrics/interval.js';
import { type OwnEnd, ownEndOf, ownEndWords } from '../metrics/own-ends.js';
import { formatCount } from '../units.js';

/** Errors of open connections that wsurge ended for this reason; without a reason, for any. */
export function ownEnds(cell: CellResult, kind?: OwnEnd): readonly ErrorCount[] {
  return cell.errors.filter(({ phase, code }) => {
    const end = phase === 'open' ? ownEndOf(code) : null;
    return end !== null && (kind === undefined || end === kind);
  });
}

/**
 * `5 x a message in more parts than wsurge accepts (WS_ERR_TOO_MANY_BUFFERED_PARTS)`, the most frequent
 * first.
 */
export function ownEndList(ends: readonly ErrorCount[]): string {
  const sorted = [...ends].sort((a, b) => b.count - a.count);
  return sorted.map(({ code, count }) => `${formatCount(count)} x ${ownEndWords(code)}`).join(', ');
}

export function countOf(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
