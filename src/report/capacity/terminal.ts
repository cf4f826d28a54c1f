/** The text of a capacity search. The caller decides where it is printed. */
import type { Colors } from 'picocolors/types.js';
import type {
  CapacityCost,
  CapacityDocument,
  CapacityGridRow,
  CapacityStepRow,
} from '../../documents/capacity-document.js';
import { askedText, countText, latencyText } from '../../text/number-text.js';
import { pad, wrap } from '../../text/width.js';
import { formatCount } from '../../units.js';
import {
  block,
  hanging,
  headingRule,
  paddedRow,
  ruleBelow,
  type TerminalStyle,
  titled,
} from '../shared/terminal-table.js';
import { type Tone, toneColor } from '../shared/tone.js';
import {
  conditionsText,
  costText,
  type GridState,
  gridPoint,
  gridRates,
  levelOf,
  requireText,
  type StepHeads,
  sloText,
  stepColumns,
  stepWord,
} from './model.js';

const RESULT_WIDTH = 7;

/** Printed before the first step. */
export function stepHeader(heads: StepHeads, { colors }: TerminalStyle): string[] {
  const columns = stepColumns(heads);
  const names = columns.map(({ name }) => name);
  const units = columns.map(({ unit }) => unit);
  return [
    colors.cyan(`${paddedRow(columns, names)} result`),
    colors.dim(paddedRow(columns, units)),
    colors.dim(ruleBelow([...columns, { width: RESULT_WIDTH }])),
  ];
}

/** A step; below it the reason why it did not pass. */
export function stepLines(row: CapacityStepRow, heads: StepHeads, { colors, columns }: TerminalStyle): string[] {
  const shown = stepColumns(heads);
  const texts = shown.map(({ text }) => text(row));
  const line = `${paddedRow(shown, texts)} ${wordColor(row, colors)(stepWord(row))}`;
  return row.why === null ? [line] : [line, ...hanging('        ', row.why, columns, (text) => text).map(colors.dim)];
}

function wordColor({ passed, by }: CapacityStepRow, colors: Colors): (text: string) => string {
  if (passed) return colors.green;
  return by === 'target' ? colors.red : colors.yellow;
}

/** Everything after the last step: curve or grid, costs, model, and last the answer. */
export function capacityText(document: CapacityDocument, style: TerminalStyle): string {
  const { colors, columns } = style;
  const lines = [
    '',
    ...(document.grid === null ? curveLines(document, style) : gridLines(document, document.grid, style)),
    ...costLines(document.costs, style),
    ...titled('model', [document.model.claim], style),
    colors.bold('answer'),
    headingRule(style),
    ...wrap(document.answer.text, columns).map((line) => colors.bold(line)),
    ...hanging('SLO        ', sloText(document), columns, colors.dim),
    ...hanging('measured   ', conditionsText(document), columns, colors.dim),
  ];
  if (document.search.require !== null)
    lines.push(...hanging('required   ', requireText(document), columns, colors.dim));
  lines.push(...hanging('result     ', `exit code ${document.exitCode}`, columns, colors.dim));
  return block(lines);
}

const BAR = 30;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** The steps by load: a bar of the SLO's value, full where it reaches the limit. */
function curveLines(document: CapacityDocument, { colors }: TerminalStyle): string[] {
  const { axis, limitUs } = document.search;
  const rows = curveOf(document);
  if (rows.length === 0) return [];
  const lines = rows.map((row) => {
    const share = row.valueUs === null ? null : Math.min(1, row.valueUs / limitUs);
    const bar = share === null ? '?' : barOf(share);
    const value = pad(latencyText(row.valueUs), 7, 'right');
    return `${pad(formatCount(levelOf(document.search, row)), 9, 'right')} ${value} ${wordColor(row, colors)(pad(bar, BAR))}${colors.dim('│')} ${stepWord(row)}`;
  });
  const head = { connections: 'conns', subscribers: 'subscr.', rate: 'msg/s', both: 'msg/s' }[axis].padStart(9);
  return [colors.bold('curve'), colors.cyan(`${head}      ms ${'SLO'.padStart(BAR)}│`), ...lines, ''];
}

/** One step for each load, rising: the one that was run last. */
function curveOf({ steps, search }: CapacityDocument): CapacityStepRow[] {
  const level = (row: CapacityStepRow) => levelOf(search, row);
  const last = new Map(steps.map((row) => [level(row), row]));
  return [...last.values()].sort((a, b) => level(a) - level(b));
}

function barOf(share: number): string {
  const eighths = Math.max(1, Math.round(share * BAR * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

const GRID_WIDTH = 9;
const STATE_TONES: Readonly<Record<GridState, Tone>> = {
  held: 'good',
  over: 'bad',
  generator: 'warn',
  'not run': 'plain',
};

/**
 * Connections down, rates across. A cell has the SLO's value if the step was run, else what the row's answer implies.
 */
function gridLines(document: CapacityDocument, grid: readonly CapacityGridRow[], style: TerminalStyle): string[] {
  const { colors } = style;
  const rates = gridRates(document, Math.floor((style.columns - 20) / GRID_WIDTH));
  const lines = grid.map((row) => {
    const cells = rates
      .map((rate) => gridPoint(document, row, rate))
      .map(({ text, state }) => toneColor(STATE_TONES[state], colors)(pad(text, GRID_WIDTH - 1, 'right')));
    const most = row.ratePerSecond === null ? 'none' : `${row.atLeast ? '>=' : ''}${askedText(row.ratePerSecond)}`;
    return `${pad(countText(row.connections), 6, 'right')} ${cells.join(' ')} ${colors.bold(pad(most, 9, 'right'))}`;
  });
  const heads = rates.map((rate) => pad(`${askedText(rate)}/s`, GRID_WIDTH - 1, 'right')).join(' ');
  return [
    colors.bold('grid') +
      colors.dim(` · ${document.search.quantile} in ms; connections down, messages per second across`),
    colors.cyan(`${pad('conns', 6, 'right')} ${heads} ${pad('most/s', 9, 'right')}`),
    ...lines,
    colors.dim('ok, over: not run, by the steps beside it; * over the SLO; ? the generator was the limit'),
    '',
  ];
}

function costLines(costs: readonly CapacityCost[], style: TerminalStyle): string[] {
  const told = costs.filter(({ value }) => value !== null);
  const none = costs.filter(({ value }) => value === null);
  const lines = told.map((cost) => `${pad(cost.what, 26)} ${costText(cost)}`);
  if (none.length > 0)
    lines.push(`not in step with the load: ${none.map(({ what, per }) => `${what} per ${per}`).join(', ')}`);
  return titled('costs', lines, style);
}
