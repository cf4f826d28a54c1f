/** How far a search may go before following every delivery takes more memory than a board may have. */
import type { mostConnections } from '../coordinator/preflight.js';
import type { Cell } from '../plan/cell.js';
import { BOARD_MAX_BYTES, boardBytes, boardLayout } from '../plan/fanout.js';
import { RATE_MAX } from '../profile/flag-keys.js';
import type { Span } from '../profile/profile.js';
import { formatBytes, formatCount } from '../units.js';

export interface Sized {
  /** The first step. */
  readonly template: Cell;
  readonly workers: number;
  /** The total rate grows with the connections. */
  readonly perConnection: boolean;
}

const FIX = 'lower deliver.timeout, or use more rooms';
/** More connections than any machines have. */
export const MOST_CONNECTIONS = 2 ** 24;

/** The step with so many connections. */
export function atConnections({ template, perConnection }: Sized, connections: number): Cell {
  const each = (template.rate?.to ?? 0) / template.connections.to;
  const rate = perConnection && template.rate !== null ? steady(each * connections) : template.rate;
  return { ...template, connections: steady(connections), rate };
}

/** Null if the boards of all steps are small enough. */
export function mostFollowed(sized: Sized): ReturnType<typeof mostConnections> {
  const { template, workers } = sized;
  const bytesAt = (connections: number) => bytesOf(atConnections(sized, connections), workers);
  const most = highest(template.connections.to, MOST_CONNECTIONS, bytesAt);
  return most === MOST_CONNECTIONS
    ? null
    : { connections: most, why: whyNoMore(`${formatCount(most)} connections`), fix: FIX };
}

/** The smaller of --max and the rate at which the board is as large as it may be. */
export function rateCeilingOf(
  { template, workers }: Sized,
  max: number | null,
): { readonly ratePerSecond: number; readonly text: string; readonly fix: string | null } {
  const bytesAt = (perSecond: number) => bytesOf({ ...template, rate: steady(perSecond) }, workers);
  const asked = max ?? RATE_MAX;
  const most = highest(template.rate?.to ?? 0, asked, bytesAt);
  if (most >= asked) return { ratePerSecond: asked, text: 'no step failed up to --max', fix: null };
  return { ratePerSecond: most, text: whyNoMore(`${formatCount(most)} msg/s`), fix: FIX };
}

export function steady(value: number): Span {
  return { from: value, to: value };
}

function bytesOf(cell: Cell, workers: number): number {
  const layout = boardLayout(cell, workers);
  return layout === null ? 0 : boardBytes(layout);
}

/** The highest whole level up to `most` whose board is small enough; `low` is known to be. */
function highest(low: number, most: number, bytesAt: (level: number) => number): number {
  if (bytesAt(most) <= BOARD_MAX_BYTES) return most;
  let [good, bad] = [Math.floor(low), most];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (bytesAt(middle) <= BOARD_MAX_BYTES) good = middle;
    else bad = middle;
  }
  return Math.max(low, good);
}

function whyNoMore(what: string): string {
  return `following every delivery of more than ${what} takes over ${formatBytes(BOARD_MAX_BYTES)} of memory`;
}
