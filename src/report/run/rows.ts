/** One row of a table from one cell: a text for every column, and why a column has no number. */

import type { JudgedCell } from '../../documents/result-document.js';
import type { SecondResult } from '../../metrics/second-result.js';
import { NOT_AVAILABLE } from '../../text/number-text.js';
import type { GateResult } from '../../verdict/verdict.js';
import type { CellText } from './cell-text.js';
import type { Column, LegendKey, Trait } from './column.js';
import { type CellTableKind, cellColumns, columnsAt, rampColumns } from './columns.js';
import { fanoutOf, type RequestRow, requestRows, traitsOf } from './request-rows.js';
import { type Status, statusOf } from './status.js';

/** The name of a null twin's line, in its first column. */
export const FLOOR = 'floor';

export interface Row {
  readonly cell: string;
  readonly values: Readonly<Record<string, string>>;
  readonly status: Status;
  /** Number of the row's note, or null. */
  readonly note: number | null;
  /** `p99 n/a: 4 % unanswered`: every gap in a narrow column. */
  readonly gaps: readonly string[];
  /** The latencies of the cell's null twin by column, printed below the row; absent without a null twin. */
  readonly floor?: Readonly<Record<string, string>>;
  /** A row for each request, printed below; absent without requests. */
  readonly requests?: readonly RequestRow[];
  /** What the signs in its values owe the reader. */
  readonly legend: readonly LegendKey[];
}

/** The row of a cell, without its note. `gates`: the failed ones of this cell. `traits`: of its table. */
export function rowOf(
  kind: CellTableKind,
  cell: JudgedCell,
  gates: readonly GateResult[],
  traits: readonly Trait[] = [],
): Row {
  const columns = columnsAt(cellColumns(kind, traits), 'wide');
  const requests = requestRows(cell, columns);
  const status = statusOf(cell, gates);
  const shown = columns.map((column) => ({ column, value: column.value({ ...cell, status }) }));
  const gaps = new Map<string, string[]>();
  for (const { column, value } of shown) {
    if (value.gap !== null && column.detail === 'narrow')
      gaps.set(value.gap, [...(gaps.get(value.gap) ?? []), column.name]);
  }
  return {
    cell: cell.id,
    values: Object.fromEntries(shown.map(({ column, value }) => [column.key, value.text])),
    status,
    note: null,
    gaps: [...gaps].map(([gap, names]) => `${names.join(', ')} ${NOT_AVAILABLE}: ${gap}`),
    ...floorOf(cell, columns),
    ...(requests.length === 0 ? {} : { requests }),
    legend: [
      ...shown.flatMap(({ column, value }) => owed(column, value)),
      ...(cell.requests ?? []).flatMap((request) =>
        columns.flatMap((column) =>
          column.request === undefined ? [] : owed(column, column.request(request, fanoutOf(cell, request))),
        ),
      ),
    ],
  };
}

/** What the sign of a value owes the reader. */
export function owed<Of>({ legend = {} }: Pick<Column<Of>, 'legend'>, { sign }: CellText): LegendKey[] {
  const key = sign === undefined ? undefined : legend[sign];
  return key === undefined ? [] : [key];
}

function floorOf({ nullTwin }: JudgedCell, columns: readonly Column[]): Pick<Row, 'floor'> {
  if (nullTwin?.status !== 'measured') return {};
  const known = columns.flatMap(({ key, floor }) =>
    floor === undefined ? [] : [[key, floor(nullTwin).text] as const],
  );
  return { floor: Object.fromEntries(known) };
}

/**
 * The rows of a ramp: its measured seconds, at most `most`, evenly spread; the last one always among them. Below that one stand
 * the requests, over the whole ramp.
 */
export function rampRows(cell: JudgedCell, status: Status, most: number): Row[] {
  const { id } = cell;
  const columns = rampColumns(traitsOf(cell));
  const seconds = rampSeconds(cell);
  const step = Math.max(1, Math.ceil(seconds.length / most));
  const shown = seconds.filter((_, i) => (seconds.length - 1 - i) % step === 0);
  const rows = shown.map((second) => rampRow(id, secondValues(columns, second), status));
  const requests = requestRows(cell, columns);
  const last = rows.pop() ?? rampRow(id, {}, status);
  if (shown.length === 0 && requests.length === 0) return [];
  return [...rows, { ...last, ...(requests.length === 0 ? {} : { requests }) }];
}

/** The seconds that a ramp shows: those of the measure phase. */
export function rampSeconds({ seconds }: JudgedCell): SecondResult[] {
  return seconds.filter(({ phase }) => phase === 'measure');
}

function rampRow(cell: string, values: Row['values'], status: Status): Row {
  return { cell, values, status, note: null, gaps: [], legend: [] };
}

function secondValues(columns: readonly Column<SecondResult>[], second: SecondResult): Record<string, string> {
  return Object.fromEntries(columns.map(({ key, value }) => [key, value(second).text]));
}
