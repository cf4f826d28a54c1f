/** Comma-separated values as RFC 4180 has them. */
import { inPieces } from './pieces.js';
import { sanitize } from './sanitize.js';

export type CsvValue = string | number | null;
export type CsvRow = Readonly<Record<string, CsvValue>>;

const MOST_TEXT = 200;

/** A line of column names, then a line for each row. A column that a row does not name is empty. */
export function csvText(rows: readonly CsvRow[], columns: readonly string[]): string {
  return [...csvPieces(() => rows, columns)].join('');
}

/** As `csvText`, for many rows: neither all rows nor the whole text are ever there at once. */
export function csvPieces(rows: () => Iterable<CsvRow>, columns: readonly string[]): Iterable<string> {
  return inPieces(() => linesOf(rows(), columns));
}

function* linesOf(rows: Iterable<CsvRow>, columns: readonly string[]): Generator<string> {
  yield lineOf(columns);
  for (const row of rows) yield lineOf(columns.map((column) => field(row[column] ?? null)));
}

function lineOf(fields: readonly string[]): string {
  return `${fields.join(',')}\r\n`;
}

/** Quotes a field. Spreadsheets run text that begins like a formula, so such text gets an apostrophe in front. */
function field(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  const safe = sanitize(value, MOST_TEXT).replace(/^([=+\-@])/, "'$1");
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
