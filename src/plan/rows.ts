/** One row of data, by its columns. */
export type Row = Readonly<Record<string, string>>;

/** Rows of data, by their numbers among all rows of a run. Plain data. */
export interface Rows {
  /** How many rows the run has. */
  readonly total: number;
  /** Those that are here. */
  readonly rows: readonly Row[];
  /** Their numbers, ascending. Absent: all rows are here. */
  readonly numbers?: readonly number[];
}

export const NO_ROWS: Rows = { total: 0, rows: [] };

export function allRows(rows: readonly Row[]): Rows {
  return { total: rows.length, rows };
}

/** These rows, out of rows that have them all. Throws where one is missing. */
export function rowsAt(numbers: readonly number[], from: Rows): Rows {
  const { total } = from;
  if (numbers.length === total && from.numbers === undefined) return from;
  const rows = numbers.map((number) => rowAt(from, number)!);
  return numbers.length === total ? { total, rows } : { total, rows, numbers };
}

/** All rows that any of these have. Each is of the same run. */
export function unionOfRows(parts: readonly Rows[]): Rows {
  const [first = NO_ROWS] = parts;
  const whole = parts.find(({ numbers }) => numbers === undefined);
  if (whole !== undefined || parts.length < 2) return whole ?? first;
  const byNumber = new Map<number, Row>();
  for (const { numbers, rows } of parts) for (const [place, row] of rows.entries()) byNumber.set(numbers![place]!, row);
  const numbers = [...byNumber.keys()].sort((a, b) => a - b);
  return rowsAt(numbers, { total: first.total, numbers, rows: numbers.map((number) => byNumber.get(number)!) });
}

/** The row with this number; undefined if the run has none. Throws if the row exists, but is not here. */
export function rowAt({ total, rows, numbers }: Rows, number: number): Row | undefined {
  const row = rows[numbers === undefined ? number : placeOf(numbers, number)];
  if (row === undefined && number < total) throw new Error(`row ${number} of ${total} is not here`);
  return row;
}

/** Where a number stands in an ascending list; -1 for nowhere. */
function placeOf(numbers: readonly number[], number: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = numbers[middle]!;
    if (found === number) return middle;
    if (found < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
