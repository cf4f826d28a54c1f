/** What the connections of a plan would say, for `--dry-run`. */
import { sanitize } from '../../text/sanitize.js';
import { displayWidth, wrap } from '../../text/width.js';
import { formatCount, formatDuration } from '../../units.js';
import { hanging, type TerminalStyle } from '../shared/terminal-table.js';
import { plural } from '../shared/verdict-line.js';
import type { PlannedCell, Spoken, SpokenReach, SpokenRequest, SpokenStep } from './plan-summary.js';

const INDENT = '  ';
const WITHIN = '      ';

type SpeakingCell = Pick<PlannedCell, 'id' | 'load' | 'says'>;

/** One part for each load whose connections say something; '' for none. Cells of a load say the same. */
export function spokenText({ cells }: { readonly cells: readonly SpeakingCell[] }, style: TerminalStyle): string {
  const loads = new Map<string, SpeakingCell[]>();
  for (const cell of cells) {
    if (cell.says != null) loads.set(cell.load, [...(loads.get(cell.load) ?? []), cell]);
  }
  return [...loads].map(([load, own]) => `${loadLines(load, own, style).join('\n')}\n`).join('\n');
}

function loadLines(load: string, cells: readonly SpeakingCell[], style: TerminalStyle): string[] {
  const says = cells[0]!.says!;
  const protocol = says.protocol === 'none' ? '' : ` · ${says.protocol}`;
  const title = wrap(`${sanitize(load, 60)}${protocol} · what connection 0 says`, style.columns).map((line) =>
    style.colors.bold(line),
  );
  const script = says.hasScript ? [`${INDENT}and whatever the script says, which is not shown here`] : [];
  return [
    ...title,
    ...says.steps.flatMap((step) => stepLines(step, style)),
    ...says.requests.flatMap((request, index) => requestLines(request, index, cells, says, style)),
    ...script.flatMap((line) => wrap(line, style.columns)),
  ];
}

function stepLines(step: SpokenStep, style: TerminalStyle): string[] {
  const { name, sends, expects, captures, waitMs, repeat } = step;
  const notes = [
    ...(repeat > 1 ? [`${formatCount(repeat)} times, this is the first`] : []),
    ...(waitMs > 0 ? [`then a pause of ${formatDuration(waitMs)}`] : []),
  ];
  const what = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return [
    ...wrap(`step ${name}${what}`, style.columns - INDENT.length).map((line) => `${INDENT}${line}`),
    ...(sends === null ? [] : marked('sends   ', sends, style)),
    ...(expects === null ? [] : told('expects ', `a message that ${expects}`, style)),
    ...(captures.length === 0 ? [] : told('captures', captures.join(', '), style)),
  ];
}

function requestLines(
  request: SpokenRequest,
  index: number,
  cells: readonly SpeakingCell[],
  { pick, requests }: Spoken,
  style: TerminalStyle,
): string[] {
  const { name, weight, sends, expects, captures, silent, reaches } = request;
  const total = Number(requests.reduce((sum, each) => sum + each.weight, 0).toPrecision(9));
  const share = pick === 'in turn' ? `${index + 1} of ${requests.length} in turn` : `weight ${weight} of ${total}`;
  const isOneOfMany = cells.length > 1;
  const planned = cells.flatMap(({ id, says }) => plannedLine(id, says!.requests[index], isOneOfMany));
  const owed = cells.flatMap(({ id, says }) => owedLine(id, says!.requests[index], isOneOfMany));
  return [
    ...wrap(
      requests.length === 1 ? `request ${name}` : `request ${name} (${share})`,
      style.columns - INDENT.length,
    ).map((line) => `${INDENT}${line}`),
    ...(sends === null ? told('sends   ', 'what the script builds', style) : marked('sends   ', sends, style)),
    ...(expects === null ? [] : told('expects ', `a reply that ${expects}`, style)),
    ...(captures.length === 0 ? [] : told('captures', captures.join(', '), style)),
    ...(silent === undefined ? [] : told('expects ', 'no reply', style)),
    ...(reaches === undefined ? [] : told('reaches ', reachWords(reaches), style)),
    ...planned.flatMap((line) => told('planned ', line, style)),
    ...owed.flatMap((line) => told('owed    ', line, style)),
  ];
}

function reachWords({ whom, isInRooms }: SpokenReach): string {
  if (whom === 'room') return "everybody in the sender's room, the sender too";
  if (whom === 'all') return 'all connections, the sender too';
  return isInRooms ? "everybody in the sender's room but the sender" : 'all connections but the sender';
}

/** What is delivered if all connections are open. */
function owedLine(cell: string, request: SpokenRequest | undefined, isOneOfMany: boolean): string[] {
  const reaches = request?.reaches;
  if (reaches === undefined) return [];
  const { fewest, most, deliveries, isAtMost } = reaches;
  const each = fewest === most ? formatCount(most) : `${formatCount(fewest)} to ${formatCount(most)}`;
  const where = isOneOfMany ? ` (${sanitize(cell, 60)})` : '';
  const upTo = isAtMost ? 'at most ' : '';
  if (deliveries === null) return [`${upTo}${each} deliveries a message${where}`];
  const { warmup, measure } = deliveries;
  const warmed = warmup === 0 ? '' : `, and ${formatCount(warmup)} in the warm-up`;
  return [
    `${upTo}${formatCount(measure)} ${measure === 1 ? 'delivery' : 'deliveries'}${warmed}: ${each} a message${where}`,
  ];
}

function plannedLine(cell: string, request: SpokenRequest | undefined, isOneOfMany: boolean): string[] {
  const planned = request?.planned;
  if (planned == null) return [];
  const { warmup, measure } = planned;
  const warmed = warmup === 0 ? '' : `, and ${formatCount(warmup)} in the warm-up`;
  return [`${plural(measure, 'message')}${warmed}${isOneOfMany ? ` (${sanitize(cell, 60)})` : ''}`];
}

/** Words behind a word, wrapped below themselves. */
function told(word: string, text: string, { columns, colors }: TerminalStyle): string[] {
  return hanging(`${WITHIN}${word} `, text, columns, colors.dim);
}

/** Bytes behind a word, continued below themselves. A line is broken where it is full, so that no blank is lost. */
function marked(word: string, text: string, { columns, colors }: TerminalStyle): string[] {
  const width = columns - WITHIN.length - word.length - 1;
  return pieces(text, width).map(
    (piece, i) => `${WITHIN}${i === 0 ? colors.dim(word) : ' '.repeat(word.length)} ${piece}`,
  );
}

function pieces(text: string, width: number): string[] {
  const lines = [''];
  for (const character of text) {
    const line = lines.at(-1)!;
    if (displayWidth(line) + displayWidth(character) > width) lines.push(character);
    else lines[lines.length - 1] = line + character;
  }
  return lines;
}
