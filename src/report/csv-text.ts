/** Rows as CSV, RFC 4180; a field is empty where there is no value. */
import { sanitize } from './sanitize.js';

type Value = string | number | null;
export type CsvRow = Readonly<Record<string, Value>>;

export function csvText(rows: readonly CsvRow[], columns: readonly string[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => field(row[column] ?? null)))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** Spreadsheets run what begins like a formula: such text gets an apostrophe in front. */
function field(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  const safe = sanitize(value, 200).replace(/^([=+\-@])/, "'$1");
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
