import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import { canRedraw, columnsOf } from '../../../src/cli/io.js';
import { ProgressView } from '../../../src/cli/views/progress-view.js';
import type { ProgressState } from '../../../src/report/live/progress.js';

const STATE: ProgressState = {
  ...{ cell: 'c/one', cellNumber: 1, cells: 2, stage: 'measure', timeLeftMs: 4000, cellShare: 0.25 },
  ...{ open: 5, asked: 5, ratePerSecond: 100, askedPerSecond: 100, p50Us: 500, p99Us: 900, maxUs: 1500 },
  latencyGap: 'nothing answered yet',
  ...{ p99HistoryUs: [800, 900], errors: 0, busy: 0.1, blockedMs: 1 },
};

const ESCAPE = String.fromCharCode(27);
const MOVES = new RegExp(`(\n|\r|${ESCAPE}\\[1A|${ESCAPE}\\[2K)`);

/** The screen of a terminal that knows lines, their start, one step up (in the same column), and clearing a line. */
class Screen {
  readonly isTTY = true;
  columns = 80;
  readonly rows: string[] = [''];
  #at = 0;
  #column = 0;

  write(text: string): void {
    for (const piece of text.split(MOVES)) {
      if (piece === '\n') this.#down();
      else if (piece === '\r') this.#column = 0;
      else if (piece === '\u001b[1A') this.#at = Math.max(0, this.#at - 1);
      else if (piece === '\u001b[2K') this.rows[this.#at] = '';
      else this.#print(piece);
    }
  }

  /** What a narrower window makes of it: long lines are broken. */
  narrow(columns: number): void {
    this.columns = columns;
    const broken = this.rows.flatMap((row) => row.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']);
    this.rows.splice(0, this.rows.length, ...broken);
    this.#at = this.rows.length - 1;
  }

  get shown(): string[] {
    return this.rows.filter((row) => row !== '');
  }

  #down(): void {
    this.#at++;
    this.#column = 0;
    if (this.#at === this.rows.length) this.rows.push('');
  }

  #print(text: string): void {
    assert.ok(text.length < this.columns, `would break at ${this.columns} columns: ${text}`);
    const row = this.rows[this.#at]!.padEnd(this.#column);
    this.#column += text.length;
    this.rows[this.#at] = row.slice(0, this.#column - text.length) + text + row.slice(this.#column);
  }
}

function viewOn(screen: Screen, some: { enabled?: boolean; redraw?: boolean } = {}): ProgressView {
  const plain = { enabled: true, redraw: true, colors: picocolors.createColors(false), safe: (text: string) => text };
  return new ProgressView(screen, () => STATE, { ...plain, ...some });
}

describe('progress on a terminal', () => {
  it('is drawn over itself and leaves nothing behind, the cursor on an empty line', () => {
    const screen = new Screen();
    screen.write('$ wsurge run\n');
    const view = viewOn(screen);
    for (let i = 0; i < 3; i++) {
      view.draw(true);
      assert.equal(screen.shown.length, 4, screen.rows.join('\n'));
      assert.equal(screen.rows.at(-1), '');
    }
    view.clear();
    assert.deepEqual(screen.shown, ['$ wsurge run']);
    view.clear();
    assert.deepEqual(screen.shown, ['$ wsurge run']);
  });

  it('keeps its place when the window becomes narrower', () => {
    const screen = new Screen();
    screen.write('before\n');
    const view = viewOn(screen);
    view.draw(true);
    screen.narrow(30);
    view.draw(true);
    assert.equal(screen.shown.length, 4, screen.rows.join('\n'));
    view.clear();
    assert.deepEqual(screen.shown, ['before']);
  });

  it('takes away what was typed below it: the ^C of an interrupt', () => {
    const screen = new Screen();
    screen.write('before\n');
    const view = viewOn(screen);
    view.draw(true);
    screen.write('^C');
    view.draw(true);
    assert.deepEqual([screen.shown.length, screen.shown[1]!.slice(0, 9)], [4, '1/2 c/one'], screen.rows.join('\n'));
    screen.write('^C');
    view.clear();
    screen.write('after\n');
    assert.deepEqual(screen.shown, ['before', 'after']);
  });

  it('is not drawn anew within the same second unless something began', () => {
    const screen = new Screen();
    let written = 0;
    const counting = { isTTY: true, columns: 80, write: () => void written++ };
    const view = new ProgressView(counting, () => STATE, {
      ...{ enabled: true, redraw: true, colors: picocolors.createColors(false), safe: (text: string) => text },
    });
    view.draw();
    view.draw();
    assert.equal(written, 1);
    view.draw(true);
    assert.equal(written, 2);
    assert.deepEqual(screen.shown, []);
  });

  it('is plain lines where it cannot be drawn over, and nothing where it is not wanted', () => {
    const screen = new Screen();
    screen.columns = 200;
    const view = viewOn(screen, { redraw: false });
    view.draw(true);
    view.draw(true);
    view.clear();
    assert.equal(screen.shown.length, 1);
    assert.match(screen.shown[0]!, /^1\/2 c\/one · 4 s left · .* measure$/);
    const silent = new Screen();
    viewOn(silent, { enabled: false }).draw(true);
    assert.deepEqual(silent.rows, ['']);
  });

  it('takes 80 columns where the terminal does not know how many it has', () => {
    assert.deepEqual([{}, { columns: 0 }, { columns: 33 }].map(columnsOf), [80, 80, 33]);
  });

  it('knows where it can be drawn over', () => {
    const output = (isTTY: boolean) => ({ write: () => {}, isTTY, columns: 80 });
    const io = (isTTY: boolean, env: Record<string, string>) => ({
      ...{ stdout: output(true), stderr: output(isTTY), env, cwd: '.', signal: new AbortController().signal },
    });
    assert.equal(canRedraw(io(true, { TERM: 'xterm' })), true);
    for (const [isTTY, env] of [
      [false, {}],
      [true, { CI: 'true' }],
      [true, { TERM: 'dumb' }],
    ] as const) {
      assert.equal(canRedraw(io(isTTY, env)), false);
    }
  });
});
