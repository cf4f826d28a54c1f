/** A comparison on a terminal: at most 80 columns, or as wide as asked. */

import type { ComparisonDocument } from '../../documents/comparison-schema.js';
import { sanitizeAll } from '../../text/sanitize.js';
import { clip, pad, wrap } from '../../text/width.js';
import { hanging, type TerminalStyle } from '../run/terminal-table.js';
import type { Tone } from '../shared/verdict-line.js';
import { type ComparisonModel, type ComparisonRow, type ComparisonTable, comparisonModel } from './model.js';

const LABEL = 13;
const RULE = 80;

const COLUMNS = [
  { key: 'metric', head: 'metric', width: 20, align: 'left' },
  { key: 'a', head: 'A', width: 6, align: 'right' },
  { key: 'b', head: 'B', width: 6, align: 'right' },
  { key: 'change', head: 'change', width: 8, align: 'right' },
  { key: 'from', head: 'from', width: 8, align: 'right' },
  { key: 'to', head: 'to', width: 8, align: 'right' },
  { key: 'noise', head: 'noise', width: 7, align: 'right' },
] as const satisfies readonly { key: keyof ComparisonRow; head: string; width: number; align: 'left' | 'right' }[];
const WORD_WIDTH = 10;
/** Longest single text, characters. */
const MOST_TEXT = 600;
/** Lines of advice below the verdict, so that a table stays in sight above it. */
const MOST_ADVICE = 4;

/** A comparison: what was compared, warnings and remarks, and last the tables and the verdict. `wide` adds how to read it. */
export function comparisonText(document: ComparisonDocument, style: TerminalStyle): string {
  const { colors, columns } = style;
  // Texts of saved files are as foreign as what a server says.
  const model = printable(document);
  const rule = colors.dim('─'.repeat(Math.min(columns, RULE)));
  const titled = (title: string, texts: readonly string[]) =>
    texts.length === 0
      ? []
      : [colors.bold(title), ...texts.flatMap((text) => hanging('  ', text, columns, colors.dim)), ''];
  const wordWidth = Math.max(...model.verdict.map(({ word }) => word.length));
  return `${[
    colors.bold('wsurge comparison'),
    rule,
    ...model.banner.flatMap((line) => wrap(line, columns).map((text) => colors.red(text))),
    ...model.facts.flatMap(([label, text]) => hanging(pad(label, LABEL), text, columns, colors.dim)),
    '',
    ...(style.wide ? titled('how to read it', model.legend) : []),
    ...titled('warnings', model.warnings),
    ...titled(
      'remarks',
      model.tables.flatMap((table) => remarksOf(table, model.tables.length > 1)),
    ),
    ...model.tables.flatMap((table) => [...tableLines(table, style), '']),
    ...model.verdict.flatMap(({ label, word, text, tone }) =>
      hanging(
        `${pad(label, LABEL)}${pad(word, wordWidth)}  `,
        text,
        columns,
        (head) => colors.dim(head.slice(0, LABEL)) + toned(tone, colors)(head.slice(LABEL)),
      ),
    ),
    ...nextLines(model, style),
  ].join('\n')}\n`;
}

/** The first steps to try, as many as fit. */
function nextLines({ next }: ComparisonModel, { colors, columns }: TerminalStyle): string[] {
  const lines: string[] = [];
  for (const step of next) {
    const more = hanging(pad(lines.length === 0 ? 'try next' : '', LABEL), step, columns, colors.dim);
    if (lines.length > 0 && lines.length + more.length > MOST_ADVICE) break;
    lines.push(...more);
  }
  return lines;
}

/** The remarks of a table with rows, which stand above all tables. A table without rows keeps why it has none. */
function remarksOf({ title, rows, remarks }: ComparisonTable, isNamed: boolean): string[] {
  return rows.length === 0 ? [] : remarks.map((text) => (isNamed ? `${clip(title, 60)}: ${text}` : text));
}

function printable(document: ComparisonDocument): ComparisonModel {
  return sanitizeAll(comparisonModel(document), MOST_TEXT);
}

/** The tables alone, for what is shown while rounds come in. */
export function comparisonTables(document: ComparisonDocument, style: TerminalStyle): string[] {
  return printable(document).tables.flatMap((table) => tableLines(table, style));
}

function tableLines({ title, subtitle, rows, remarks }: ComparisonTable, { colors, columns }: TerminalStyle): string[] {
  const head = [...COLUMNS.map(({ head, width, align }) => pad(head, width, align)), 'verdict'].join(' ');
  const line = [...COLUMNS.map(({ width }) => width), WORD_WIDTH].map((width) => '─'.repeat(width)).join(' ');
  return [
    ...wrap(`${clip(title, 60)} · ${subtitle}`, columns).map((text) => colors.bold(text)),
    ...(rows.length === 0 ? [] : [colors.cyan(head), colors.dim(line)]),
    ...rows.map((row) => {
      const cells = COLUMNS.map(({ key, width, align }) => pad(row[key], width, align));
      return [...cells, toned(row.tone, colors)(row.word)].join(' ');
    }),
    ...(rows.length > 0 ? [] : remarks.flatMap((text) => hanging('  ', text, columns, colors.dim))),
  ];
}

function toned(tone: Tone, colors: TerminalStyle['colors']): (text: string) => string {
  if (tone === 'good') return colors.green;
  if (tone === 'warn') return colors.yellow;
  return tone === 'bad' ? colors.red : colors.dim;
}
