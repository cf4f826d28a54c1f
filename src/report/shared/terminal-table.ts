/** Rows of fixed widths and hanging texts on a terminal. Colours are added after padding: they take no room. */
import type { Colors } from 'picocolors/types.js';
import { displayWidth, pad, wrap } from '../../text/width.js';

export interface TerminalStyle {
  readonly colors: Colors;
  /** Width of the output; 80 if it is not known. Only `wide` tables may be wider. */
  readonly columns: number;
  readonly wide: boolean;
}

/** Most columns that the line below a heading takes. */
const RULE = 80;

/** What a row of text needs to know of a column. */
export interface TextColumn {
  readonly width: number;
  readonly align: 'left' | 'right';
}

/** One row: a text for each column, padded to its width, `gap` between them. The line may end in blanks. */
export function paddedRow(columns: readonly TextColumn[], texts: readonly string[], gap = ' '): string {
  return columns.map(({ width, align }, i) => pad(texts[i] ?? '', width, align)).join(gap);
}

/** The line between the head of a table and its rows. */
export function ruleBelow(columns: readonly Pick<TextColumn, 'width'>[], gap = ' '): string {
  return columns.map(({ width }) => '─'.repeat(width)).join(gap);
}

/** The line below a heading, as wide as the output. */
export function headingRule({ colors, columns }: Pick<TerminalStyle, 'colors' | 'columns'>): string {
  return colors.dim('─'.repeat(Math.min(columns, RULE)));
}

/** `text` after `head`, wrapped below itself; `head` is coloured after measuring. */
export function hanging(head: string, text: string, columns: number, color: (head: string) => string): string[] {
  const indent = displayWidth(head);
  return wrap(text, Math.max(20, columns - indent)).map((line, i) =>
    (i === 0 ? color(head) + line : ' '.repeat(indent) + line).trimEnd(),
  );
}

/** A heading, the texts below it, and an empty line; nothing where there are no texts. */
export function titled(title: string, texts: readonly string[], { colors, columns }: TerminalStyle): string[] {
  if (texts.length === 0) return [];
  return [colors.bold(title), ...texts.flatMap((text) => hanging('  ', text, columns, colors.dim)), ''];
}

/** Lines as one text with a line end. */
export function block(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
