/** The p99 of a matrix at a glance: connections down, rates across. */

import type { JudgedCell } from '../../documents/result-document.js';
import { flowOf, headlineOf } from '../../metrics/flow.js';
import { pooledDeliveries } from '../../metrics/pooled-deliveries.js';
import { countText } from '../../text/number-text.js';
import { countsDeliveries } from '../../verdict/done.js';
import { headlineCell } from './cell-text.js';
import { deliverCell } from './delivery-columns.js';
import { STATUS_MARK, type Status } from './status.js';

export interface GridPoint {
  readonly text: string;
  /** The number behind the text, microseconds, or null. */
  readonly p99Us: number | null;
  readonly status: Status;
}

export interface Grid {
  /** Asked messages per second, one a column. */
  readonly rates: readonly number[];
  readonly rows: readonly { readonly connections: string; readonly cells: readonly (GridPoint | null)[] }[];
  readonly legend: string;
}

/** The grid of a matrix. A null cell was not run. */
export function gridOf(cells: readonly JudgedCell[], statusOf: (cell: JudgedCell) => Status): Grid {
  const rates = sorted(cells.flatMap(({ axes }) => (axes.rate === null ? [] : [axes.rate])));
  const rows = sorted(cells.map(({ axes }) => axes.connections)).map((connections) => ({
    connections: countText(connections),
    cells: rates.map((rate) => {
      const cell = cells.find(({ axes }) => axes.connections === connections && axes.rate === rate);
      if (cell === undefined) return null;
      return { ...p99Of(cell), status: statusOf(cell) };
    }),
  }));
  const used = new Set(rows.flatMap(({ cells }) => cells.flatMap((cell) => (cell === null ? [] : [cell.status]))));
  const legend = [...used].filter((status) => status !== 'VALID').map((status) => `${STATUS_MARK[status]} ${status}`);
  return { rates, rows, legend: legend.join('   ') };
}

/** Of deliveries, where no message has a reply. */
function p99Of(cell: JudgedCell): Pick<GridPoint, 'text' | 'p99Us'> {
  const all = countsDeliveries(cell) ? pooledDeliveries(cell.fanout!) : null;
  if (all !== null) return { text: deliverCell(all, 'p99').text, p99Us: all.deliverUs.p99 };
  const flow = flowOf(cell);
  return { text: headlineCell(flow, 'p99', cell.brackets).text, p99Us: headlineOf(flow)?.p99 ?? null };
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
