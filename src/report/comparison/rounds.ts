/** The text of a comparison in rounds before its end, for readers who know no statistics. */

import type { ComparisonDocument } from '../../documents/comparison-schema.js';
import { sanitize } from '../../text/sanitize.js';
import { pad, wrap } from '../../text/width.js';
import { formatDuration, formatPercent } from '../../units.js';
import type { Side } from '../../verdict/compare/compared-run.js';
import type { ComparedMetric } from '../../verdict/compare/metrics.js';
import { hanging, type TerminalStyle } from '../shared/terminal-table.js';
import { plural } from '../shared/verdict-line.js';
import { changeText } from './model.js';

const LABEL = 13;
const TURNS_IN_ROUND = 2;
/** Upper end of a range over its lower end. Wider ranges are not shown between rounds. */
const FURTHEST = 10;
/** Start, canary and stop of a server. */
const SERVER_MS = 500;

export interface AbFacts {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly kind: 'command' | 'folder' | 'url';
  readonly isAa: boolean;
  readonly metrics: readonly ComparedMetric[];
  readonly looks: readonly number[];
  readonly cells: number;
  readonly turnMs: number;
}

/** About how long one turn takes: start and stop of the server, and the load; ms. */
export function turnMs(loadMs: number): number {
  return loadMs + SERVER_MS;
}

/** How much is left after some whole rounds. */
export interface RoundsLeft {
  /** Rounds to the next look; 0 at the last. */
  readonly toLook: number;
  readonly look: number;
  readonly last: number;
  /** Of one turn: the median of those so far. */
  readonly turnMs: number;
}

/** `next look at 8 in about 50 s, all 20 rounds in about 4 min`. */
export function leftText({ toLook, look, last, turnMs: ms }: RoundsLeft): string {
  const time = (rounds: number) => formatDuration(roundedMs(rounds * TURNS_IN_ROUND * ms));
  const soon = toLook === 0 ? `look at ${look}` : `next look at ${look} in about ${time(toLook)}`;
  const further = last - (look - toLook);
  return look === last || toLook === 0 ? soon : `${soon}, all ${last} rounds in about ${time(further)}`;
}

/** A time rounded to a second below two minutes, and to ten seconds above: estimates are no finer. */
function roundedMs(ms: number): number {
  const step = ms < 120_000 ? 1000 : 10_000;
  return Math.max(step, Math.round(ms / step) * step);
}

/** The introduction: the question, how it is answered, and how long that takes. */
export function abIntroduction(facts: AbFacts, { colors, columns }: TerminalStyle): string {
  const { looks, metrics, kind } = facts;
  const first = looks[0]!;
  const last = looks[looks.length - 1]!;
  const gating = metrics.filter(({ gate }) => gate).map(({ title, margin }) => `${title} by ${formatPercent(margin)}`);
  const fresh = kind === 'url' ? 'both servers keep running' : 'a fresh server each time';
  const timeFor = (rounds: number) => formatDuration(roundedMs(rounds * TURNS_IN_ROUND * facts.turnMs));
  const lines: [label: string, text: string][] = [
    ['A', sanitize(facts.a, 200)],
    ['B', facts.isAa ? 'the same build: A against A, to see the noise of this machine' : sanitize(facts.b, 200)],
    ['question', `is B worse than A by more than the margin? ${gating.join(', ')}`],
    [
      'how',
      `in every round A and B take a turn each, ${fresh}, in changing order; ${plural(facts.cells, 'cell')} a turn`,
    ],
    [
      'looks',
      looks.length === 1
        ? `the verdict is given after ${plural(first, 'round')}`
        : `after ${looks.slice(0, -1).join(', ')} and ${last} rounds; it ends as soon as a look settles the exit code. More looks would find differences that are only chance`,
    ],
    ['time', `about ${timeFor(first)} for ${first} rounds${last === first ? '' : `, ${timeFor(last)} for ${last}`}`],
  ];
  return `${[
    ...wrap(`wsurge ab · ${sanitize(facts.name, 60)}`, columns).map((line) => colors.bold(line)),
    colors.dim('─'.repeat(columns)),
    ...lines.flatMap(([label, text]) => hanging(pad(label, LABEL), text, columns, colors.dim)),
  ].join('\n')}\n`;
}

/** The line of a complete round, wrapped to `columns`: the change of every gating metric so far, over all cells. */
export function roundLine(
  document: ComparisonDocument,
  round: number,
  order: readonly [Side, Side],
  left: RoundsLeft | null,
  columns: number,
): string {
  const head = `round ${String(round).padStart(2)} (${order.join(' ').toUpperCase()})`;
  const keys = [
    ...new Set(document.cells.flatMap(({ metrics }) => metrics.filter(({ gate }) => gate).map(({ metric }) => metric))),
  ];
  const changes = keys.map((key) => `${key} ${soFar(document, key)}`);
  const text = `${changes.join(', ')}${left === null ? '' : `; ${leftText(left)}`}`;
  return hanging(`${head}  `, text, columns, (label) => label).join('\n');
}

/** `+10.1 % (+8.9 to +11.3 %)`; over several cells the least and the most. */
function soFar({ cells }: ComparisonDocument, key: string): string {
  const found = cells.flatMap(({ metrics }) => metrics.filter(({ metric }) => metric === key));
  const [first] = found;
  const ratios = found.flatMap(({ ratio }) => ratio ?? []);
  if (first === undefined || ratios.length === 0) return 'n/a';
  const text = (ratio: number) => changeText(first, ratio);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  if (found.length > 1) return `${text(least)} to ${text(most)}`;
  const { interval } = first;
  // After two or three rounds a range may go from nothing to any multiple.
  return interval === null || interval[1] > FURTHEST * interval[0]
    ? text(least)
    : `${text(least)} (${text(interval[0])} to ${text(interval[1])})`;
}
