/** comparison.md: for a job's summary page or a pull request. Foreign text comes out as plain words. */

import type { ComparisonDocument } from '../../documents/comparison-schema.js';
import { bullets, factTable, folded, joined, plain, table } from '../shared/markdown.js';
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
    folded('What was compared', factTable(facts)),
    folded('What to try next', bullets(next)),
  ];
  return joined(sections);
}

function section({ title, subtitle, rows, remarks }: ComparisonTable): string[] {
  const heads = ['metric', 'A', 'B', 'change', 'from', 'to', 'noise', 'verdict'];
  const cells = rows.map(({ metric, a, b, change, from, to, noise, word }) =>
    [metric, a, b, change, from, to, noise, word].map((text) => plain(text)),
  );
  return [
    `## ${plain(title)}`,
    '',
    plain(subtitle),
    ...(rows.length === 0 ? [] : ['', ...table(heads, cells)]),
    ...(remarks.length === 0 ? [] : ['', ...bullets(remarks)]),
  ];
}
