/**
 * The progress of a run: one line for a log, a block of three lines for a terminal. Neither holds escapes other than
 * colours.
 */
import type { Colors } from 'picocolors/types.js';
import { askedText, latencyText, rateText } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { clip, displayWidth } from '../../text/width.js';
import { formatCount, formatDuration } from '../../units.js';
import { type AgentNow, agentLines, badAgentsText } from '../shared/agents-now.js';

export interface ProgressState {
  readonly cell: string;
  /** 1 for the first cell. */
  readonly cellNumber: number;
  readonly cells: number;
  /** What the cell is doing: `connect`, `warmup`, `measure`, ... */
  readonly stage: string;
  /** Of the whole run. */
  readonly timeLeftMs: number;
  readonly open: number;
  readonly asked: number;
  /**
   * Messages answered in the last second; sent where replies are not matched, received where nothing is sent. The rate
   * asked is null where replies set the pace.
   */
  readonly ratePerSecond: number;
  readonly askedPerSecond: number | null;
  /** Latency of the last second, microseconds; null where nothing was answered. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
  /** Why there is no latency, where there is none. */
  readonly latencyGap: string;
  /** Deliveries of the last second, and their times over the cell so far; absent without fan-out. */
  readonly deliveries?: {
    readonly perSecond: number;
    readonly p50Us: number | null;
    readonly p99Us: number | null;
  };
  /** p99 of the seconds so far of this cell, oldest first. */
  readonly p99HistoryUs: readonly (number | null)[];
  /** Of this cell's planned time, 0 to 1. */
  readonly cellShare: number;
  /** Failed connects and broken connections of this cell. */
  readonly errors: number;
  /**
   * The busiest worker: its busy share of the last second, 0 to 1, and its longest stall in that second. Null before
   * the first second is over.
   */
  readonly busy: number | null;
  readonly blockedMs: number | null;
  /** The agents that make the load, the worst first; absent where this machine does. */
  readonly agents?: readonly AgentNow[];
}

/** One line of at most `columns`, without a line end. Parts that do not fit are left out, from the right. */
export function progressLine(state: ProgressState, columns: number): string {
  const parts = [
    `${state.cellNumber}/${state.cells} ${sanitize(state.cell, 40)}`,
    `${formatDuration(wholeSeconds(state.timeLeftMs))} left`,
    ...badAgentsTexts(state),
    connectionsText(state),
    rateOfText(state),
    ...deliveriesTexts(state),
    latencyTexts(state),
    errorsText(state),
    sanitize(state.stage, 12),
  ];
  return joined(parts, columns);
}

const BAR_WIDTH = 24;
const NARROWEST_BLOCK = 20;

/**
 * Three lines of at most `columns`: the cell and its phase; connections, rate and latency; p99, errors and generator.
 * Then a few lines of agents, where agents make the load.
 */
export function progressBlock(state: ProgressState, columns: number, colors: Colors): string[] {
  const width = Math.max(NARROWEST_BLOCK, columns);
  const share = Math.min(1, Math.max(0, state.cellShare));
  const full = Math.round(share * BAR_WIDTH);
  const bar = `${'━'.repeat(full)}${'─'.repeat(BAR_WIDTH - full)}`;
  const head = `${state.cellNumber}/${state.cells} ${sanitize(state.cell, 40)}`;
  const place = joined([head, sanitize(state.stage, 12)], width);
  const after = ` ${bar} ${(share * 100).toFixed(0).padStart(3)} % · ${formatDuration(wholeSeconds(state.timeLeftMs))} left`;
  const fits = displayWidth(place + after) <= width;
  const health =
    state.busy === null || state.blockedMs === null
      ? 'generator n/a (no second is over yet)'
      : `generator ${(state.busy * 100).toFixed(0)} % busy, stood still ${latencyMs(state.blockedMs * 1000)}`;
  const errors = errorsText(state);
  const trend = trendText(state, width - displayWidth(` · ${errors} · ${health}`));
  const troubled = state.errors > 0;
  return [
    fits ? `${colors.bold(place)}${colors.dim(after)}` : colors.bold(place),
    joined([connectionsText(state), rateOfText(state), ...deliveriesTexts(state), latencyTexts(state)], width),
    paintErrors(joined([trend, errors, health], width), errors, troubled, colors),
    ...agentLines(state.agents ?? [], width, colors),
  ];
}

function paintErrors(line: string, errors: string, troubled: boolean, colors: Colors): string {
  return troubled ? line.replace(errors, colors.red(errors)) : colors.dim(line);
}

const SHORTEST_TREND = 8;
const LONGEST_TREND = 40;

/** A sparkline of p99 over the newest seconds, as wide as there is room. */
function trendText({ p99HistoryUs, latencyGap }: ProgressState, room: number): string {
  if (p99HistoryUs.every((value) => value === null)) return `p99 n/a (${latencyGap})`;
  return `p99 ${sparkline(p99HistoryUs, Math.max(SHORTEST_TREND, Math.min(LONGEST_TREND, room - 'p99 '.length)))}`;
}

const LEVELS = '▁▂▃▄▅▆▇█';

/** The newest `width` values as bars, scaled from the lowest to the highest. A second without an answer is a gap. */
function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.slice(-width);
  const known = shown.filter((value) => value !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const level = (value: number) =>
    high === low ? 0 : Math.round(((value - low) / (high - low)) * (LEVELS.length - 1));
  return shown.map((value) => (value === null ? ' ' : LEVELS[level(value)])).join('');
}

function connectionsText({ open, asked }: ProgressState): string {
  return `${formatCount(open)}/${formatCount(asked)} conns`;
}

function rateOfText({ ratePerSecond, askedPerSecond }: ProgressState): string {
  const asked = askedPerSecond === null ? '' : `/${askedText(askedPerSecond)}`;
  return `${rateText(ratePerSecond)}${asked} msg/s`;
}

function deliveriesTexts({ deliveries }: ProgressState): string[] {
  return deliveries === undefined ? [] : [`${rateText(deliveries.perSecond)} deliv/s`];
}

/** Of the replies; of the deliveries where there are no replies. */
function latencyTexts({ p50Us, p99Us, maxUs, latencyGap, deliveries }: ProgressState): string {
  if (p50Us === null && deliveries !== undefined && deliveries.p50Us !== null) {
    const p99 = deliveries.p99Us === null ? '' : ` p99 ${latencyMs(deliveries.p99Us)}`;
    return `deliver p50 ${latencyMs(deliveries.p50Us)}${p99}`;
  }
  if (p50Us === null || p99Us === null || maxUs === null) return `latency n/a (${latencyGap})`;
  return `p50 ${latencyMs(p50Us)} p99 ${latencyMs(p99Us)} max ${latencyMs(maxUs)}`;
}

function badAgentsTexts({ agents = [] }: ProgressState): string[] {
  const text = badAgentsText(agents);
  return text === null ? [] : [text];
}

function errorsText({ errors }: ProgressState): string {
  return `${formatCount(errors)} ${errors === 1 ? 'error' : 'errors'}`;
}

function joined(parts: readonly string[], columns: number): string {
  let line = clip(parts[0]!, columns);
  for (const part of parts.slice(1)) {
    const longer = `${line} · ${part}`;
    if (displayWidth(longer) > columns) break;
    line = longer;
  }
  return line;
}

function latencyMs(us: number): string {
  const text = latencyText(us);
  return text.endsWith('s') ? text : `${text} ms`;
}

/** Never a negative time, and no tenths that flicker. */
function wholeSeconds(ms: number): number {
  return Number.isFinite(ms) ? Math.max(0, Math.ceil(ms / 1000)) * 1000 : 0;
}
