/** How evenly deliveries came to the connections, in sentences. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { SubscribersResult } from '../../metrics/fairness-result.js';
import { reachText } from '../../text/number-text.js';
import { formatCount } from '../../units.js';
import { namedCells } from './fanout-tables.js';

export interface SubscriberLine {
  /** The cells it is about: `c10-r20, c40-r20`. */
  readonly where: string;
  readonly text: string;
}

/** So many connections are named in a sentence. The page names up to ten. */
const MOST_NAMED = 3;
/** `worst` of a result lists no more. */
const MOST_LISTED = 10;

/** One line for all cells in which nobody missed anything, and two for each other cell: the worst, and the index. */
export function subscriberLines(cells: readonly JudgedCell[]): SubscriberLine[] {
  const known = cells.flatMap(({ id, subscribers }) => (subscribers === undefined ? [] : [{ id, subscribers }]));
  const where = (ids: readonly string[]) => namedCells(ids, cells);
  const whole = known.filter(({ subscribers }) => subscribers.worst.length === 0);
  const even =
    whole.length === 0
      ? []
      : [{ where: where(whole.map(({ id }) => id)), text: 'every connection received all that was meant for it' }];
  return [
    ...even,
    ...known
      .filter(({ subscribers }) => subscribers.worst.length > 0)
      .flatMap(({ id, subscribers }) =>
        [worstText(subscribers), jainText(subscribers)].map((text) => ({ where: where([id]), text })),
      ),
  ];
}

/** `worst served: connection 7 with 495 of 500 (99 %), connection 9 with 498 of 500 (99.6 %); 2 of 200 missed some`. */
function worstText({ worst, count }: SubscribersResult): string {
  const named = worst.slice(0, MOST_NAMED).map(subscriberText);
  const missed = worst.length < MOST_LISTED ? formatCount(worst.length) : `at least ${MOST_LISTED}`;
  return `worst served: ${named.join(', ')}; ${missed} of ${formatCount(count)} connections missed some`;
}

function subscriberText({ connection, delivered, owed }: SubscribersResult['worst'][number]): string {
  const share = reachText(delivered / owed);
  return `connection ${connection} with ${formatCount(delivered)} of ${formatCount(owed)} (${share} %)`;
}

function jainText({ jain, count }: SubscribersResult): string {
  return `Jain's fairness index of their shares: ${indexText(jain)} (1: all equal; ${indexText(1 / count)}: one had all)`;
}

/** Rounded down, so that only equal shares have 1. */
export function indexText(index: number): string {
  return index >= 1 ? '1' : String(Math.floor(index * 1e4 + 1e-6) / 1e4);
}
