import { performance } from 'node:perf_hooks';
import type { Colors } from 'picocolors/types.js';
import { progressBlock, progressLine } from '../report/progress.js';
import { clip, displayWidth } from '../report/width.js';
import type { Output } from './io.js';
import type { RunPulse } from './run-pulse.js';

/** A terminal is drawn anew about once a second, however many lines workers write. */
const REDRAW_EVERY_MS = 900;
/** Where nobody watches, a line this often is enough. */
const PLAIN_EVERY_MS = 5000;
const PLAIN_COLUMNS = 160;
const UP_AND_CLEAR = '\u001b[1A\u001b[2K';
/** A terminal writes what is typed where the cursor stands: `^C`. */
const CLEAR_TYPED = '\r\u001b[2K';
/** What is looked at: the cell that is on, and how it is doing. */
type Watched = Pick<RunPulse, 'cell' | 'state'>;
/** Colours take no room on the screen. */
const COLOR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

export interface ProgressStyle {
  readonly enabled: boolean;
  /** A block that is drawn over itself; plain lines where false. */
  readonly redraw: boolean;
  readonly colors: Colors;
  /** Strikes secrets out. */
  readonly safe: (text: string) => string;
}

/**
 * How far a run is, on stderr. Between two drawings the cursor stands at the start of an empty line and nothing of the
 * terminal is changed: whatever ends the process leaves it clean.
 */
export class ProgressView {
  readonly #output: Output;
  readonly #pulse: Watched;
  readonly #style: ProgressStyle;
  /** Widths of the lines that are on the screen. */
  #drawn: readonly number[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(output: Output, pulse: Watched, style: ProgressStyle) {
    this.#output = output;
    this.#pulse = pulse;
    this.#style = style;
  }

  /** `now`: something began, which is worth a drawing before its time. */
  draw(now = false): void {
    const { cell } = this.#pulse;
    if (cell === null || !this.#isTime(now)) return;
    const state = this.#pulse.state(cell);
    if (this.#style.redraw) this.#put(progressBlock(state, this.#output.columns - 1, this.#style.colors));
    else this.#put([progressLine(state, PLAIN_COLUMNS)]);
  }

  /** What goes on where no cell does, in place of its block. */
  say(line: string): void {
    if (this.#isTime(true)) this.#put([clip(line, this.#style.redraw ? this.#output.columns - 1 : PLAIN_COLUMNS)]);
  }

  #isTime(now: boolean): boolean {
    const { enabled, redraw } = this.#style;
    const elapsedMs = performance.now() - this.#lastMs;
    return enabled && (elapsedMs >= (redraw ? REDRAW_EVERY_MS : PLAIN_EVERY_MS) || (now && redraw));
  }

  #put(lines: readonly string[]): void {
    this.#lastMs = performance.now();
    const safe = lines.map(this.#style.safe);
    this.#output.write(`${this.#erasure()}${safe.join('\n')}\n`);
    if (this.#style.redraw) this.#drawn = safe.map((line) => displayWidth(line.replace(COLOR, '')));
  }

  /** Takes the block away, to print something else in its place. */
  clear(): void {
    const erasure = this.#erasure();
    if (erasure !== '') this.#output.write(erasure);
    this.#drawn = [];
  }

  /** A terminal that became narrower has broken the lines into more. */
  #erasure(): string {
    const columns = Math.max(1, this.#output.columns);
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? '' : `${CLEAR_TYPED}${UP_AND_CLEAR.repeat(rows)}`;
  }
}
