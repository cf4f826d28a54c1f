/** One column of a table: its head, and its values. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { FlowResult, RequestResult } from '../../metrics/cell-result.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import type { CellText, Sign } from './cell-text.js';
import type { Status } from './status.js';

/** `narrow` columns fit 80 columns together; `wide` ones are added by `--wide` and in files. */
export type Detail = 'narrow' | 'wide';

/** A column without its values, as pages and headers need it. Plain data. */
export interface ColumnHead {
  readonly key: string;
  readonly name: string;
  /** Unit of the numbers below, or '' where the name says it all. */
  readonly unit: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly detail: Detail;
}

/** A row's cell: measured, judged, and with the one word that stands at the end of its row. */
export type RowCell = JudgedCell & { readonly status: Status };

/**
 * What a legend has to explain: a sign of a latency, `rate`, a rate that is a lower bound, or `missed`, a deliver time
 * that is one.
 */
export type LegendKey = Sign | 'rate' | 'missed';
export type Legend = Readonly<Partial<Record<Sign, LegendKey>>>;

/** What a cell and its null twin both have. */
export type Latencies = Pick<FlowResult, 'latencyUs'>;

/**
 * What only some cells have, so that only their tables have columns for it. `delivers`: no message has a reply, and some
 * reach others.
 */
export type Trait = 'speaks' | 'session' | 'waits' | 'delivers';

/** `Of`: what a row is about. */
export interface Column<Of = RowCell> extends ColumnHead {
  readonly value: (of: Of) => CellText;
  /** The same of one request of the cell, and of its deliveries; absent where a request has none of it. */
  readonly request?: (of: RequestResult, deliveries: FanoutResult | undefined) => CellText;
  /** The same of the cell's null twin; absent where the twin says nothing about it. */
  readonly floor?: (twin: Latencies) => CellText;
  /** What its signs owe the reader; absent where they need no explanation. */
  readonly legend?: Legend;
}

type Rest<Of> = Pick<Column<Of>, 'value'> & Partial<Column<Of>>;

export function column<Of = RowCell>(
  key: string,
  name: string,
  unit: string,
  width: number,
  rest: Rest<Of>,
): Column<Of> {
  return { key, name, unit, width, align: 'right', detail: 'narrow', ...rest };
}
