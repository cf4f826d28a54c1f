/** The rows of a cell's requests, below its own. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { CellResult, RequestResult } from '../../metrics/cell-result.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import { countText } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { countsDeliveries } from '../../verdict/done.js';
import type { Column, Trait } from './column.js';

export interface RequestRow {
  readonly name: string;
  /** The name; where no column says it, with a bad outcome: `say (12 failed)`. For tables that have no place for it. */
  readonly label: string;
  /** By column, as in the row of its cell. Columns about connections and the server are absent. */
  readonly values: Readonly<Record<string, string>>;
  /**
   * What became of its messages: `12 failed`, `3 blocked`, `5 missed`, `all delivered`, `990 of 1000`,
   * `1000 answered`. At most 14 characters.
   */
  readonly outcome: string;
  /** Whether the outcome is bad. */
  readonly isBad: boolean;
}

/** A row for each request with the texts of these columns; none if no column says anything of a request. */
export function requestRows(cell: JudgedCell, columns: readonly Pick<Column, 'key' | 'request'>[]): RequestRow[] {
  const told = columns.filter(({ request }) => request !== undefined);
  if (told.length === 0) return [];
  const hasStatus = columns.some(({ key }) => key === 'status');
  return (cell.requests ?? []).map((request) => {
    const name = sanitize(request.name, 60);
    const fanout = fanoutOf(cell, request);
    const { outcome, isBad } = outcomeOf(request, fanout);
    return {
      ...{ name, label: isBad && !hasStatus ? `${name} (${outcome})` : name },
      values: Object.fromEntries(told.map(({ key, request: value }) => [key, value!(request, fanout).text])),
      ...{ outcome, isBad },
    };
  });
}

/** The deliveries of a request; undefined if it reaches nobody. */
export function fanoutOf({ fanout = [] }: CellResult, { name }: RequestResult): FanoutResult | undefined {
  return fanout.find((each) => each.name === name);
}

function outcomeOf(
  { messages }: RequestResult,
  fanout: FanoutResult | undefined,
): Pick<RequestRow, 'outcome' | 'isBad'> {
  const { planned, sent, answered, failed, blocked, missed, unmatched } = messages;
  if (failed > 0) return { outcome: `${countText(failed)} failed`, isBad: true };
  if (blocked > 0) return { outcome: `${countText(blocked)} blocked`, isBad: true };
  if (missed > 0) return { outcome: `${countText(missed)} missed`, isBad: true };
  if (unmatched > 0 && (fanout?.deliveries.delivered ?? 0) > 0) return { outcome: 'all delivered', isBad: false };
  if (unmatched > 0) return { outcome: `${countText(sent)} sent`, isBad: false };
  if (answered < planned) return { outcome: `${countText(answered)} of ${countText(planned)}`, isBad: true };
  return { outcome: `${countText(answered)} answered`, isBad: false };
}

/** What a cell has that not all cells have. */
export function traitsOf(cell: CellResult): Trait[] {
  const { protocol, session, requests = [] } = cell;
  return [
    ...(countsDeliveries(cell) ? (['delivers'] as const) : []),
    ...(protocol === undefined ? [] : (['speaks'] as const)),
    ...(session === undefined ? [] : (['session'] as const)),
    ...(requests.some(({ waitUs }) => waitUs !== undefined) ? (['waits'] as const) : []),
  ];
}
