import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellWith } from '../plan/cell-builder.js';
import { runEngine } from './run-engine.js';

/** Stage, length and second of each line of a cell whose replies take 700 ms. */
async function linesOf(warmupMs: number, durationMs: number) {
  const cell = cellWith({ warmupMs, durationMs, drainMs: 3000 });
  const { intervals } = await runEngine(cell, { answer: () => [{ afterMs: 700 }] });
  return intervals.map(({ stage, elapsedMs, second }) => [stage, elapsedMs, second]);
}

test('one line a second, counted anew from the start of the measured time, and one at the end of each stage', async () => {
  assert.deepEqual(await linesOf(300, 2000), [
    ['idle', 89, null],
    ['warmup', 300, 0],
    ['measure', 1000, 0],
    ['measure', 1000, 1],
    ['drain', 690, 2],
    ['close', 1, 3],
  ]);
});

test('a second that has little left after the end of a stage shares the next line', async () => {
  // The measured time ends at 1600 ms. The whole second at 1700 ms, 100 ms later, gets no line of its own.
  assert.deepEqual(await linesOf(700, 900), [
    ['idle', 89, null],
    ['warmup', 700, 0],
    ['measure', 900, 0],
    ['drain', 690, 1],
    ['close', 1, 2],
  ]);
});

test('the measure phase has a line however soon it is over: a worker may notice its begin when it is nearly past', async () => {
  const lines = await linesOf(0, 20);
  assert.deepEqual(
    lines.filter(([stage]) => stage === 'measure'),
    [['measure', 20, 0]],
  );
});
