import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ToldSeconds } from '../../src/app/told-seconds.js';
import type { CellProgress } from '../../src/coordinator/cell-events.js';
import type { SecondResult } from '../../src/metrics/second-result.js';
import { NO_PROGRESS } from '../campaign/events-fixture.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell } from '../verdict/cell-fixture.js';

const CELL = { cell: cellWith(), role: 'measured' } as const;

function second(phase: SecondResult['phase'], number: number): SecondResult {
  return { ...healthyCell().seconds[0]!, phase, second: number };
}

/** A warm-up of 1.5 s and a measured time of 4 s: what is told when the clock of the cell stands at each of `ticks`. */
function told(ticks: readonly number[], known: (phase: string, second: number) => boolean = () => true): string[] {
  const seconds = [
    ...[0, 1].map((number) => second('warmup', number)),
    ...[0, 1, 2, 3].map((number) => second('measure', number)),
  ];
  const progress: CellProgress = {
    ...NO_PROGRESS,
    second: (phase, number) =>
      seconds.find((each) => known(phase, number) && each.phase === phase && each.second === number) ?? null,
  };
  const made = new ToldSeconds();
  const name = ({ phase, second }: SecondResult) => `${phase} ${second}`;
  const lines: string[] = [];
  const phases = { warmup: 100, measure: 1600, drain: 5600 } as const;
  for (const atMs of [...ticks, ...Object.values(phases)].sort((a, b) => a - b)) {
    const phase = (['warmup', 'measure', 'drain'] as const).find((each) => phases[each] === atMs);
    if (phase !== undefined) made.enter({ type: 'phase', phase, atMs, progress, ...CELL });
    else {
      const event = { type: 'second', phase: 'measure', atMs, measuredMs: null, progress, ...CELL } as const;
      const names = [...made.settled(event)].map(name);
      lines.push(`${atMs}: ${names.join(', ')}`);
    }
  }
  lines.push(
    `end: ${made
      .rest({ ...healthyCell(), seconds })
      .map(name)
      .join(', ')}`,
  );
  return lines;
}

test('every second is told once, in order, when it has been over for a second', () => {
  assert.deepEqual(told([1100, 2600, 3600, 4599, 5599]), [
    '1100: ',
    '2600: warmup 0',
    '3600: warmup 1, measure 0',
    '4599: ',
    '5599: measure 1',
    'end: measure 2, measure 3',
  ]);
});

test('late ticks tell all that has settled by then, and a second of which nothing is known has no line', () => {
  assert.deepEqual(
    told([5599], (phase, number) => phase !== 'measure' || number !== 1),
    ['5599: warmup 0, warmup 1, measure 0', 'end: measure 2, measure 3'],
  );
});
