/** A comparison on a terminal: at most 80 columns, or as wide as asked. */

import type { ComparisonDocument } from '../../documents/comparison-schema.js';
import { sanitizeAll } from '../../text/sanitize.js';
import { clip, pad, wrap } from '../../text/width.js';
import {
  block,
  hanging,
  headingRule,
  paddedRow,
  ruleBelow,
  type TerminalStyle,
  titled,
} from '../shared/terminal-table.js';
import { toneColor } from '../shared/tone.js';
import { type ComparisonModel, type ComparisonRow, type ComparisonTable, comparisonModel } from './model.js';

const LABEL = 13;

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

/**
 * A comparison: what was compared, warnings and remarks, and last the tables and the verdict. `wide` adds how to read
 * it.
 */
export function comparisonText(document: ComparisonDocument, style: TerminalStyle): string {
  const { colors, columns } = style;
  // Texts of saved files are as foreign as what a server says.
  const model = printable(document);
  const wordWidth = Math.max(...model.verdict.map(({ word }) => word.length));
  return block([
    colors.bold('wsurge comparison'),
    headingRule(style),
    ...model.banner.flatMap((line) => wrap(line, columns).map((text) => colors.red(text))),
    ...model.facts.flatMap(([label, text]) => hanging(pad(label, LABEL), text, columns, colors.dim)),
    '',
    ...(style.wide ? titled('how to read it', model.legend, style) : []),
    ...titled('warnings', model.warnings, style),
    ...titled(
      'remarks',
      model.tables.flatMap((table) => remarksOf(table, model.tables.length > 1)),
      style,
    ),
    ...model.tables.flatMap((table) => [...tableLines(table, style), '']),
    ...model.verdict.flatMap(({ label, word, text, tone }) =>
      hanging(
        `${pad(label, LABEL)}${pad(word, wordWidth)}  `,
        text,
        columns,
        (head) => colors.dim(head.slice(0, LABEL)) + toneColor(tone, colors)(head.slice(LABEL)),
      ),
    ),
    ...nextLines(model, style),
  ]);
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
  const heads = COLUMNS.map(({ head }) => head);
  const head = `${paddedRow(COLUMNS, heads)} verdict`;
  const line = ruleBelow([...COLUMNS, { width: WORD_WIDTH }]);
  return [
    ...wrap(`${clip(title, 60)} · ${subtitle}`, columns).map((text) => colors.bold(text)),
    ...(rows.length === 0 ? [] : [colors.cyan(head), colors.dim(line)]),
    ...rows.map((row) => {
      const texts = COLUMNS.map(({ key }) => row[key]);
      return `${paddedRow(COLUMNS, texts)} ${toneColor(row.tone, colors)(row.word)}`;
    }),
    ...(rows.length > 0 ? [] : remarks.flatMap((text) => hanging('  ', text, columns, colors.dim))),
  ];
}
