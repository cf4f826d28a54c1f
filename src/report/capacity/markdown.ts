/** report.md of a capacity search, from its document alone. */

import type { CapacityDocument } from '../../documents/capacity-document.js';
import { askedText } from '../../text/number-text.js';
import { escapeMarkdown, sanitize } from '../../text/sanitize.js';
import { formatBytes, formatCount } from '../../units.js';
import { folded } from '../run/markdown.js';
import {
  conditionsText,
  costText,
  gridCell,
  gridRates,
  requireText,
  sloText,
  stepColumns,
  stepWord,
} from './terminal.js';

/** Columns of a grid on a page. */
const GRID_COLUMNS = 12;

export function capacityMarkdown(document: CapacityDocument): string {
  const sections = [
    answer(document),
    grid(document),
    steps(document),
    costs(document),
    folded('About this search', [...facts(document), '', ...environment(document)]),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${text.join('\n\n')}\n`;
}

function plain(text: string, most = 400): string {
  return escapeMarkdown(sanitize(text, most));
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map((row) => line(row.map((cell) => plain(cell))))];
}

function answer({ answer }: CapacityDocument): string[] {
  return ['# wsurge capacity', '', `**${plain(answer.text)}**`];
}

function facts(document: CapacityDocument): string[] {
  const { search, answer, model, startedAt, exitCode } = document;
  const facts: [string, string][] = [
    ['SLO', sloText(document)],
    ['Measured', conditionsText(document)],
    ['Searched', `${search.axis} of the load ${search.load}, to ${search.precision * 100} %`],
    ['Run again with another seed', answer.confirmed ? 'yes, and it held' : 'no'],
    ['Target', answer.target],
    ['Model', `${model.claim} (Universal Scalability Law over ${model.of})`],
    ['Started', startedAt],
    ['Exit code', String(exitCode)],
  ];
  if (search.require !== null) facts.unshift(['Required', requireText(document)]);
  return table(['', ''], facts);
}

function grid(document: CapacityDocument): string[] {
  if (document.grid === null) return [];
  const rates = gridRates(document, GRID_COLUMNS);
  const rows = document.grid.map((row) => [
    formatCount(row.connections),
    ...rates.map((rate) => gridCell(document, row, rate).text),
    row.ratePerSecond === null ? 'none' : `${row.atLeast ? '>= ' : ''}${formatCount(row.ratePerSecond)}`,
  ]);
  const legend = `${document.search.quantile} in ms. ok and over: not run, by the steps beside it; \\*: over the SLO; ?: the generator was the limit.`;
  return [
    '## Grid',
    '',
    ...table(['connections', ...rates.map((rate) => `${askedText(rate)}/s`), 'most msg/s'], rows),
    '',
    legend,
  ];
}

function steps({ steps, search }: CapacityDocument): string[] {
  const columns = stepColumns(search.quantile);
  const heads = [
    ...columns.map(({ name, unit }) => (unit === '' ? name : `${name} (${unit})`)),
    'result',
    'why',
    'fix',
  ];
  const rows = steps.map((row) => [
    ...columns.map(({ text }) => text(row)),
    stepWord(row),
    row.why ?? '',
    row.fix ?? '',
  ]);
  return ['## Steps', '', ...table(heads, rows)];
}

function costs({ costs }: CapacityDocument): string[] {
  return costs.length === 0
    ? []
    : [
        '## Costs',
        '',
        ...table(
          ['what', 'cost'],
          costs.map((cost) => [cost.what, costText(cost)]),
        ),
      ];
}

function environment({ environment }: CapacityDocument): string[] {
  const rows = environment.generators.map(({ host, cpu, cores, memoryBytes, kernel, node }) => [
    ...[host, cpu, String(cores), formatBytes(memoryBytes), kernel, node],
  ]);
  return table(['host', 'cpu', 'cores', 'memory', 'kernel', 'node'], rows);
}
