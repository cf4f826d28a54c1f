/** report.md of a capacity search, from its document alone. */

import type { CapacityDocument } from '../../documents/capacity-document.js';
import { askedText } from '../../text/number-text.js';
import { formatCount, formatPercent } from '../../units.js';
import { factTable, folded, headText, joined, machinesTable, plain, table } from '../shared/markdown.js';
import {
  conditionsText,
  costText,
  gridPoint,
  gridRates,
  requireText,
  sloText,
  stepColumns,
  stepWord,
} from './model.js';

/** Columns of a grid on a page. */
const GRID_COLUMNS = 12;

export function capacityMarkdown(document: CapacityDocument): string {
  const sections = [
    answer(document),
    grid(document),
    steps(document),
    costs(document),
    folded('About this search', [...facts(document), '', ...machinesTable(document.environment.generators)]),
  ];
  return joined(sections);
}

function answer({ answer }: CapacityDocument): string[] {
  return ['# wsurge capacity', '', `**${plain(answer.text)}**`];
}

function facts(document: CapacityDocument): string[] {
  const { search, answer, model, startedAt, exitCode } = document;
  const facts: [string, string][] = [
    ['SLO', sloText(document)],
    ['Measured', conditionsText(document)],
    ['Searched', `${search.axis} of the load ${search.load}, to ${formatPercent(search.precision)}`],
    ['Run again with another seed', answer.confirmed ? 'yes, and it held' : 'no'],
    ['Target', answer.target],
    ['Model', `${model.claim} (Universal Scalability Law over ${model.of})`],
    ['Started', startedAt],
    ['Exit code', String(exitCode)],
  ];
  if (search.require !== null) facts.unshift(['Required', requireText(document)]);
  return factTable(facts);
}

function grid(document: CapacityDocument): string[] {
  if (document.grid === null) return [];
  const rates = gridRates(document, GRID_COLUMNS);
  const rows = document.grid.map((row) => [
    formatCount(row.connections),
    ...rates.map((rate) => gridPoint(document, row, rate).text),
    row.ratePerSecond === null ? 'none' : `${row.atLeast ? '>= ' : ''}${formatCount(row.ratePerSecond)}`,
  ]);
  const legend = `${document.search.quantile} in ms. ok and over: not run, by the steps beside it; \\*: over the SLO; ?: the generator was the limit.`;
  return [
    '## Grid',
    '',
    ...plainTable(['connections', ...rates.map((rate) => `${askedText(rate)}/s`), 'most msg/s'], rows),
    '',
    legend,
  ];
}

function steps({ steps, search }: CapacityDocument): string[] {
  const columns = stepColumns(search);
  const heads = [...columns.map(headText), 'result', 'why', 'fix'];
  const rows = steps.map((row) => [
    ...columns.map(({ text }) => text(row)),
    stepWord(row),
    row.why ?? '',
    row.fix ?? '',
  ]);
  return ['## Steps', '', ...plainTable(heads, rows)];
}

function costs({ costs }: CapacityDocument): string[] {
  return costs.length === 0
    ? []
    : [
        '## Costs',
        '',
        ...plainTable(
          ['what', 'cost'],
          costs.map((cost) => [cost.what, costText(cost)]),
        ),
      ];
}

/** A table of cells that are plain words. */
function plainTable(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return table(
    heads,
    rows.map((row) => row.map((cell) => plain(cell))),
  );
}
