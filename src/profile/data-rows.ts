import { messageOf } from '../errors.js';
import { FORBIDDEN_KEYS } from './document.js';

export type Rows = readonly Readonly<Record<string, string>>[];

/**
 * Reads rows from a `.csv` file with a header line or a `.json` list of objects. Throws an Error that says what is
 * wrong.
 */
export function parseRows(file: string, text: string): Rows {
  const rows = /\.json$/i.test(file) ? jsonRows(text) : /\.csv$/i.test(file) ? csvRows(text) : null;
  if (rows === null) throw new Error('is neither a .csv nor a .json file');
  if (rows.length === 0) throw new Error('has no rows');
  return rows;
}

function checkedColumn(name: string): string {
  if (name === '') throw new Error('has a column without a name');
  if (FORBIDDEN_KEYS.has(name)) throw new Error(`has a column named "${name}"`);
  return name;
}

function jsonRows(text: string): Rows {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
    // Keep numbers as written: JavaScript would lose digits of a long one, and the zero of 1.10.
    parsed = JSON.parse(withNumbersAsText(text));
  } catch (error) {
    throw new Error(`is not valid JSON (${messageOf(error)})`);
  }
  if (!Array.isArray(parsed)) throw new Error('is not a list of objects');
  const rows = parsed.map((row: unknown, index) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new Error(`row ${index + 1} is not an object`);
    return Object.fromEntries(
      Object.entries(row).map(([key, value]: [string, unknown]) => {
        if (typeof value === 'object') throw new Error(`row ${index + 1}: "${key}" is not text, a number or a boolean`);
        if (/\p{Cs}/u.test(String(value)))
          throw new Error(`row ${index + 1}: "${key}" holds half a character (\\ud800)`);
        return [checkedColumn(key), String(value)];
      }),
    );
  });
  const columns = Object.keys(rows[0] ?? {});
  rows.forEach((row, index) => {
    const missing = columns.find((column) => !Object.hasOwn(row, column));
    if (missing !== undefined) throw new Error(`row ${index + 1} has no "${missing}"`);
  });
  return rows;
}

/** The same JSON with every number in quotes. */
function withNumbersAsText(json: string): string {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}

function csvRows(text: string): Rows {
  const [header, ...records] = csvRecords(text);
  if (header === undefined) throw new Error('is empty');
  const columns = header.fields.map((name) => checkedColumn(name.trim()));
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`has the column "${twice}" twice`);
  return records.map(({ line, fields }) => {
    if (fields.length !== columns.length) {
      throw new Error(`line ${line} has ${fields.length} fields, the header ${columns.length}`);
    }
    return Object.fromEntries(columns.map((column, index) => [column, fields[index]!]));
  });
}

interface CsvRecord {
  readonly line: number;
  readonly fields: string[];
}

/**
 * RFC 4180: quoted fields may hold commas, line ends and doubled quotes. Blank lines are allowed at the end only.
 * Elsewhere nobody could tell whether the row is to be skipped or holds an empty value.
 */
function csvRecords(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let startLine = 1;
  let blank: number | null = null;
  const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n?|\n|$)/gy;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (match === null) throw new Error(`line ${startLine} has a quote that does not close or stands inside a field`);
    const [whole, inQuotes, plain, end] = match;
    fields.push(inQuotes === undefined ? plain! : inQuotes.replaceAll('""', '"'));
    line += whole.split(/\r\n?|\n/).length - 1;
    if (end === ',' && cell.lastIndex < text.length) continue;
    if (end === ',') fields.push('');
    if (fields.length === 1 && inQuotes === undefined && plain === '') blank ??= startLine;
    else if (blank !== null) throw new Error(`line ${blank} is empty: remove it, or write "" for an empty value`);
    else records.push({ line: startLine, fields });
    fields = [];
    startLine = line;
  }
  return records;
}
