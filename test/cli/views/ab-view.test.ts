import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planTurns } from '../../../src/app/ab.js';
import { finalDocument } from '../../../src/app/ab-document.js';
import type { AbTurn } from '../../../src/app/ab-turn.js';
import { AbView } from '../../../src/cli/views/ab-view.js';
import { Redactor } from '../../../src/documents/redaction/redact.js';
import { documentOf } from '../../report/document-fixture.js';
import { healthyCell } from '../../verdict/cell-fixture.js';
import { request, SECRET, stateOf } from '../ab-fixture.js';

const UP = new RegExp(`${String.fromCharCode(27)}\\[(\\d+)A${String.fromCharCode(27)}\\[J`);

const ROUND =
  /^round {2}(\d) \([AB] [AB]\) {2}p50 \+\d+\.\d %.*; next look at 5 in about (.*), all 20 rounds in about (.*)$/gm;

/** A terminal that knows lines, and going up by so many and clearing what is below. */
class Screen {
  readonly columns = 80;
  readonly isTTY: boolean;
  readonly height: number;
  #text = '';

  constructor(isTTY: boolean, height = 24) {
    this.isTTY = isTTY;
    this.height = height;
  }

  write(text: string): void {
    const [before, ...moves] = text.split(UP);
    this.#text += before;
    for (let i = 0; i < moves.length; i += 2) {
      const lines = this.#text.split('\n');
      this.#text = `${lines.slice(0, lines.length - 1 - Number(moves[i])).join('\n')}\n${moves[i + 1]}`;
    }
  }

  get lines(): string[] {
    return this.#text.split('\n');
  }
}

/** Rounds in which A and B differ by 20 %, and by a little more or less each time. */
function turnOf({ turn: { round, side } }: AbTurn): Partial<AbTurn> {
  const factor = (side === 'b' ? 1.2 : 1) * (1 + 0.02 * Math.sin(5 * round + (side === 'b' ? 1 : 0)));
  const serviceUs = Array.from({ length: 97 }, (_, i) => Math.round((10_000 + 9 * i) * factor));
  return { run: documentOf({ cells: [healthyCell({ connections: 1, rate: 100, serviceUs })] }) };
}

/** What stands on stdout after each of so many rounds. */
function shownAfter(rounds: number, isTTY: boolean, env = {}, height = 24): string[][] {
  const [stdout, stderr] = [new Screen(isTTY, height), new Screen(false)];
  const io = { stdout, stderr, env, cwd: '/', signal: new AbortController().signal };
  const view = new AbView(io, request, planTurns(request), new Redactor([SECRET]));
  view.begin(stateOf(0));
  const whole = stateOf(rounds, turnOf);
  const shown: string[][] = [];
  whole.turns.forEach((turn, i) => {
    view.turnStarts(turn.turn);
    const odd = i === 0 ? { failures: [`it said ${SECRET}`] } : {};
    view.turnDone({ ...turn, ...odd }, { ...whole, turns: whole.turns.slice(0, i + 1) });
    if (i % 2 === 1) shown.push(stdout.lines);
  });
  view.finish(finalDocument(whole), '/results/x');
  view.end();
  return [...shown, stdout.lines];
}

/** Width of the range of the median, in percent points. */
function rangeOf(lines: readonly string[]): number {
  const row = lines.find((line) => line.startsWith('service time p50'))!;
  const [, from, to] = /\+[\d.]+ % +([+-][\d.]+) % +([+-][\d.]+) %/.exec(row)!.map(Number);
  return to! - from!;
}

describe('what wsurge ab shows while it runs', () => {
  it('is one table on a terminal, in its place, whose ranges narrow; notes stay above it', () => {
    const shown = shownAfter(5, true, { NO_COLOR: '1' });
    for (const lines of shown.slice(1)) {
      assert.equal(lines.filter((line) => line.startsWith('service time p50, ms')).length, 1, lines.join('\n'));
      assert.ok(
        lines.includes('round 1, B: the build failed: it said ***') ||
          lines.includes('round 1, A: the build failed: it said ***'),
      );
    }
    assert.match(
      shown[3]!.join('\n'),
      /not yet[\s\S]*\nnext look at 5 in about 16 s, all 20 rounds in about 4 min 20 s\n/,
    );
    assert.ok(rangeOf(shown[3]!) < rangeOf(shown[1]!));
    assert.match(shown.at(-1)!.join('\n'), /REGRESSED {2}B is worse than A: service time p50 \+\d/);
  });

  it('is a line for each round where nobody could redraw: a pipe, a CI, a dumb terminal, one too low for the table', () => {
    for (const [isTTY, env, height] of [
      [false, {}, 24],
      [true, { CI: 'true' }, 24],
      [true, { TERM: 'dumb' }, 24],
      [true, {}, 10],
    ] as const) {
      const shown = shownAfter(2, isTTY, { NO_COLOR: '1', ...env }, height);
      const text = shown[1]!.join('\n');
      const rounds = [...text.replaceAll(/\n {16}/g, ' ').matchAll(ROUND)];
      // A turn took 8 s.
      assert.deepEqual(
        rounds.map(([, ...said]) => said),
        [
          ['1', '1 min 4 s', '5 min'],
          ['2', '48 s', '4 min 50 s'],
        ],
        text,
      );
      assert.ok(shown[1]!.every((line) => line.length <= 80));
    }
  });
});
