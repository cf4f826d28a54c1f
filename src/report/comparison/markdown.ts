/** comparison.md: for a job's summary page or a pull request. Foreign text comes out as plain words. */

import type { ComparisonDocument } from '../../documents/comparison-schema.js';
import { escapeMarkdown, sanitize } from '../../text/sanitize.js';
import { folded } from '../run/markdown.js';
import { type ComparisonTable, comparisonModel } from './model.js';

export function comparisonMarkdown(document: ComparisonDocument): string {
  const { facts, banner, tables, legend, warnings, verdict, next } = comparisonModel(document);
  const sections = [
    ['# wsurge comparison'],
    banner.map((line) => `> **${plain(line)}**`),
    table(
      ['', '', ''],
      verdict.map(({ label, word, text }) => [label, `**${plain(word)}**`, plain(text)]),
    ),
    ...tables.map(section),
    warnings.length === 0 ? [] : ['## Warnings', '', ...bullets(warnings)],
    folded('How to read it', bullets(legend)),
    folded(
      'What was compared',
      table(
        ['', ''],
        facts.map(([label, text]) => [label, plain(text)]),
      ),
    ),
    folded('What to try next', bullets(next)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function section({ title, subtitle, rows, remarks }: ComparisonTable): string[] {
  const heads = ['metric', 'A', 'B', 'change', 'from', 'to', 'noise', 'verdict'];
  const cells = rows.map(({ metric, a, b, change, from, to, noise, word }) =>
    [metric, a, b, change, from, to, noise, word].map(plain),
  );
  return [
    `## ${plain(title)}`,
    '',
    plain(subtitle),
    ...(rows.length === 0 ? [] : ['', ...table(heads, cells)]),
    ...(remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `- ${plain(remark)}`)]),
  ];
}

function bullets(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${plain(line)}`);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}

function plain(text: string): string {
  return escapeMarkdown(sanitize(text, 400));
}
