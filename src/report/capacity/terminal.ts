/** The text of a capacity search. The caller decides where it is printed. */
import type { Colors } from 'picocolors/types.js';
import type {
  CapacityCost,
  CapacityDocument,
  CapacityGridRow,
  CapacityStepRow,
} from '../../documents/capacity-document.js';
import { askedText, countText, cpuText, latencyText, NOT_AVAILABLE, rateText } from '../../text/number-text.js';
import { pad, wrap } from '../../text/width.js';
import { formatBytes, formatCount, formatMs } from '../../units.js';
import { hanging, type TerminalStyle } from '../run/terminal-table.js';
import { plural } from '../shared/verdict-line.js';

interface StepColumn {
  readonly name: string;
  readonly unit: string;
  readonly width: number;
  readonly text: (row: CapacityStepRow) => string;
}

/** The columns of a step; `quantile` heads the SLO's. */
export function stepColumns(quantile: string): readonly StepColumn[] {
  return [
    { name: 'step', unit: '', width: 7, text: ({ purpose }) => purpose },
    { name: 'conns', unit: '', width: 6, text: ({ connections }) => countText(connections) },
    { name: 'held', unit: '', width: 6, text: ({ held }) => countText(held) },
    {
      name: 'asked',
      unit: 'msg/s',
      width: 6,
      text: ({ askedPerSecond }) => (askedPerSecond === null ? '-' : askedText(askedPerSecond)),
    },
    { name: 'done', unit: 'msg/s', width: 6, text: ({ answeredPerSecond }) => rateText(answeredPerSecond) },
    { name: quantile, unit: 'ms', width: 7, text: ({ valueUs }) => latencyText(valueUs) },
    { name: '95 % interval', unit: 'ms', width: 15, text: ({ ciUs }) => intervalText(ciUs) },
    { name: 'cpu', unit: '%', width: 5, text: ({ serverCpuPercent }) => cpuText(serverCpuPercent) },
  ];
}

function intervalText(ciUs: CapacityStepRow['ciUs']): string {
  return ciUs === null ? NOT_AVAILABLE : `${latencyText(ciUs[0])}–${latencyText(ciUs[1])}`;
}

/** `pass`; `pass ~` if the generator was in doubt; or who is to blame for a step that did not pass. */
export function stepWord({ passed, by, why }: CapacityStepRow): string {
  if (passed) return why === null ? 'pass' : 'pass ~';
  return by === 'client' ? 'CLIENT' : by === 'samples' ? 'UNKNOWN' : 'FAIL';
}

/** Printed before the first step. */
export function stepHeader(quantile: string, { colors }: TerminalStyle): string[] {
  const columns = stepColumns(quantile);
  const line = (of: (column: StepColumn) => string) =>
    columns.map((column, i) => pad(of(column), column.width, i === 0 ? 'left' : 'right')).join(' ');
  return [
    colors.cyan(`${line(({ name }) => name)} result`),
    colors.dim(line(({ unit }) => unit)),
    colors.dim(`${columns.map(({ width }) => '─'.repeat(width)).join(' ')} ───────`),
  ];
}

/** A step; below it the reason why it did not pass. */
export function stepLines(row: CapacityStepRow, quantile: string, { colors, columns }: TerminalStyle): string[] {
  const cells = stepColumns(quantile).map(({ width, text }, i) => pad(text(row), width, i === 0 ? 'left' : 'right'));
  const line = `${cells.join(' ')} ${wordColor(row, colors)(stepWord(row))}`;
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
    colors.dim('─'.repeat(Math.min(columns, 80))),
    ...wrap(document.answer.text, columns).map((line) => colors.bold(line)),
    ...hanging('SLO        ', sloText(document), columns, colors.dim),
    ...hanging('measured   ', conditionsText(document), columns, colors.dim),
  ];
  if (document.search.require !== null)
    lines.push(...hanging('required   ', requireText(document), columns, colors.dim));
  lines.push(...hanging('result     ', `exit code ${document.exitCode}`, columns, colors.dim));
  return `${lines.join('\n')}\n`;
}

export function sloText({ search }: CapacityDocument): string {
  return `${search.slo} with its whole 95 % interval, every message answered, every connection held`;
}

export function conditionsText({
  target,
  environment,
  workers,
  pacing,
  steps,
  search,
  seed,
}: CapacityDocument): string {
  const machine = environment.generators[0];
  return [
    target.url,
    ...(target.engine === null ? [] : [`engine ${target.engine}`]),
    ...(machine === undefined ? [] : [`from ${plural(machine.cores, 'core')} of ${machine.cpu}`]),
    plural(workers, 'worker'),
    `pacing ${pacing}`,
    `${search.model} model`,
    plural(steps.length, 'step'),
    `seed ${seed}`,
  ].join(', ');
}

export function requireText({ search, exitCode }: CapacityDocument): string {
  const what = search.axis === 'connections' ? 'connections' : 'msg/s';
  return `${formatCount(search.require ?? 0)} ${what}: ${exitCode === 0 ? 'met' : exitCode === 99 ? 'NOT met' : 'not decided'}`;
}

