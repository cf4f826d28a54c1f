import { stat } from 'node:fs/promises';
import path from 'node:path';
import { figureProblem } from '../metrics/figure-check.js';
import type { Interval } from '../metrics/interval.js';
import { resampleSeconds, type SecondResamples } from '../metrics/second-resamples.js';
import type { ResultDocument } from '../report/result-document.js';
import { parseResult } from '../report/result-schema.js';
import { Rng, seedOf } from '../stats/rng.js';
import { readIntervals, readResult } from '../store/read-run.js';
import { INTERVALS_FILE } from '../store/run-folder.js';
import type { RunOnSide, Side } from '../verdict/compare/compared-run.js';

/** The whole file is read into memory. An hour of eight workers has about half of this. */
const MOST_SECONDS_BYTES = 512 * 1024 * 1024;

/**
 * Reads a saved run. `location` is a run folder or its result.json. `secondsFor` names the side of the comparison and asks
 * for the run's single seconds; without an intervals.ndjson, or with one beyond 512 MiB, the intervals in result.json are
 * used. Throws WsurgeError (104) if the run cannot be read.
 */
export async function readComparedRun(source: string, location: string, secondsFor: Side | null): Promise<RunOnSide> {
  const run = await readChecked(location);
  if (secondsFor === null) return { source, run, resamples: new Map() };
  const isFolder = (await stat(location)).isDirectory();
  const file = path.join(isFolder ? location : path.dirname(location), INTERVALS_FILE);
  const resamples = (await isUsable(file)) ? resamplesOf((await readIntervals(file)).intervals, secondsFor) : new Map();
  return { source, run, resamples };
}

/** Reads a result and checks that its figures agree with each other. Throws WsurgeError (104) if one was changed. */
export async function readChecked(location: string): Promise<ResultDocument> {
  return await readResult(location, (value) => {
    const run = parseResult(value);
    run.cells.forEach((cell, i) => {
      const problem = figureProblem(cell);
      if (problem !== null) throw new Error(`cells.${i} (${cell.id}): ${problem}: it was changed after the run`);
    });
    return run;
  });
}

/** Each side has its own random draws. With shared draws, luck common to both would drop out of their ratio. */
function resamplesOf(intervals: readonly Interval[], side: Side): Map<string, SecondResamples> {
  const byCell = new Map<string, Interval[]>();
  for (const line of intervals) byCell.set(line.cell, [...(byCell.get(line.cell) ?? []), line]);
  const found = new Map<string, SecondResamples>();
  for (const [cell, lines] of byCell) {
    const resamples = resampleSeconds(lines, new Rng(seedOf('compare', side, cell)));
    if (resamples !== null) found.set(cell, resamples);
  }
  return found;
}

async function isUsable(file: string): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size <= MOST_SECONDS_BYTES,
    () => false,
  );
}
