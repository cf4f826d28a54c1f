/** A history on a terminal: one line of bars a metric, its change points marked below. */

import { latencyText, rateText, ratioText, reachText } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { wrap } from '../../text/width.js';
import type { Across, Change, Trend } from '../../verdict/history/trend.js';
import { FEWEST_RUNS } from '../../verdict/history/trend.js';
import { hanging, type TerminalStyle } from '../shared/terminal-table.js';
import { plural } from '../shared/verdict-line.js';

const BARS = '▁▂▃▄▅▆▇█';
const INDENT = '  ';

/** Every trend; with `changesOnly`, those that moved. */
export function trendsText(trends: readonly Trend[], style: TerminalStyle, changesOnly: boolean): string {
  const shown = trends.filter(
    ({ points, changes, across }) => points.length > 0 && (!changesOnly || changes.length > 0 || across !== null),
  );
  return shown.map((trend) => `${trendLines(trend, style).join('\n')}\n`).join('\n');
}

function trendLines(trend: Trend, { colors, columns }: TerminalStyle): string[] {
  const { cell, title, points, apart, unbounded, changes, across } = trend;
  const most = columns - INDENT.length;
  const from = Math.max(0, points.length - most);
  const last = points.slice(from);
  const values = last.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const marks = last
    .map((_, i) => (changes.some(({ index }) => index === from + i) ? '^' : ' '))
    .join('')
    .trimEnd();
  const range = `${valueText(trend, low)} to ${valueText(trend, high)}`;
  const head = `${sanitize(cell, 60)} · ${title} · ${plural(points.length, 'run')}, ${range}`;
  const short =
    points.length < FEWEST_RUNS
      ? [colors.dim(`${INDENT}too few runs yet to tell a change: ${FEWEST_RUNS} are needed`)]
      : [];
  return [
    ...wrap(head, columns).map((line) => colors.bold(line)),
    INDENT + values.map((value) => barOf(value, low, high)).join(''),
    ...(marks === '' ? [] : [INDENT + marks]),
    ...short,
    ...(apart === 0 ? [] : [colors.dim(`${INDENT}${plural(apart, 'run')} of another machine or load not in it`)]),
    ...(unbounded === 0 ? [] : hanging(INDENT, unboundedText(unbounded, points.length), columns, colors.dim)),
    ...(across === null
      ? []
      : hanging(INDENT, acrossText(trend, across), columns, across.warning ? colors.yellow : colors.dim)),
    ...changes.flatMap((change) => {
      const color = change.alert ? colors.red : change.worse ? colors.yellow : colors.green;
      return hanging(INDENT, changeText(trend, change), columns, color);
    }),
  ];
}

function unboundedText(unbounded: number, all: number): string {
  const which = unbounded === all ? 'none of them has' : `${unbounded} of them ${unbounded === 1 ? 'has' : 'have'} no`;
  return `compared as measured: ${which} ${unbounded === all ? 'a ' : ''}lower end (an older version, or no instrument check)`;
}

/** `new series since 2026-11-20T… (kernel Linux 6.8): +30.0 % (0.74 ms to 0.96 ms) for the worse across it, ...`. */
export function acrossText(
  trend: Pick<Trend, 'unit'>,
  { startedAt, changed, before, after, ratio, worse, warning }: Across,
): string {
  const what = changed === '' ? '' : ` (now ${sanitize(changed, 120)})`;
  const size = `${ratioOf(trend, ratio)} (${valueText(trend, before)} to ${valueText(trend, after)})`;
  const said = `${size} ${worse ? 'for the worse' : 'for the better'} across it, by the server or by the machine`;
  return `${warning ? 'WARNING ' : ''}new series since ${sanitize(startedAt, 30)}${what}: ${said}`;
}

/** `+12.1 % (0.74 ms to 0.83 ms) for the worse since 2026-11-20T…, commit abc123; p 0.0002`. */
export function changeText(
  trend: Pick<Trend, 'unit'>,
  { before, after, ratio, measuredRatio, worse, recent, alert, startedAt, commit, p }: Change,
): string {
  const where = `${sanitize(startedAt, 30)}${commit === null ? '' : `, commit ${sanitize(commit, 40)}`}`;
  const chance = p < 0.00001 ? 'below 0.00001' : String(Number(p.toPrecision(2)));
  const alone = worse && recent && !alert && Math.abs(ratio - measuredRatio) > 1e-9;
  const size = `${ratioOf(trend, ratio)} (${valueText(trend, before)} to ${valueText(trend, after)})${alone ? `, as measured ${ratioOf(trend, measuredRatio)},` : ''}`;
  return `${alert ? 'ALERT ' : ''}${size} ${worse ? 'for the worse' : 'for the better'} since ${where}; by chance with p ${chance}`;
}

/** One bar. A series whose lowest and highest values are nearly equal is drawn as low bars, not as noise. */
function barOf(value: number, low: number, high: number): string {
  const share = high - low < low * 0.001 ? 0 : (value - low) / (high - low);
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))]!;
}

function valueText({ unit }: Pick<Trend, 'unit'>, value: number): string {
  if (unit === 'share') return `${reachText(value)} %`;
  return unit === 'us' ? `${latencyText(value)} ms` : `${rateText(value)}/s`;
}

function ratioOf({ unit }: Pick<Trend, 'unit'>, ratio: number): string {
  return ratioText(ratio, unit === 'share' ? 2 : 1);
}