const BAR = 30;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** The steps by load: a bar of the SLO's value, full where it reaches the limit. */
function curveLines(document: CapacityDocument, { colors }: TerminalStyle): string[] {
  const byConnections = document.search.axis === 'connections';
  const level = (row: CapacityStepRow) => (byConnections ? row.connections : (row.askedPerSecond ?? 0));
  const { limitUs } = document.search;
  const rows = curveOf(document);
  if (rows.length === 0) return [];
  const lines = rows.map((row) => {
    const share = row.valueUs === null ? null : Math.min(1, row.valueUs / limitUs);
    const bar = share === null ? '?' : barOf(share);
    const value = pad(latencyText(row.valueUs), 7, 'right');
    return `${pad(formatCount(level(row)), 9, 'right')} ${value} ${wordColor(row, colors)(pad(bar, BAR))}${colors.dim('│')} ${stepWord(row)}`;
  });
  const head = `${byConnections ? 'conns' : 'msg/s'}`.padStart(9);
  return [colors.bold('curve'), colors.cyan(`${head}      ms ${'SLO'.padStart(BAR)}│`), ...lines, ''];
}

/** One step for each load, rising: the one that was run last. */
function curveOf({ steps, search }: CapacityDocument): CapacityStepRow[] {
  const level = ({ connections, askedPerSecond }: CapacityStepRow) =>
    search.axis === 'connections' ? connections : (askedPerSecond ?? 0);
  const last = new Map(steps.map((row) => [level(row), row]));
  return [...last.values()].sort((a, b) => level(a) - level(b));
}

function barOf(share: number): string {
  const eighths = Math.max(1, Math.round(share * BAR * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

const GRID_CELL = 9;

/** Connections down, rates across. A cell has the SLO's value if the step was run, else what the row's answer implies. */
function gridLines(document: CapacityDocument, grid: readonly CapacityGridRow[], style: TerminalStyle): string[] {
  const { colors } = style;
  const rates = gridRates(document, Math.floor((style.columns - 20) / GRID_CELL));
  const lines = grid.map((row) => {
    const cells = rates
      .map((rate) => gridCell(document, row, rate))
      .map(({ text, tone }) => colors[tone](pad(text, GRID_CELL - 1, 'right')));
    const most = row.ratePerSecond === null ? 'none' : `${row.atLeast ? '>=' : ''}${askedText(row.ratePerSecond)}`;
    return `${pad(countText(row.connections), 6, 'right')} ${cells.join(' ')} ${colors.bold(pad(most, 9, 'right'))}`;
  });
  const heads = rates.map((rate) => pad(`${askedText(rate)}/s`, GRID_CELL - 1, 'right')).join(' ');
  return [
    colors.bold('grid') +
      colors.dim(` · ${document.search.quantile} in ms; connections down, messages per second across`),
    colors.cyan(`${pad('conns', 6, 'right')} ${heads} ${pad('most/s', 9, 'right')}`),
    ...lines,
    colors.dim('ok, over: not run, by the steps beside it; * over the SLO; ? the generator was the limit'),
    '',
  ];
}

/**
 * The rates of the columns. Rates that most rows share come first: they come from the climb, and a few of them span the
 * whole grid.
 */
export function gridRates({ steps }: CapacityDocument, most: number): number[] {
  const rates = [
    ...new Set(steps.flatMap(({ askedPerSecond }) => (askedPerSecond === null ? [] : [askedPerSecond]))),
  ].sort((a, b) => a - b);
  if (rates.length <= most) return rates;
  const first = rates[0]!;
  const ratio = (rates.at(-1)! / first) ** (1 / (most - 1));
  const nearest = (wanted: number) =>
    rates.reduce((best, rate) => (Math.abs(Math.log(rate / wanted)) < Math.abs(Math.log(best / wanted)) ? rate : best));
  return [...new Set(Array.from({ length: most }, (_, i) => nearest(first * ratio ** i)))];
}

export function gridCell(
  { steps }: CapacityDocument,
  row: CapacityGridRow,
  rate: number,
): { readonly text: string; readonly tone: 'green' | 'red' | 'yellow' | 'dim' } {
  const step = steps.findLast(
    ({ connections, askedPerSecond }) => connections === row.connections && askedPerSecond === rate,
  );
  if (step !== undefined) {
    const value = latencyText(step.valueUs);
    if (step.passed) return { text: value, tone: 'green' };
    return step.by === 'client' ? { text: `${value}?`, tone: 'yellow' } : { text: `${value}*`, tone: 'red' };
  }
  return { text: row.ratePerSecond !== null && rate <= row.ratePerSecond ? 'ok' : 'over', tone: 'dim' };
}

/** `9.2 KB per connection`, or why there is no number. */
export function costText({ value, unit, per, note, r2, points }: CapacityCost): string {
  if (value === null) return note ?? NOT_AVAILABLE;
  const amount = unit === 'bytes' ? formatBytes(value) : `${formatMs(value * 1000)} us`;
  const of = per === 'connection' ? 'connection' : unit === 'bytes' ? 'msg/s' : 'message';
  return `${amount} per ${of}  (r2 ${(r2 ?? 0).toFixed(2)}, ${plural(points, 'step')})`;
}

function costLines(costs: readonly CapacityCost[], style: TerminalStyle): string[] {
  const told = costs.filter(({ value }) => value !== null);
  const none = costs.filter(({ value }) => value === null);
  const lines = told.map((cost) => `${pad(cost.what, 26)} ${costText(cost)}`);
  if (none.length > 0)
    lines.push(`not in step with the load: ${none.map(({ what, per }) => `${what} per ${per}`).join(', ')}`);
  return titled('costs', lines, style);
}

function titled(title: string, texts: readonly string[], { colors, columns }: TerminalStyle): string[] {
  if (texts.length === 0) return [];
  return [colors.bold(title), ...texts.flatMap((text) => hanging('  ', text, columns, (head) => head)), ''];
}
