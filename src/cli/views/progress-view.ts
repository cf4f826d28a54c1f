import { performance } from 'node:perf_hooks';
import type { Colors } from 'picocolors/types.js';
import { type ProgressState, progressBlock, progressLine } from '../../report/live/progress.js';
import { clip, displayWidth } from '../../text/width.js';
import type { Output } from '../io.js';

/** A terminal is redrawn at most once in this time. */
const REDRAW_EVERY_MS = 900;
/** Without a terminal, one line is printed every five seconds; a second event may come a little early. */
const PLAIN_EVERY_MS = 4900;
const PLAIN_COLUMNS = 160;
const UP_AND_CLEAR = '\u001b[1A\u001b[2K';
/** Erases what a user typed at the cursor, such as `^C`. */
const CLEAR_TYPED = '\r\u001b[2K';
/** Colours take no room on the screen. */
const COLOR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

export interface ProgressStyle {
  readonly enabled: boolean;
  /** True: one block that is redrawn in place. False: plain lines. */
  readonly redraw: boolean;
  readonly colors: Colors;
  /** Strikes secrets out. */
  readonly safe: (text: string) => string;
}

/**
 * Shows on stderr how far a run has come. Between two drawings the cursor stands at the start of an empty line and no
 * terminal setting is changed, so the terminal is clean however the process ends.
 */
export class ProgressView {
  readonly #output: Output;
  readonly #state: () => ProgressState | null;
  readonly #style: ProgressStyle;
  /** Widths of the lines that are on the screen. */
  #drawn: readonly number[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;

  /** `state`: of the running cell; null while none runs. */
  constructor(output: Output, state: () => ProgressState | null, style: ProgressStyle) {
    this.#output = output;
    this.#state = state;
    this.#style = style;
  }

  /** Draws if it is time. `now`: draws at once, because something began. */
  draw(now = false): void {
    if (!this.#isTime(now)) return;
    const state = this.#state();
    if (state === null) return;
    if (this.#style.redraw) this.#put(progressBlock(state, this.#output.columns - 1, this.#style.colors));
    else this.#put([progressLine(state, PLAIN_COLUMNS)]);
  }

  /** Shows this line in place of the block, while no cell runs. */
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

  /** Erases the block, so that something else can be printed in its place. */
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
