/** The one line on stderr that says how far a run is. */
import { formatCount, formatDuration } from '../units.js';
import { askedText, latencyText, rateText } from './number-text.js';
import { sanitize } from './sanitize.js';
import { clip, displayWidth } from './width.js';

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
  /** Messages answered in the last second; asked is null where replies set the pace. */
  readonly ratePerSecond: number;
  readonly askedPerSecond: number | null;
  /** Latency of the last second, microseconds; null where nothing was answered. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
}

/** At most `columns` wide, without a line end: what does not fit is left out from the right. */
export function progressLine(state: ProgressState, columns: number): string {
  const asked = state.askedPerSecond === null ? '' : `/${askedText(state.askedPerSecond)}`;
  const latency = (name: string, us: number | null) => `${name} ${us === null ? '-' : latencyMs(us)}`;
  const parts = [
    `${state.cellNumber}/${state.cells} ${sanitize(state.cell, 40)}`,
    `${formatDuration(wholeSeconds(state.timeLeftMs))} left`,
    `${formatCount(state.open)}/${formatCount(state.asked)} conns`,
    `${rateText(state.ratePerSecond)}${asked} msg/s`,
    `${latency('p50', state.p50Us)} ${latency('p99', state.p99Us)}`,
    sanitize(state.stage, 12),
  ];
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
