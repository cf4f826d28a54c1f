/** How evenly deliveries came to the connections, in sentences. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { SubscribersResult } from '../../metrics/fairness-result.js';
import { NOT_AVAILABLE, reachText } from '../../text/number-text.js';
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
function worstText(subscribers: SubscribersResult): string {
  const { worst, count, unreached = 0 } = subscribers;
  const named = worst.slice(0, MOST_NAMED).map(subscriberText);
  const nothing = unreached === 0 ? '' : `, ${formatCount(unreached)} of them all`;
  return `worst served: ${named.join(', ')}; ${missingText(subscribers)} of ${formatCount(count)} connections missed some${nothing}`;
}

/** Results of older versions know only those that they list. */
function missingText({ worst, missing }: SubscribersResult): string {
  if (missing === undefined && worst.length >= MOST_LISTED) return `at least ${MOST_LISTED}`;
  return formatCount(missing ?? worst.length);
}

function subscriberText({ connection, delivered, owed }: SubscribersResult['worst'][number]): string {
  const share = reachText(delivered / owed);
  return `connection ${connection} with ${formatCount(delivered)} of ${formatCount(owed)} (${share} %)`;
}

function jainText({ jain, count }: SubscribersResult): string {
  const index = `Jain's fairness index of their shares: ${indexText(jain)}`;
  if (jain === null) return `${index} (${count < 2 ? 'there is only one' : 'none of them got anything'})`;
  return `${index} (1: all equal; ${indexText(1 / count)}: one had all)`;
}

/** Rounded down, so that only equal shares have 1. */
export function indexText(index: number | null): string {
  if (index === null) return NOT_AVAILABLE;
  return index >= 1 ? '1' : String(Math.floor(index * 1e4 + 1e-6) / 1e4);
}
